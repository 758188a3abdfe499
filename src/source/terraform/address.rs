//! Addresses such as `module.app["a.b/\"c"].aws_lb.this[0]`, and references such as
//! `aws_lb.this[0].arn`: the same grammar, read by a grammar. Cutting them at dots goes wrong as
//! soon as a key holds a dot.

use std::fmt::{self, Write as _};

/// What tells the instances of one block apart.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) enum Key {
    /// By `count`.
    Number(i64),
    /// By `for_each`.
    Text(String),
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Number(number) => write!(f, "[{number}]"),
            Self::Text(text) => {
                f.write_str("[\"")?;
                let mut chars = text.chars().peekable();
                while let Some(c) = chars.next() {
                    match c {
                        '"' => f.write_str("\\\"")?,
                        '\\' => f.write_str("\\\\")?,
                        '\n' => f.write_str("\\n")?,
                        '\r' => f.write_str("\\r")?,
                        '\t' => f.write_str("\\t")?,
                        // Otherwise `${` and `%{` would begin a template.
                        '$' | '%' if chars.peek() == Some(&'{') => {
                            f.write_char(c)?;
                            f.write_char(c)?;
                        }
                        c if c.is_control() && (c as u32) <= 0xffff => {
                            write!(f, "\\u{:04x}", c as u32)?;
                        }
                        c => f.write_char(c)?,
                    }
                }
                f.write_str("\"]")
            }
        }
    }
}

/// A module instance, seen from its parent.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct ModuleStep {
    pub(super) name: String,
    pub(super) key: Option<Key>,
}

/// The address of a resource instance, or, without keys, of what is written in the configuration.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Address {
    pub(super) modules: Vec<ModuleStep>,
    /// A data source: read, not managed.
    pub(super) data: bool,
    pub(super) rtype: String,
    pub(super) name: String,
    pub(super) key: Option<Key>,
}

impl Address {
    /// Reads an address; `None` if it is none.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let all = parts(text)?;
        let (address, rest) = Self::from_parts(&all)?;
        rest.is_empty().then_some(address)
    }

    /// An address at the beginning of a reference, and what follows it.
    pub(super) fn from_parts(all: &[Part]) -> Option<(Self, &[Part])> {
        let (modules, rest) = module_path(all);
        let (data, rest) = match rest {
            [Part::Name(word), rest @ ..] if word == "data" => (true, rest),
            rest => (false, rest),
        };
        let [Part::Name(rtype), Part::Name(name), rest @ ..] = rest else {
            return None;
        };
        let (key, rest) = key(rest);
        let address = Self {
            modules,
            data,
            rtype: rtype.clone(),
            name: name.clone(),
            key,
        };
        Some((address, rest))
    }

    /// The block it is written in: type and name.
    pub(super) fn block(&self) -> String {
        let data = if self.data { "data." } else { "" };
        format!("{data}{}.{}", self.rtype, self.name)
    }

    /// The block with the modules it is in, without keys: what a state's `dependencies` name.
    pub(super) fn block_path(&self) -> String {
        let mut path = String::new();
        for module in &self.modules {
            path.push_str("module.");
            path.push_str(&module.name);
            path.push('.');
        }
        path + &self.block()
    }

    /// The names of the modules it is in, without their keys: where it is written.
    pub(super) fn module_names(&self) -> Vec<&str> {
        self.modules.iter().map(|m| m.name.as_str()).collect()
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_modules(&self.modules, f)?;
        if !self.modules.is_empty() {
            f.write_char('.')?;
        }
        f.write_str(&self.block())?;
        match &self.key {
            Some(key) => write!(f, "{key}"),
            None => Ok(()),
        }
    }
}

fn write_modules(modules: &[ModuleStep], f: &mut fmt::Formatter<'_>) -> fmt::Result {
    for (i, module) in modules.iter().enumerate() {
        if i > 0 {
            f.write_char('.')?;
        }
        write!(f, "module.{}", module.name)?;
        if let Some(key) = &module.key {
            write!(f, "{key}")?;
        }
    }
    Ok(())
}

/// A step of a reference.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Part {
    /// A name, with the dot before it.
    Name(String),
    /// A key in brackets.
    Key(Key),
}

/// The modules a path begins with, and what follows them.
pub(super) fn module_path(mut rest: &[Part]) -> (Vec<ModuleStep>, &[Part]) {
    let mut modules = Vec::new();
    while let [Part::Name(word), Part::Name(name), after @ ..] = rest {
        if word != "module" {
            break;
        }
        let (key, after) = key(after);
        modules.push(ModuleStep {
            name: name.clone(),
            key,
        });
        rest = after;
    }
    (modules, rest)
}

