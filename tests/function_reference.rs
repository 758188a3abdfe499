//! The function reference in `docs/rule-language.md` is what the functions say of themselves:
//! between `<!-- functions -->` and `<!-- end -->`, `SKYLINT_BLESS=1 cargo test` rewrites it.

use std::path::Path;
use std::{env, fs, io};

use skylint::rule::functions::{ALL, Function, Param, RECORDS};

#[test]
fn the_function_reference_is_what_the_functions_say() -> io::Result<()> {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/rule-language.md");
    let text = fs::read_to_string(&page)?;
    let now = with_functions(&text);
    if env::var_os("SKYLINT_BLESS").is_some() && now != text {
        fs::write(page, now)
    } else {
        assert_eq!(now, text, "SKYLINT_BLESS=1 cargo test rewrites it");
        assert_eq!(text.matches("<!-- functions -->").count(), 1);
        Ok(())
    }
}

/// A page with what the functions say of themselves now.
fn with_functions(page: &str) -> String {
    let Some((before, rest)) = page.split_once("<!-- functions -->") else {
        return page.to_owned();
    };
    let after = rest
        .split_once("<!-- end -->")
        .map_or("", |(_, after)| after);
    let mut now = format!("{before}<!-- functions -->\n");
    for function in ALL {
        let params = function
            .params
            .iter()
            .map(|(name, param)| format!("`{name}`: {}", takes(*param)));
        let params = params.collect::<Vec<_>>().join("; ");
        now.push_str(&format!(
            "\n### `{}`\n\n{params} → {}\n",
            function.usage(),
            gives(function)
        ));
        now.push_str(&format!(
            "\n{}\n\n*Unknown:* {}\n",
            function.doc, function.unknown
        ));
    }
    for record in RECORDS {
        now.push_str(&format!("\n### Record `{}`\n\n", record.name));
        for field in record.fields {
            now.push_str(&format!(
                "- `{}`: {}. {}\n",
                field.name, field.ty, field.doc
            ));
        }
    }
    format!("{now}\n<!-- end -->{after}")
}

fn takes(param: Param) -> &'static str {
    match param {
        Param::Resource => "a resource, such as `self`",
        Param::TypeName => "the name of a resource type, as a literal",
        Param::String => "string",
        Param::Strings => "list of strings",
        Param::Number => "number",
        Param::Bool => "boolean",
        Param::Number => "number",
        Param::Any => "anything",
    }
}

fn gives(function: &Function) -> String {
    let typed = function
        .params
        .iter()
        .any(|(_, param)| *param == Param::TypeName);
    let returns = (function.returns)(None).to_string();
    let of_type = if typed && returns.contains("resource") {
        " of that type"
    } else {
        ""
    };
    format!("{returns}{of_type}")
}
