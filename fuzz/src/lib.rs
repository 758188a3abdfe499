//! What the fuzz targets share: an input goes all the way from bytes to reports, past every built-in rule.

use std::sync::OnceLock;

use skylint::check::{Request, check};
use skylint::model::InputKind;
use skylint::report::{self, Format, Settings};
use skylint::rule::{self, Rule};
use skylint::source::{Input, NoFiles, Options};

fn rules() -> &'static [Rule] {
    static RULES: OnceLock<Vec<Rule>> = OnceLock::new();
    RULES.get_or_init(|| {
        let rules = rule::builtin().iter();
        let rules = rules.filter_map(|(path, text)| rule::parse(path, text).ok());
        rules.collect()
    })
}

/// Reads a file as this kind, judges what is in it, and writes reports with many quotes and with none.
pub fn judge(kind: InputKind, bytes: &[u8]) {
    let input = Input {
        path: "input".into(),
        bytes: bytes.to_vec(),
    };
    let request = Request {
        options: Options {
            kind: Some(kind),
            ..Options::default()
        },
        show_all: true,
        ..Request::default()
    };
    let results = check(&[input], &NoFiles, rules(), &request, Vec::new());
    for format in [Format::Human, Format::Sarif, Format::Jsonl] {
        let mut text = Vec::new();
        report::write(format, &results, &Settings::default(), &mut text).expect("memory takes all");
    }
}