pub(super) fn key(rest: &[Part]) -> (Option<Key>, &[Part]) {
    match rest {
        [Part::Key(key), after @ ..] => (Some(key.clone()), after),
        rest => (None, rest),
    }
}

/// Reads names and keys; `None` if the text is not made of them.
pub(super) fn parts(text: &str) -> Option<Vec<Part>> {
    let mut parts = Vec::new();
    let mut rest = text;
    loop {
        let end = rest
            .find(|c: char| !(c.is_alphanumeric() || matches!(c, '_' | '-')))
            .unwrap_or(rest.len());
        let (name, after) = rest.split_at_checked(end)?;
        if name.is_empty() {
            return None;
        }
        parts.push(Part::Name(name.to_owned()));
        rest = after;
        while let Some(inside) = rest.strip_prefix('[') {
            let (key, after) = match inside.strip_prefix('"') {
                Some(quoted) => unquote(quoted)?,
                None => {
                    let (number, after) = inside.split_once(']')?;
                    (Key::Number(number.parse().ok()?), after)
                }
            };
            parts.push(Part::Key(key));
            rest = after;
        }
        match rest.strip_prefix('.') {
            Some(after) => rest = after,
            None if rest.is_empty() => return Some(parts),
            None => return None,
        }
    }
}

/// Reads a quoted key up to and with `"]`.
fn unquote(text: &str) -> Option<(Key, &str)> {
    let mut key = String::new();
    let mut chars = text.char_indices();
    while let Some((at, c)) = chars.next() {
        match c {
            '"' => {
                let after = text.get(at + 1..)?.strip_prefix(']')?;
                return Some((Key::Text(key), after));
            }
            '\\' => match chars.next()?.1 {
                'n' => key.push('\n'),
                'r' => key.push('\r'),
                't' => key.push('\t'),
                c @ ('u' | 'U') => {
                    let digits = if c == 'u' { 4 } else { 8 };
                    let mut code = 0;
                    for _ in 0..digits {
                        code = code * 16 + chars.next()?.1.to_digit(16)?;
                    }
                    key.push(char::from_u32(code)?);
                }
                c => key.push(c),
            },
            '$' | '%' => {
                key.push(c);
                let doubled = text.get(at + 1..).is_some_and(|rest| {
                    rest.strip_prefix(c)
                        .is_some_and(|rest| rest.starts_with('{'))
                });
                if doubled {
                    chars.next();
                }
            }
            c => key.push(c),
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn addresses_are_read() {
        let address = Address::parse(r#"module.a["x.y/\"z"].module.b.aws_lb.this[0]"#).unwrap();
        assert_eq!(address.module_names(), ["a", "b"]);
        assert_eq!(address.modules[0].key, Some(Key::Text("x.y/\"z".into())));
        assert_eq!((&*address.rtype, &*address.name), ("aws_lb", "this"));
        assert_eq!(address.key, Some(Key::Number(0)));
        let data = Address::parse("data.aws_region.here").unwrap();
        assert!(data.data);
        assert_eq!(data.block(), "data.aws_region.here");
        for wrong in [
            "",
            "aws_lb",
            "aws_lb.",
            "aws_lb.a[",
            "aws_lb.a[\"x]",
            "a.b.c",
            ".a.b",
            "a.b[x]",
        ] {
            assert_eq!(Address::parse(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn references_go_on_behind_the_address() {
        let all = parts("module.net.aws_lb.this[\"a\"].arn").unwrap();
        let (address, rest) = Address::from_parts(&all).unwrap();
        assert_eq!(address.to_string(), "module.net.aws_lb.this[\"a\"]");
        assert_eq!(rest, [Part::Name("arn".into())]);
    }

    fn any_key() -> impl Strategy<Value = Option<Key>> {
        prop_oneof![
            Just(None),
            any::<i64>().prop_map(|n| Some(Key::Number(n))),
            any::<String>().prop_map(|s| Some(Key::Text(s))),
            r#"[a-z."\\/$%{}\[\]]{0,8}"#.prop_map(|s| Some(Key::Text(s))),
        ]
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_back(
            modules in prop::collection::vec(("[a-z][a-z0-9_-]{0,6}", any_key()), 0..4),
            data: bool,
            rtype in "aws_[a-z_]{1,9}",
            name in "[A-Za-z_][A-Za-z0-9_-]{0,9}",
            key in any_key(),
        ) {
            let modules = modules.into_iter().map(|(name, key)| ModuleStep { name, key }).collect();
            let address = Address { modules, data, rtype, name, key };
            prop_assert_eq!(Address::parse(&address.to_string()), Some(address));
        }

        #[test]
        fn no_text_is_too_strange(text: String) {
            let _ = Address::parse(&text);
        }
    }
}
