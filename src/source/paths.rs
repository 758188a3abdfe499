//! Paths as text, with `/` between parts on every system.

pub(super) use crate::model::normal;

/// A path relative to the directory another file is in.
pub(super) fn beside(file: &str, relative: &str) -> String {
    if relative.starts_with('/') {
        return normal(relative);
    }
    match file.replace('\\', "/").rsplit_once('/') {
        Some((directory, _)) => normal(&format!("{directory}/{relative}")),
        None => normal(relative),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_put_together() {
        for (file, relative, whole) in [
            ("a/b.yaml", "c.yaml", "a/c.yaml"),
            ("a/b.yaml", "./../c.yaml", "c.yaml"),
            ("b.yaml", "../c.yaml", "../c.yaml"),
            ("/x/b.yaml", "n/c.yaml", "/x/n/c.yaml"),
            ("/b.yaml", "/etc/c.yaml", "/etc/c.yaml"),
            ("../b.yaml", "../c.yaml", "../../c.yaml"),
        ] {
            assert_eq!(beside(file, relative), whole);
        }
    }
}
