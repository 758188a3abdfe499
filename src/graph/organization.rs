//! The tree of an organization, and which service control policies apply to an account in it: those
//! that are attached to the account, to a unit it is in, or to the root
//! (<https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_scps_evaluation.html>).

use std::sync::Arc;

use super::Graph;
use crate::model::{InputKind, Part, Reason, Resource, Seen, Unknown, Value, World};
use crate::types::Door;

const POLICY: &str = "AWS::Organizations::Policy";
const ACCOUNT: &str = "AWS::Organizations::Account";
const ORGANIZATION: &str = "AWS::Organizations::Organization";
const UNIT: &str = "AWS::Organizations::OrganizationalUnit";

/// The types that are read here.
pub(super) const TYPES: [&str; 4] = [POLICY, ACCOUNT, ORGANIZATION, UNIT];

/// The policy that AWS attaches everywhere, and that allows everything.
const EVERYTHING: &str = "FullAWSAccess";

/// Units are nested at most five deep.
const DEEPEST: usize = 8;

/// The properties that are read here, beside names.
pub(super) const READS: &[(&str, &[&str])] = &[
    (POLICY, &["Content", "Name", "TargetIds", "Type"]),
    (ACCOUNT, &["AccountId", "ParentIds"]),
    (UNIT, &["ParentId"]),
];

/// A place in the tree at which policies are attached.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Level {
    /// An account or a unit.
    Of(usize),
    /// The root, of which an organization has one.
    Root,
}

/// The service control policies on the way from an account to the root.
#[derive(Debug, Default)]
pub struct Policies {
    /// Those of each level, the account's own first.
    pub levels: Vec<Vec<usize>>,
    /// Why there could be more; `None` when these are all.
    pub open: Option<Unknown>,
    /// Whether the inputs know where AWS's own policy, which allows everything, is attached.
    pub has_managed: bool,
}

