//! What rules read: the types they judge and those they ask for, and which properties of each. It
//! says what has to be collected.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::cel::Ir;
use super::file::{MessagePart, Rule, Subject};
use super::functions::Function;
use crate::model::Value;
use crate::types::{self, Step};

/// Types, and the properties of each that are read; `None` for all of them.
pub type Needs = BTreeMap<Arc<str>, Option<BTreeSet<Arc<str>>>>;

/// What some rules read.
pub fn needs(rules: &[Rule]) -> Needs {
    let mut needs = Needs::new();
    for subject in rules.iter().flat_map(|rule| &rule.subjects) {
        let mut reader = Reader {
            subject: &subject.rtype,
            needs: &mut needs,
        };
        reader.read(subject);
    }
    needs
}

struct Reader<'r> {
    subject: &'r Arc<str>,
    needs: &'r mut Needs,
}

/// The variable that holds the resource in question.
const SELF: usize = 0;

impl Reader<'_> {
    fn read(&mut self, subject: &Subject) {
        self.properties(subject.rtype.clone(), []);
        let file = types::file(&subject.rtype);
        let names = file.into_iter().flat_map(|file| file.name.iter().cloned());
        self.properties(subject.rtype.clone(), names);
        let conditions = subject
            .at
            .iter()
            .filter_map(|(condition, _)| condition.as_ref());
        let severities = subject.severity_when.iter().map(|(condition, _)| condition);
        let message = subject.message.0.iter().filter_map(|part| match part {
            MessagePart::Expr(ir) => Some(ir),
            MessagePart::Text(_) | MessagePart::Name => None,
        });
        let all = subject.when.iter().chain([&subject.require]);
        for ir in all.chain(conditions).chain(severities).chain(message) {
            ir.visit(&mut |ir| self.one(ir));
        }
    }

    fn properties(&mut self, rtype: Arc<str>, names: impl IntoIterator<Item = Arc<str>>) {
        let known = self
            .needs
            .entry(rtype)
            .or_insert_with(|| Some(BTreeSet::new()));
        if let Some(known) = known {
            known.extend(names);
        }
    }

    fn one(&mut self, ir: &Ir) {
        match ir {
            Ir::Path(SELF, steps, _) => {
                let rtype = Arc::clone(self.subject);
                self.properties(rtype, steps.first().cloned());
            }
            Ir::Call(function, args, _) => self.call(function, args),
            _ => {}
        }
    }

    fn call(&mut self, function: &Function, args: &[Ir]) {
        for rtype in function.asks {
            self.shared(rtype);
        }
        for arg in args {
            match arg {
                // The name of a type, as `lookup` and its like take it.
                Ir::Const(Value::String(text)) if types::shape(text).is_some() => {
                    self.shared(text);
                }
                // What a function reads of the subject itself is its tags and its names.
                Ir::Var(SELF) => {
                    let tags = types::tags_property(self.subject).map(Arc::from);
                    self.properties(Arc::clone(self.subject), tags);
                }
                _ => {}
            }
        }
    }

    /// What may be read of a type from elsewhere.
    fn shared(&mut self, rtype: &str) {
        let Some(file) = types::file(rtype) else {
            return;
        };
        let read = file
            .properties
            .iter()
            .filter(|p| p.shared || !p.refers.is_empty())
            .filter_map(|p| match p.path.first() {
                Some(Step::Name(name)) => Some(Arc::clone(name)),
                _ => None,
            });
        let tags = types::tags_property(rtype).map(Arc::from);
        let all = read.chain(file.name.iter().cloned()).chain(tags);
        let all: Vec<Arc<str>> = all.collect();
        self.properties(rtype.into(), all);
    }
}
