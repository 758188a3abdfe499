//! Where things are.

use std::sync::Arc;

use super::{Function, Param, lookup, resource};
use crate::model::{EuMembership, Part, Reason, Region, eu_membership};
use crate::rule::cel::{Env, Ty, Val};

/// `account(resource)`
pub(super) static ACCOUNT: Function = Function {
    name: "account",
    params: &[("resource", Param::Resource)],
    returns: |_| Ty::String,
    doc: "The number of the account a resource is in.",
    unknown: "The account was not given.",
    needs: |_, _| {},
    call: |env, args| match resource(args, 0) {
        Ok(index) => match env.resource(index).and_then(|r| r.account.as_ref()) {
            Some(account) => Val::Str(account.as_ref().into()),
            None => Val::Unknown(Arc::new(Reason::Other("the account was not given".into()))),
        },
        Err(unknown) => unknown,
    },
};

/// `region(resource)`
pub(super) static REGION: Function = Function {
    name: "region",
    params: &[("resource", Param::Resource)],
    returns: |_| Ty::String,
    doc: "The code of the Region a resource is in, such as \"eu-central-1\"; null for a resource \
          of a global service.",
    unknown: "The Region was not given.",
    needs: |_, _| {},
    call: |env, args| match resource(args, 0) {
        Ok(index) => of_resource(env, index),
        Err(unknown) => unknown,
    },
};

fn of_resource<'a>(env: &Env<'a>, index: usize) -> Val<'a> {
    match env.resource(index).map(|r| &r.region) {
        Some(Region::In(name)) => Val::Str(name.as_ref().into()),
        Some(Region::Global) | None => Val::Null,
        Some(Region::Unknown(why)) => Val::Unknown(Arc::clone(why)),
    }
}

/// `regionOf(type, value)`
pub(super) static REGION_OF: Function = Function {
    name: "regionOf",
    params: &[("type", Param::TypeName), ("value", Param::Any)],
    returns: |_| Ty::String,
    doc: "The code of the Region of the resource of a type that a value names: as its ARN says, \
          which need not be known whole, else that of the resource that `lookup` finds; null if \
          nothing is named.",
    unknown: "The ARN says no Region, and no such resource was read, or its Region was not given.",
    needs: |needs, asked| needs.looked_up(asked.rtype),
    call: |env, args| {
        let said = match args.get(1) {
            Some(Val::Str(text)) => in_arn(&[Part::Text(text.as_ref().into())]),
            Some(Val::Composed(parts)) => in_arn(parts),
            _ => None,
        };
        if let Some(region) = said {
            return Val::Str(region.into());
        }
        match (lookup::lookup(env, args), args.get(1)) {
            (Val::Resource(index), _) => of_resource(env, index),
            (Val::Null, None | Some(Val::Null)) => Val::Null,
            (Val::Null, Some(named)) => Val::Unknown(named.not_a("the name of what was read")),
            (other, _) => other,
        }
    },
};

/// The Region that an ARN says: `arn:partition:service:region:account:resource`. What is not known
/// of it holds no colon before that, or is not known to be one.
fn in_arn(parts: &[Part]) -> Option<String> {
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

/// `inEU(region, adequacy)`
pub(super) static IN_EU: Function = Function {
    name: "inEU",
    params: &[("region", Param::String), ("adequacy", Param::Bool)],
    returns: |_| Ty::Bool,
    doc: "Whether a Region lies in a member state of the European Union; with `adequacy` also in \
          a country with an adequacy decision (London, Zurich).",
    unknown: "The Region is not known.",
    needs: |_, _| {},
    call: |_, args| match (args.first(), args.get(1)) {
        (Some(Val::Str(region)), Some(Val::Bool(adequacy))) => {
            Val::Bool(match eu_membership(region) {
                EuMembership::Member => true,
                EuMembership::Adequate => *adequacy,
                EuMembership::Outside => false,
            })
        }
        (Some(Val::Str(_)), Some(other)) => Val::Unknown(other.not_a("a boolean")),
        (Some(other), _) => Val::Unknown(other.not_a("a Region")),
        (None, _) => Val::unknown(Reason::NotSet("a Region".into())),
    },
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_region_in_an_arn() {
        let text = |text: &str| Part::Text(text.into());
        let gap = |name: &str| Part::Unknown(Arc::new(Reason::PseudoParameter(name.into())));
        let vault = |parts: &[Part]| in_arn(parts);
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