impl Graph<'_> {
    /// The service control policies that apply to an account or a unit.
    pub fn service_control_policies(&self, target: usize, world: &World) -> Policies {
        let mut found = Policies::default();
        let (levels, mut open) = self.levels(target, world);
        let (policies, gap) = self.of_type(POLICY, world);
        open = open.or(gap);
        found.levels = vec![Vec::new(); levels.len()];
        for index in policies {
            let Some(policy) = self.resource(index) else {
                continue;
            };
            if policy.names.iter().any(|name| name.ends_with(EVERYTHING))
                || policy.property("Name").and_then(Value::as_str) == Some(EVERYTHING)
            {
                found.has_managed = true;
            }
            match policy.property("Type").map(|kind| world.known(kind)) {
                Some(Ok(Value::String(kind))) if **kind == *"SERVICE_CONTROL_POLICY" => {}
                Some(Err(why)) => {
                    open.get_or_insert(why);
                    continue;
                }
                _ => continue,
            }
            let (targets, more) = self.policy_targets(policy, world);
            open = open.or(more);
            for (level, policies) in levels.iter().zip(&mut found.levels) {
                let named = targets.iter().map(|to| self.is_level(to, *level, policy));
                let mut is_on = false;
                for answer in named {
                    match answer {
                        Ok(yes) => is_on |= yes,
                        Err(why) => {
                            open.get_or_insert(why);
                        }
                    }
                }
                if is_on {
                    policies.push(index);
                }
            }
        }
        found.open = open;
        found
    }

    /// What a policy is attached to, and why that could be more.
    pub fn policy_targets(
        &self,
        policy: &Resource,
        world: &World,
    ) -> (Vec<Value>, Option<Unknown>) {
        let mut open = None;
        let mut all = Vec::new();
        let Some(targets) = policy.property("TargetIds") else {
            // Where attachments are resources of their own, there may be some elsewhere.
            let source = self.snapshot.sources.get(policy.origin.source);
            let is_terraform =
                source.and_then(|file| file.kind).map(Door::of) == Some(Door::Terraform);
            return (all, self.gap(POLICY, None).filter(|_| is_terraform));
        };
        match world.known(targets) {
            Ok(Value::List(items)) => {
                for item in items {
                    match world.see(item) {
                        Seen::Value(Value::Null) => {}
                        Seen::Value(item) => all.push(item.clone()),
                        Seen::Undecided(why) => {
                            open.get_or_insert(why);
                        }
                    }
                }
            }
            Err(why) => open = Some(why),
            Ok(Value::Null) => {}
            Ok(one) => all.push(one.clone()),
        }
        (all, open)
    }

    /// The way from an account or a unit to the root, and why it is not known whole.
    fn levels(&self, target: usize, world: &World) -> (Vec<Level>, Option<Unknown>) {
        let mut levels = vec![Level::Of(target)];
        let mut at = target;
        while levels.len() < DEEPEST {
            let Some(resource) = self.resource(at) else {
                break;
            };
            let parent = match &*resource.rtype {
                ACCOUNT => resource.property("ParentIds"),
                _ => resource.property("ParentId"),
            };
            let parent = match parent.map(|parent| world.see(parent)) {
                // An account that nobody puts anywhere is made in the root.
                None => None,
                Some(Seen::Value(Value::List(items))) => {
                    match items
                        .iter()
                        .find(|item| !item.is_null())
                        .map(|i| world.see(i))
                    {
                        Some(Seen::Value(first)) => Some(first),
                        Some(Seen::Undecided(why)) => return (levels, Some(why)),
                        None => None,
                    }
                }
                Some(Seen::Value(parent)) => Some(parent),
                Some(Seen::Undecided(why)) => return (levels, Some(why)),
            };
            let Some(parent) = parent else {
                levels.push(Level::Root);
                break;
            };
            if self.is_root(parent) {
                levels.push(Level::Root);
                break;
            }
            match self.lookup(UNIT, parent, Some(resource), world) {
                Ok(Some(unit)) if !levels.contains(&Level::Of(unit)) => {
                    levels.push(Level::Of(unit));
                    at = unit;
                }
                Ok(_) => {
                    // It is in a unit that was not read, and with that in the root.
                    levels.push(Level::Root);
                    let why = Arc::new(Reason::Outside(parent.to_string().into()));
                    return (levels, Some(why));
                }
                Err(why) => {
                    // Wherever it is, it is under the root.
                    levels.push(Level::Root);
                    return (levels, Some(why));
                }
            }
        }
        (levels, None)
    }

    /// Whether a value names the root.
    fn is_root(&self, value: &Value) -> bool {
        match value {
            Value::String(text) => text.starts_with("r-"),
            Value::Composed(parts) => {
                matches!(parts.first(), Some(Part::Text(text)) if text.starts_with("r-"))
            }
            Value::Reference(reference) => {
                let target = self.target(reference).and_then(|i| self.resource(i));
                target.is_some_and(|r| &*r.rtype == ORGANIZATION)
            }
            _ => false,
        }
    }

    /// Whether a target of a policy is a level.
    fn is_level(&self, target: &Value, level: Level, policy: &Resource) -> Result<bool, Unknown> {
        if let Value::Unknown(why) = target {
            return Err(Arc::clone(why));
        }
        let is_root = self.is_root(target);
        let Level::Of(index) = level else {
            return Ok(is_root);
        };
        if is_root {
            return Ok(false);
        }
        let Some(resource) = self.resource(index) else {
            return Ok(false);
        };
        match target {
            Value::Reference(reference) => Ok(self.target(reference) == Some(index)),
            Value::String(text) => {
                let is_kind = text.starts_with("ou-") == (&*resource.rtype == UNIT);
                let id = resource.property("AccountId").and_then(Value::as_str);
                let mut names = resource.names.iter().chain(&resource.arn);
                if names.any(|name| **name == **text) || id == Some(text) || *resource.id == **text
                {
                    return Ok(true);
                }
                // A resource that is yet to be made has no id, and this may be what it gets.
                let source = self.snapshot.sources.get(resource.origin.source);
                let has_id = matches!(
                    source.and_then(|file| file.kind),
                    Some(InputKind::Snapshot | InputKind::TerraformState | InputKind::AwsConfig)
                ) || id.is_some();
                if has_id || !is_kind {
                    Ok(false)
                } else {
                    Err(Arc::new(Reason::Outside(text.clone())))
                }
            }
            other => Err(Arc::new(Reason::Other(
                format!("{other}, a target of {}", policy.id).into(),
            ))),
        }
    }
}
