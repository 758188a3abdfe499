//! Patterns that users write for names and paths.

use std::sync::Arc;

use globset::GlobMatcher;

/// A text that stands for itself, and for every text that it matches as a glob: `*` is any
/// characters, `?` one, `{a,b}` either.
#[derive(Debug, Clone)]
pub struct Pattern {
    text: Arc<str>,
    glob: Option<GlobMatcher>,
}

impl PartialEq for Pattern {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

impl Eq for Pattern {}

impl Pattern {
    /// A pattern for names. What is no glob stands for itself only.
    pub fn new(text: &str) -> Self {
        let glob = globset::Glob::new(text).ok();
        Self {
            text: text.into(),
            glob: glob.map(|glob| glob.compile_matcher()),
        }
    }

    /// A pattern for paths.
    pub fn path(text: &str) -> Self {
        Self::new(&normal(text))
    }

    /// How it is written.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Whether a name is meant.
    pub fn is_match(&self, name: &str) -> bool {
        *self.text == *name || self.glob.as_ref().is_some_and(|glob| glob.is_match(name))
    }

    /// Whether a path is meant: it is this one, lies below it, or matches it.
    pub fn covers(&self, path: &str) -> bool {
        let path = normal(path);
        let below = path.strip_prefix(&*self.text);
        matches!(&*self.text, "" | ".") && !path.starts_with("../") && !path.starts_with('/')
            || below.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
            || self.is_match(&path)
    }
}

/// From where paths are seen: inputs from the working directory, patterns of settings from theirs.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct View {
    /// The working directory.
    pub here: Arc<str>,
    /// The settings' directory.
    pub directory: Arc<str>,
}

impl View {
    /// A path of an input as seen from the settings' directory.
    pub fn seen(&self, path: &str) -> String {
        match path.starts_with('/') {
            true => from_directory(&self.directory, path),
            false => from_directory(&self.directory, &format!("{}/{path}", self.here)),
        }
    }
}

/// A path without `.` and without `x/..`, with `/` between parts.
pub fn normal(path: &str) -> String {
    let path = path.replace('\\', "/");
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part {
            "" if !parts.is_empty() => {}
            "." => {}
            ".." if parts
                .last()
                .is_some_and(|last| !last.is_empty() && *last != "..") =>
            {
                parts.pop();
            }
            part => parts.push(part),
        }
    }
    parts.join("/")
}

/// A path as seen from a directory; both are from the same root, or both from the same place.
pub fn from_directory(directory: &str, path: &str) -> String {
    let (directory, path) = (normal(directory), normal(path));
    let parts = |text: &str| -> Vec<String> {
        let parts = text.split('/').filter(|part| !part.is_empty());
        parts.map(str::to_owned).collect()
    };
    let (from, to) = (parts(&directory), parts(&path));
    let same = from.iter().zip(&to).take_while(|(a, b)| a == b).count();
    let up = std::iter::repeat_n("..".to_owned(), from.len() - same);
    let down = to.into_iter().skip(same);
    up.chain(down).collect::<Vec<_>>().join("/")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_stand_for_themselves_and_for_what_they_match() {
        for (pattern, name, is) in [
            ("orders", "orders", true),
            ("orders", "orders-2", false),
            ("orders-*", "orders-2", true),
            ("arn:aws:rds:*:db:*", "arn:aws:rds:eu-west-1:1:db:x/y", true),
            (
                "module.a.aws_db_instance.b[0]",
                "module.a.aws_db_instance.b[0]",
                true,
            ),
            (
                "module.*.aws_db_instance.b",
                "module.a.aws_db_instance.b",
                true,
            ),
            ("{a,b}", "b", true),
            ("[", "[", true),
        ] {
            assert_eq!(Pattern::new(pattern).is_match(name), is, "{pattern} {name}");
        }
        for (pattern, path, is) in [
            ("infra", "infra/a/b.yaml", true),
            ("./infra/", "infra/b.yaml", true),
            ("infra", "infrared/b.yaml", false),
            ("**/dev/**", "infra/dev/b.yaml", true),
            ("*.json", "infra/plan.json", true),
            (".", "a.yaml", true),
            (".", "../a.yaml", false),
        ] {
            assert_eq!(Pattern::path(pattern).covers(path), is, "{pattern} {path}");
        }
    }

    #[test]
    fn paths_are_seen_from_elsewhere() {
        for (directory, path, seen) in [
            ("/a/b", "/a/b/c/d.yaml", "c/d.yaml"),
            ("/a/b", "/a/x.yaml", "../x.yaml"),
            ("/a", "/a", ""),
        ] {
            assert_eq!(from_directory(directory, path), seen);
        }
    }
}
