//! What an ARN says before it is known whole.

use crate::model::{Part, Reason};

/// The Region that an ARN says: `arn:partition:service:region:account:resource`. What is not known
/// of it holds no colon before that, or is not known to be one.
pub fn region_in_arn(parts: &[Part]) -> Option<String> {
    let mut fields = vec![Some(String::new())];
    for part in parts {
        match part {
            Part::Text(text) => {
                for (number, piece) in text.split(':').enumerate() {
                    if number > 0 {
                        fields.push(Some(String::new()));
                    }
                    if let Some(Some(field)) = fields.last_mut() {
                        field.push_str(piece);
                    }
                }
            }
            // A partition, a Region or an account has no colon; anything else may have.
            Part::Unknown(why)
                if matches!(&**why, Reason::PseudoParameter(name)
                    if matches!(&**name, "AWS::AccountId" | "AWS::Region" | "AWS::Partition")) =>
            {
                if let Some(field) = fields.last_mut() {
                    *field = None;
                }
            }
            Part::Unknown(_) | Part::Reference(_) => break,
        }
    }
    let is_arn = fields.first().and_then(Option::as_deref) == Some("arn");
    // The field after it has begun, so this one is whole.
    let region = fields.get(3).filter(|_| fields.len() > 4)?.clone()?;
    (is_arn && !region.is_empty()).then_some(region)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;

    #[test]
    fn the_region_in_an_arn() {
        let text = |text: &str| Part::Text(text.into());
        let gap = |name: &str| Part::Unknown(Arc::new(Reason::PseudoParameter(name.into())));
        let vault = |parts: &[Part]| region_in_arn(parts);
        assert_eq!(
            vault(&[text(
                "arn:aws:backup:eu-west-1:111122223333:backup-vault:dr"
            )])
            .as_deref(),
            Some("eu-west-1")
        );
        assert_eq!(
            vault(&[
                text("arn:"),
                gap("AWS::Partition"),
                text(":backup:eu-west-1:"),
                gap("AWS::AccountId"),
                text(":backup-vault:dr"),
            ])
            .as_deref(),
            Some("eu-west-1")
        );
        let open = Part::Unknown(Arc::new(Reason::AfterApply));
        for parts in [
            &[text("arn:aws:s3:::securecart")][..],
            &[text("arn:aws:backup:eu-west-1")],
            &[text("arn:aws:backup:"), gap("AWS::Region"), text(":1:x")],
            &[text("arn:"), open, text(":backup:eu-west-1:1:x")],
            &[text("eu:central:1:eu-west-1:x")],
        ] {
            assert_eq!(vault(parts), None);
        }
    }
}
