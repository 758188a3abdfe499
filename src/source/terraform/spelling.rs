//! Settings as one writes them in HCL.

use crate::document::{Data, Node, parse_yaml};
use crate::types::{self, Hop, Step, TypeFile};

/// What a rule says to set, in HCL; `None` if a part of it has no column to say how.
///
/// `MultiAZ: true` of a database is `multi_az = true`; what is in a block keeps its block.
pub fn settings(rtype: &str, settings: &str) -> Option<String> {
    let file = types::file(rtype)?;
    let root = parse_yaml(settings).ok()?;
    let mut lines = Vec::new();
    collect(file, &root, &mut Vec::new(), &mut lines)?;
    (!lines.is_empty()).then(|| lines.join("\n"))
}

fn collect(
    file: &TypeFile,
    node: &Node,
    path: &mut Vec<Step>,
    lines: &mut Vec<String>,
) -> Option<()> {
    if let Data::Map(entries) = &node.data {
        for entry in entries {
            path.push(Step::Name(entry.key.as_ref().into()));
            collect(file, &entry.value, path, lines)?;
            path.pop();
        }
        return Some(());
    }
    let value = match &node.data {
        Data::Bool(value) => value.to_string(),
        Data::Int(value) => value.to_string(),
        Data::Float(value) => value.to_string(),
        Data::String(text) => format!("{text:?}"),
        Data::Null | Data::List(_) | Data::Map(_) => return None,
    };
    let property = file.properties.iter().find(|p| p.path == *path)?;
    let hops = &property.terraform.as_ref()?.path;
    let (last, blocks) = hops.split_last()?;
    let Hop::Name(attribute) = last else {
        return None;
    };
    let mut text = format!("{attribute} = {value}");
    for hop in blocks.iter().rev() {
        match hop {
            Hop::Name(block) => text = format!("{block} {{ {text} }}"),
            Hop::First => {}
            Hop::Each => return None,
        }
    }
    lines.push(text);
    Some(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_are_spelled_as_in_hcl() {
        for (rtype, cloudformation, hcl) in [
            (
                "AWS::RDS::DBInstance",
                "MultiAZ: true",
                Some("multi_az = true"),
            ),
            (
                "AWS::DynamoDB::Table",
                "PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true }",
                Some("point_in_time_recovery { enabled = true }"),
            ),
            ("AWS::RDS::DBInstance", "ProcessorFeatures: []", None),
        ] {
            assert_eq!(settings(rtype, cloudformation).as_deref(), hcl);
        }
    }
}
