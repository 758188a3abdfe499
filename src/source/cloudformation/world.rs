//! All templates of a run, and the resolver that walks them.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::sync::Arc;

use rustc_hash::{FxHashMap, FxHashSet};

use crate::document::Node;
use crate::model::{Path, Switch, Value};

use super::super::SwitchIds;

/// Deeper than this nothing is resolved: references, conditions, imports and nesting together.
const MAX_RESOLVE_DEPTH: u32 = 160;

/// All templates of a run.
pub(super) struct World {
    /// Every template instance; a file used by two nested stacks is two of them.
    pub(super) templates: Vec<Template>,
    ids: Arc<SwitchIds>,
    depth: Cell<u32>,
}

/// Where a template's parameters get their values.
pub(super) enum Given {
    /// From the user, by name.
    User(FxHashMap<String, String>),
    /// From the stack resource of another template that deploys it.
    Parent {
        /// The index of that template.
        template: usize,
        /// The index of the resource among its declarations.
        resource: usize,
    },
}

/// One template, deployed once.
pub(super) struct Template {
    /// The file, as an index among those read.
    pub(super) source: usize,
    /// The file's path.
    pub(super) path: Arc<str>,
    /// The path of the input this belongs to: the file itself or the one it is nested in.
    pub(super) root: Arc<str>,
    /// What addresses begin with: empty, or `Nested.` of a nested stack.
    pub(super) prefix: String,
    /// The document, loops unrolled.
    pub(super) tree: Node,
    /// Where it is deployed to.
    pub(super) region: Option<Arc<str>>,
    /// Where it is deployed to.
    pub(super) account: Option<Arc<str>>,
    /// What its parameters are.
    pub(super) given: Given,
    /// The resources it declares.
    pub(super) resources: Vec<Declared>,
    /// Names that `Ref` and `Fn::GetAtt` know, as indices of `resources`.
    pub(super) names: FxHashMap<String, usize>,
    /// Templates its nested stacks deploy, by the logical id of the stack.
    pub(super) children: FxHashMap<String, usize>,
    /// The literals conditions compare each parameter with.
    pub(super) compared: FxHashMap<String, Vec<String>>,
    /// The CDK stack or nested stack it was made from.
    pub(super) cdk: Option<super::cdk::Stack>,
    /// Whether another input brings the same file in, and says more about it.
    pub(super) dropped: bool,
    /// What has been worked out so far.
    pub(super) cache: Cache,
}

/// What has been worked out of a template so far.
#[derive(Default)]
pub(super) struct Cache {
    pub(super) values: RefCell<FxHashMap<(Kind, String), Value>>,
    pub(super) switches: RefCell<BTreeMap<(Kind, String), Arc<Switch>>>,
    busy: RefCell<FxHashSet<(Kind, String)>>,
    keys: RefCell<FxHashMap<Box<str>, Arc<str>>>,
}

/// What a name names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) enum Kind {
    Parameter,
    Condition,
    Output,
    Export,
}

/// A resource as a template declares it.
#[derive(Clone)]
pub(super) struct Declared {
    /// Logical id.
    pub(super) id: String,
    /// Type.
    pub(super) rtype: Arc<str>,
    /// The mapping under `Properties`, or what stands for it.
    pub(super) properties: Option<Node>,
    /// The condition it is created under.
    pub(super) condition: Option<String>,
    /// Its own node in the file.
    pub(super) node: Path,
    /// Properties that stand elsewhere in the file; see [`crate::model::Origin::moved`].
    pub(super) moved: Vec<(Path, Path)>,
    /// The construct path, from `Metadata`.
    pub(super) construct: Option<String>,
    /// The nested template, from `Metadata`.
    pub(super) asset: Option<String>,
}

impl World {
    pub(super) fn new(ids: Arc<SwitchIds>) -> Self {
        Self {
            templates: Vec::new(),
            ids,
            depth: Cell::new(0),
        }
    }

    /// The resolver of one template.
    pub(super) fn resolver(&self, at: usize) -> Option<Resolver<'_>> {
        let template = self.templates.get(at)?;
        Some(Resolver {
            world: self,
            template,
        })
    }

    /// Forgets what was worked out before all templates were there.
    pub(super) fn forget(&self) {
        for template in &self.templates {
            template.cache.values.borrow_mut().clear();
        }
    }
}

/// Resolves the values of one template.
#[derive(Clone, Copy)]
pub(super) struct Resolver<'w> {
    pub(super) world: &'w World,
    pub(super) template: &'w Template,
}

/// Leaves one level of resolving when dropped.
pub(super) struct Level<'w>(&'w Cell<u32>);

impl Drop for Level<'_> {
    fn drop(&mut self) {
        self.0.set(self.0.get().saturating_sub(1));
    }
}

impl<'w> Resolver<'w> {
    /// One level deeper, unless that is too deep.
    pub(super) fn enter(&self) -> Option<Level<'w>> {
        let depth = &self.world.depth;
        (depth.get() < MAX_RESOLVE_DEPTH).then(|| {
            depth.set(depth.get() + 1);
            Level(depth)
        })
    }

    /// A value worked out once; `cycle` when working it out leads back to itself.
    pub(super) fn once(
        &self,
        kind: Kind,
        name: &str,
        work: impl FnOnce() -> Value,
        cycle: impl FnOnce() -> Value,
    ) -> Value {
        let key = (kind, name.to_owned());
        if let Some(known) = self.template.cache.values.borrow().get(&key) {
            return known.clone();
        }
        if !self.template.cache.busy.borrow_mut().insert(key.clone()) {
            return cycle();
        }
        let value = work();
        self.template.cache.busy.borrow_mut().remove(&key);
        let mut values = self.template.cache.values.borrow_mut();
        values.insert(key, value.clone());
        value
    }

    /// The switch of a parameter or condition, made when first asked for.
    pub(super) fn switch(
        &self,
        kind: Kind,
        name: &str,
        make: impl FnOnce(u32) -> Switch,
    ) -> Arc<Switch> {
        let mut switches = self.template.cache.switches.borrow_mut();
        switches
            .entry((kind, name.to_owned()))
            .or_insert_with(|| Arc::new(make(self.world.ids.next())))
            .clone()
    }

    /// A section of the template, such as `Mappings`.
    pub(super) fn section(&self, name: &str) -> Option<&'w Node> {
        self.template.tree.get(name)
    }

    /// The key in the snapshot of a resource with this logical id.
    pub(super) fn key(&self, id: &str) -> Arc<str> {
        // One text for the resource and all that refers to it.
        let mut keys = self.template.cache.keys.borrow_mut();
        if let Some(key) = keys.get(id) {
            return Arc::clone(key);
        }
        let key: Arc<str> = format!("{}#{}{id}", self.template.root, self.template.prefix).into();
        keys.insert(id.into(), Arc::clone(&key));
        key
    }
}
