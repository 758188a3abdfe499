//! Telling templates and CDK manifests from everything else, by content.

use crate::document::{Node, decode, parse};

/// What a document is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shape {
    /// A CloudFormation or SAM template.
    Template,
    /// The `manifest.json` of a CDK output.
    Manifest,
}

/// Whether a file is a template or a CDK manifest. Cheap on files that are neither.
pub fn detect(bytes: &[u8]) -> bool {
    let Ok(text) = decode(bytes) else {
        // Not text, but perhaps a template in an encoding that skylint does not read: worth an
        // error, unlike a photo.
        return template_words(&String::from_utf8_lossy(bytes));
    };
    if !promising(&text) {
        return false;
    }
    // A key at the very left of a YAML document is a key of its root: no need to parse it for that.
    let version = "AWSTemplateFormatVersion:";
    if text.starts_with(version) || text.contains(&format!("\n{version}")) {
        return true;
    }
    match parse(&text) {
        Ok(tree) => shape(&tree).is_some(),
        // A template that is broken is worth an error, not silence.
        Err(_) => template_words(&text),
    }
}

fn template_words(text: &str) -> bool {
    text.contains("AWSTemplateFormatVersion")
        || text.contains("Resources") && text.contains("AWS::")
}

fn promising(text: &str) -> bool {
    text.contains("Resources") || text.contains("AWSTemplateFormatVersion") || {
        text.contains("\"artifacts\"") && text.contains("\"version\"")
    }
}

/// What a document is; `None` for neither.
pub(super) fn shape(tree: &Node) -> Option<Shape> {
    tree.as_map()?;
    if tree.get("AWSTemplateFormatVersion").is_some() {
        return Some(Shape::Template);
    }
    if tree.get("version").is_some() && tree.get("artifacts").is_some_and(|a| a.as_map().is_some())
    {
        return Some(Shape::Manifest);
    }
    let resources = tree
        .get("Resources")
        .and_then(Node::as_map)
        .unwrap_or_default();
    let typed = resources.iter().any(|entry| {
        let rtype = entry.value.get("Type").and_then(Node::as_str);
        rtype.is_some_and(|text| text.contains("::")) || entry.key.starts_with("Fn::ForEach::")
    });
    (typed || super::template::is_serverless(tree)).then_some(Shape::Template)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn templates_are_told_by_content() {
        for (text, yes) in [
            ("Resources: {A: {Type: AWS::S3::Bucket}}", true),
            (
                "{\"Resources\": {\"A\": {\"Type\": \"AWS::S3::Bucket\"}}}",
                true,
            ),
            ("AWSTemplateFormatVersion: 2010-09-09\n", true),
            ("AWSTemplateFormatVersion: 2010-09-09\nResources: [\n", true),
            (
                "Transform: AWS::Serverless-2016-10-31\nResources: {}\n",
                true,
            ),
            (r#"{"version": "36.0.0", "artifacts": {}}"#, true),
            ("Resources: [1, 2]", false),
            ("Resources: {A: {Type: thing}}", false),
            (r#"{"name": "x", "version": "1.0.0"}"#, false),
            ("services: {web: {image: x}}", false),
            ("", false),
        ] {
            assert_eq!(detect(text.as_bytes()), yes, "{text}");
        }
        assert!(!detect(b"Resources \xff\xfe\x00"));
        assert!(detect(b"# \xe9\nResources: {A: {Type: AWS::S3::Bucket}}"));
    }
}
