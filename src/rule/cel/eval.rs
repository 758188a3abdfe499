//! Three-valued evaluation, in place.
//!
//! The laws: what is unknown stays unknown through every operator, except where the answer does
//! not depend on it (`false && unknown` is false). Making an unknown known never changes an
//! answer that was definite; a property test holds the evaluator to that.

use std::borrow::Cow;
use std::cmp::Ordering;
use std::sync::Arc;

use smallvec::SmallVec;

use super::ast::BinaryOp;
use super::check::{EachOp, Gaps, Ir, TextOp};
use super::sieve::{Sieve, Sieves};
use super::trace::Tracer;
use super::val::{Items, Known, Tri, Val};
use crate::graph::{self, Graph};
use crate::model::{Map, OBSERVED, Part, Reason, Resource, Seen, Snapshot, Unknown, Value, World};
use crate::rule::functions;
use crate::types::{self, Door};

/// What an evaluation sees.
#[derive(Debug, Clone, Copy)]
pub struct Env<'a> {
    /// Everything that was read.
    pub snapshot: &'a Snapshot,
    /// How it hangs together.
    pub graph: &'a Graph<'a>,
    /// The rule's parameters.
    pub params: &'a [Value],
    /// How open parameters turn out.
    pub world: &'a World,
    /// The resource being judged.
    pub subject: usize,
    /// All of it, where the snapshot has only what may be asked about it from elsewhere.
    pub body: Option<&'a Resource>,
    /// What is kept for the next resource.
    pub sieves: Option<&'a Sieves>,
}

impl<'a> Env<'a> {
    /// A resource by its index.
    pub fn resource(&self, index: usize) -> Option<&'a Resource> {
        self.body
            .filter(|_| index == self.subject)
            .or_else(|| self.graph.resource(index))
    }

    /// A value of the snapshot, in this world.
    pub fn view(&self, value: &'a Value) -> Val<'a> {
        match self.world.see(value) {
            Seen::Undecided(why) => Val::Unknown(why),
            Seen::Value(value) => match value {
                Value::Null | Value::Choice(_) => Val::Null,
                Value::Bool(b) => Val::Bool(*b),
                Value::Int(i) => Val::Int(*i),
                Value::Double(d) => Val::Double(*d),
                Value::String(text) => Val::Str(Cow::Borrowed(text)),
                Value::List(items) => Val::List(Items {
                    known: Known::Values(items),
                    open: None,
                }),
                Value::Map(map) => Val::Map(map),
                Value::Reference(reference) => Val::Reference(reference),
                Value::Composed(parts) => Val::Composed(Arc::clone(parts)),
                Value::Unknown(why) => Val::Unknown(Arc::clone(why)),
            },
        }
    }

    /// A value as JSON, in which resources go by their addresses.
    pub fn to_json(&self, val: &Val<'_>) -> serde_json::Value {
        match val {
            Val::Resource(index) => match self.resource(*index) {
                Some(resource) => resource.address.as_ref().into(),
                None => serde_json::Value::Null,
            },
            Val::List(items) if let Some(vals) = items.known.vals() => {
                vals.iter().map(|val| self.to_json(val)).collect()
            }
            other => other.to_json(),
        }
    }

    /// A value in a sentence, in which resources go by their names.
    pub fn to_text(&self, val: &Val<'_>) -> String {
        match val {
            Val::Resource(index) => self.resource(*index).map_or_else(String::new, |r| {
                types::display_name(&r.rtype, &r.properties, &r.id).to_owned()
            }),
            Val::List(items)
                if let Some(vals) = items.known.vals()
                    && vals.iter().any(|val| matches!(val, Val::Resource(_))) =>
            {
                let texts: Vec<String> = vals.iter().map(|val| self.to_text(val)).collect();
                texts.join(", ")
            }
            other => other.to_string(),
        }
    }

    /// A property of an object; null if it is not set.
    pub(crate) fn get(&self, map: &'a Map, name: &str) -> Val<'a> {
        map.get(name).map_or(Val::Null, |value| self.view(value))
    }

    /// A property of a value.
    fn select(&self, target: &Val<'a>, name: &str) -> Val<'a> {
        match target {
            // A step below what is not set is not set: `self.A.B` needs no `has(self.A)`.
            Val::Null => Val::Null,
            Val::Resource(index) => match self.resource(*index) {
                Some(r) if name == OBSERVED && r.observed.is_empty() => Val::Null,
                Some(r) if name == OBSERVED => Val::Map(&r.observed),
                Some(r) => self.get(&r.properties, name),
                None => Val::Null,
            },
            Val::Map(map) => self.get(map, name),
            Val::Record(record) => record
                .fields
                .iter()
                .find(|(field, _)| *field == name)
                .map_or(Val::Null, |(_, value)| value.clone()),
            Val::Destination(ends, at) => functions::of_destination(self, ends, *at, name),
            other => Val::Unknown(other.not_a("an object")),
        }
    }

    /// The elements of a list, those that `AWS::NoValue` removed left out.
    pub fn elements(&self, items: &Items<'a>) -> impl Iterator<Item = Val<'a>> {
        let known = match &items.known {
            Known::Leading(leading) => Known::Resources(leading.all().into()),
            known => known.clone(),
        };
        let all = (0..).map_while(move |index| self.nth(&known, index));
        all.filter(|val| !matches!(val, Val::Null))
    }

    /// An element of a list by its index; null where `AWS::NoValue` removed it.
    fn nth(&self, known: &Known<'a>, index: usize) -> Option<Val<'a>> {
        match known {
            Known::Values(values) => values.get(index).map(|value| self.view(value)),
            Known::Vals(vals) => vals.get(index).cloned(),
            Known::Resources(all) => all.get(index).copied().map(Val::Resource),
            Known::Leading(leading) => leading.all().get(index).copied().map(Val::Resource),
            Known::Destinations(ends) => {
                let is_one = index < ends.all.len();
                is_one.then(|| Val::Destination(ends.clone(), index))
            }
        }
    }

    /// Whether two values are equal.
    pub fn equal(&self, a: &Val<'a>, b: &Val<'a>) -> Tri {
        match (a, b) {
            (Val::Unknown(why), _) | (_, Val::Unknown(why)) => Tri::Unknown(Arc::clone(why)),
            (Val::Null, Val::Null) => Tri::True,
            // What is set, to whatever, is not null.
            (Val::Null, _) | (_, Val::Null) => Tri::False,
            (Val::Bool(a), Val::Bool(b)) => (a == b).into(),
            (Val::Int(a), Val::Int(b)) => (a == b).into(),
            (Val::Int(a), Val::Double(b)) | (Val::Double(b), Val::Int(a)) => {
                #[expect(clippy::cast_precision_loss, reason = "as CEL compares them")]
                let a = *a as f64;
                (a == *b).into()
            }
            (Val::Double(a), Val::Double(b)) => (a == b).into(),
            (Val::Str(a), Val::Str(b)) => (a == b).into(),
            (Val::Resource(a), Val::Resource(b)) => (a == b).into(),
            (Val::Reference(a), Val::Reference(b)) => {
                if a == b {
                    Tri::True
                } else if a.target != b.target && a.attribute == b.attribute {
                    // Two resources never share an identifier; other attributes may coincide.
                    match a.attribute.as_deref() {
                        None | Some("Arn" | "Id" | "DNSName" | "DomainName") => Tri::False,
                        Some(_) => Tri::Unknown(a_attribute(a)),
                    }
                } else {
                    Tri::Unknown(a_attribute(a))
                }
            }
            (Val::Composed(a), Val::Composed(b)) if a == b && !has_unknown(a) => Tri::True,
            // What AWS assigns to identify or to reach a resource is never empty.
            (Val::Reference(_), Val::Str(text)) | (Val::Str(text), Val::Reference(_))
                if text.is_empty() =>
            {
                Tri::False
            }
            (Val::Composed(parts), Val::Str(text)) | (Val::Str(text), Val::Composed(parts)) => {
                let is_reference = |part: &Part| matches!(part, Part::Reference(_));
                if fits(parts, text) && !(text.is_empty() && parts.iter().any(is_reference)) {
                    Tri::Unknown(a.not_a_text(b))
                } else {
                    Tri::False
                }
            }
            (Val::Reference(_) | Val::Composed(_), _) => Tri::Unknown(a.not_a("known text")),
            (_, Val::Reference(_) | Val::Composed(_)) => Tri::Unknown(b.not_a("known text")),
            (Val::List(a), Val::List(b)) => self.equal_lists(a, b),
            (Val::Map(a), Val::Map(b)) => {
                let names = |map: &'a Map| map.iter().filter(|(_, v)| !v.is_null());
                let mut all = Tri::True;
                for (name, value) in names(a) {
                    all = all.and(self.equal(&self.view(value), &self.get(b, name)));
                }
                for (name, value) in names(b) {
                    if a.get(name).is_none() {
                        all = all.and(self.equal(&self.view(value), &Val::Null));
                    }
                }
                all
            }
            // The checker admits only comparable types, so this is a value that does not fit
            // its schema, or free-form JSON: CEL says values of different types are not equal.
            _ => Tri::False,
        }
    }

    fn equal_lists(&self, a: &Items<'a>, b: &Items<'a>) -> Tri {
        let x: Vec<Val<'a>> = self.elements(a).collect();
        let y: Vec<Val<'a>> = self.elements(b).collect();
        if let Some(why) = a.open.as_ref().or(b.open.as_ref()) {
            return Tri::Unknown(Arc::clone(why));
        }
        if let Some(Val::Unknown(why)) = x.iter().chain(&y).find(|v| is_unknown(v))
            && x.len() != y.len()
        {
            // An element that is not decided may yet turn out to be removed.
            return Tri::Unknown(Arc::clone(why));
        }
        if x.len() != y.len() {
            return Tri::False;
        }
        x.iter()
            .zip(&y)
            .fold(Tri::True, |all, (a, b)| all.and(self.equal(a, b)))
    }

    /// Whether a value is in a list.
    pub fn contains(&self, value: &Val<'a>, list: &Val<'a>) -> Tri {
        match list {
            Val::Null => Tri::False,
            Val::List(items) => {
                let mut found: Tri = match &items.open {
                    Some(why) => Tri::Unknown(Arc::clone(why)),
                    None => Tri::False,
                };
                for element in self.elements(items) {
                    found = self.equal(value, &element).or(found);
                    if found == Tri::True {
                        break;
                    }
                }
                found
            }
            Val::Map(map) => match value {
                Val::Str(name) => match self.get(map, name) {
                    Val::Unknown(why) => Tri::Unknown(why),
                    Val::Null => Tri::False,
                    _ => Tri::True,
                },
                other => Tri::Unknown(other.not_a("a string")),
            },
            other => Tri::Unknown(other.not_a("a list")),
        }
    }

    /// The order of two values.
    fn order(&self, op: BinaryOp, a: &Val<'a>, b: &Val<'a>) -> Tri {
        #[expect(clippy::cast_precision_loss, reason = "as CEL compares them")]
        let ordering = match (a, b) {
            (Val::Int(a), Val::Int(b)) => Some(a.cmp(b)),
            (Val::Int(a), Val::Double(b)) => (*a as f64).partial_cmp(b),
            (Val::Double(a), Val::Int(b)) => a.partial_cmp(&(*b as f64)),
            (Val::Double(a), Val::Double(b)) => a.partial_cmp(b),
            (Val::Str(a), Val::Str(b)) => Some(a.cmp(b)),
            (Val::Int(_) | Val::Double(_) | Val::Str(_), other) | (other, _) => {
                return Tri::Unknown(other.not_a("a value to compare"));
            }
        };
        match op {
            BinaryOp::Lt => ordering == Some(Ordering::Less),
            BinaryOp::Le => matches!(ordering, Some(Ordering::Less | Ordering::Equal)),
            BinaryOp::Gt => ordering == Some(Ordering::Greater),
            _ => matches!(ordering, Some(Ordering::Greater | Ordering::Equal)),
        }
        .into()
    }
}

impl Val<'_> {
    /// Why two values that should be of one type cannot be compared, if they cannot.
    fn mismatch(&self, other: &Self) -> Option<Unknown> {
        let kind = |val: &Self| match val {
            Self::Bool(_) => 1,
            Self::Int(_) | Self::Double(_) => 2,
            Self::Str(_) | Self::Composed(_) | Self::Reference(_) => 3,
            Self::List(_) => 4,
            Self::Map(_) => 5,
            _ => 0,
        };
        match (kind(self), kind(other)) {
            (0, _) | (_, 0) => None,
            // A reference may turn out to be of any type.
            (3, _) if matches!(self, Self::Reference(_)) => None,
            (_, 3) if matches!(other, Self::Reference(_)) => None,
            (a, b) if a == b => None,
            _ => Some(Arc::new(Reason::Mistyped {
                expected: other.kind().into(),
                found: self.kind().into(),
            })),
        }
    }

    /// Why it cannot be told whether these two texts are equal.
    fn not_a_text(&self, other: &Self) -> Unknown {
        match self {
            Self::Composed(_) => self.not_a("known text"),
            _ => other.not_a("known text"),
        }
    }
}

fn a_attribute(reference: &crate::model::Reference) -> Unknown {
    Arc::new(Reason::Attribute(reference.to_string().into()))
}

fn is_unknown(val: &Val<'_>) -> bool {
    matches!(val, Val::Unknown(_))
}

fn has_unknown(parts: &[Part]) -> bool {
    parts.iter().any(|part| matches!(part, Part::Unknown(_)))
}

/// Whether partly known text could turn out to be this text.
fn fits(parts: &[Part], text: &str) -> bool {
    let mut rest = text;
    let mut anchored = true;
    for part in parts {
        match part {
            Part::Text(known) if anchored => match rest.strip_prefix(&**known) {
                Some(after) => {
                    rest = after;
                    anchored = true;
                }
                None => return false,
            },
            Part::Text(known) => match rest.find(&**known) {
                Some(at) => {
                    rest = rest.get(at + known.len()..).unwrap_or_default();
                    anchored = true;
                }
                None => return false,
            },
            Part::Reference(_) | Part::Unknown(_) => anchored = false,
        }
        // What a gap swallowed may hold later parts too: stay loose after the first gap.
        if !anchored {
            break;
        }
    }
    match parts.last() {
        Some(Part::Text(last)) => text.ends_with(&**last),
        _ => !anchored || rest.is_empty(),
    }
}

/// Evaluates checked expressions.
#[derive(Debug)]
pub struct Evaluator<'a, 'e, T: Tracer> {
    env: &'e Env<'a>,
    /// `self`, which is slot 0.
    subject: (Val<'a>, T::At),
    /// What is in the slots from 1: the variables of `exists` and its kin.
    vars: Vec<(Val<'a>, T::At)>,
    tracer: &'e mut T,
}

impl<'a, 'e, T: Tracer> Evaluator<'a, 'e, T> {
    /// An evaluator in which `self` is the subject of `env`.
    pub fn new(env: &'e Env<'a>, tracer: &'e mut T) -> Self {
        Self {
            subject: (Val::Resource(env.subject), T::resource(env.subject)),
            vars: Vec::new(),
            env,
            tracer,
        }
    }

    /// A variable by its slot.
    fn var(&self, slot: usize) -> Option<&(Val<'a>, T::At)> {
        match slot.checked_sub(1) {
            Some(bound) => self.vars.get(bound),
            None => Some(&self.subject),
        }
    }

    /// What an expression comes to while a variable is this.
    pub(super) fn with<R>(
        &mut self,
        slot: usize,
        var: (Val<'a>, T::At),
        evaluate: impl FnOnce(&mut Self) -> R,
    ) -> R {
        let bound = slot.saturating_sub(1);
        self.vars.resize_with(bound, || (Val::Null, T::nowhere()));
        self.vars.push(var);
        let result = evaluate(self);
        self.vars.truncate(bound);
        result
    }

    /// The value of an expression; what it read is traced.
    pub fn eval(&mut self, ir: &'a Ir) -> Val<'a> {
        let (val, at) = self.place(ir);
        self.tracer.read(&at, &val);
        val
    }

    /// The value of a condition.
    pub fn truth(&mut self, ir: &'a Ir) -> Tri {
        self.eval(ir).truth()
    }

    /// The value of an expression and where it stands, not yet counted as read.
    fn place(&mut self, ir: &'a Ir) -> (Val<'a>, T::At) {
        let val = match ir {
            Ir::Const(value) => self.env.view(value),
            Ir::Param(index) => self
                .env
                .params
                .get(*index)
                .map_or(Val::Null, |value| self.env.view(value)),
            Ir::Var(slot) => {
                return self
                    .var(*slot)
                    .cloned()
                    .unwrap_or((Val::Null, T::nowhere()));
            }
            Ir::Path(slot, steps, gaps) => {
                let Some((val, at)) = self.var(*slot) else {
                    return (Val::Null, T::nowhere());
                };
                let (mut val, mut at) = (val.clone(), at.clone());
                let resource = self.owner(&val);
                for step in steps {
                    val = self.env.select(&val, step);
                    at = self.step(&val, &at, step);
                }
                return (self.seen(val, *gaps, resource, steps), at);
            }
            Ir::Select(target, name, gaps) => {
                let (target, at) = self.place(target);
                let resource = self.owner(&target);
                let val = self.env.select(&target, name);
                let at = self.step(&val, &at, name);
                return (
                    self.seen(val, *gaps, resource, std::slice::from_ref(name)),
                    at,
                );
            }
            Ir::Index(target, index) => return self.element(target, index),
            Ir::List(items) => {
                let items = items.iter().map(|item| self.eval(item)).collect();
                Val::List(Items::all(items))
            }
            Ir::Not(operand) => (!self.truth(operand)).into(),
            Ir::Neg(operand) => match self.eval(operand) {
                Val::Int(i) => i.checked_neg().map_or(overflow(), Val::Int),
                Val::Double(d) => Val::Double(-d),
                other => Val::Unknown(other.not_a("a number")),
            },
            Ir::And(a, b) => match self.truth(a) {
                Tri::False => Val::Bool(false),
                a => a.and(self.truth(b)).into(),
            },
            Ir::Or(a, b) => match self.truth(a) {
                Tri::True => Val::Bool(true),
                a => a.or(self.truth(b)).into(),
            },
            Ir::Cond(condition, yes, no) => match self.truth(condition) {
                Tri::True => return self.place(yes),
                Tri::False => return self.place(no),
                Tri::Unknown(why) => {
                    let (yes, no) = (self.eval(yes), self.eval(no));
                    if self.env.equal(&yes, &no) == Tri::True {
                        yes
                    } else {
                        Val::Unknown(why)
                    }
                }
            },
            Ir::Equal {
                left,
                right,
                negated,
                typed,
            } => {
                let (a, b) = (self.eval(left), self.eval(right));
                let equal = match a.mismatch(&b) {
                    Some(why) if *typed => Tri::Unknown(why),
                    _ => self.env.equal(&a, &b),
                };
                if *negated { !equal } else { equal }.into()
            }
            Ir::Order(op, a, b) => {
                let ((a, least_a), (b, least_b)) = (self.counted(a), self.counted(b));
                let decided = match (least_a, &b, &a, least_b) {
                    (Some(least), Val::Int(than), ..) => at_least(*op, least, *than),
                    (_, _, Val::Int(than), Some(least)) => at_least(op.turned(), least, *than),
                    _ => None,
                };
                match decided {
                    Some(answer) => Val::Bool(answer),
                    None => self.env.order(*op, &a, &b).into(),
                }
            }
            Ir::In(value, list) => {
                let (value, list) = (self.eval(value), self.eval(list));
                self.env.contains(&value, &list).into()
            }
            Ir::Add(a, b, negated) => {
                let (a, b) = (self.eval(a), self.eval(b));
                self.add(a, b, *negated)
            }
            Ir::Has(property) => match self.eval(property) {
                Val::Unknown(why) => Val::Unknown(why),
                other => Val::Bool(!matches!(other, Val::Null)),
            },
            Ir::Size(of) => self.size(of),
            Ir::ToInt(of) => match self.eval(of) {
                Val::Int(i) => Val::Int(i),
                Val::Double(d) => to_int(d),
                Val::Str(text) => match text.trim().parse() {
                    Ok(i) => Val::Int(i),
                    Err(_) => Val::unknown(Reason::Mistyped {
                        expected: "a whole number".into(),
                        found: format!("`{text}`").into(),
                    }),
                },
                other => Val::Unknown(other.not_a("a number")),
            },
            Ir::Text(op, text, arg) => {
                let (text, arg) = (self.eval(text), self.eval(arg));
                text_op(*op, &text, &arg).into()
            }
            Ir::Matches(text, regex) => match self.eval(text) {
                Val::Str(text) => Val::Bool(regex.is_match(&text)),
                other => Val::Unknown(other.not_a("known text")),
            },
            Ir::Lower(text) => match self.eval(text) {
                Val::Str(text) => Val::Str(text.to_ascii_lowercase().into()),
                Val::Composed(parts) => Val::Composed(
                    parts
                        .iter()
                        .map(|part| match part {
                            Part::Text(text) => Part::Text(text.to_ascii_lowercase().into()),
                            // What is not known is not known in lower case either.
                            Part::Reference(r) => Part::Unknown(a_attribute(r)),
                            Part::Unknown(why) => Part::Unknown(Arc::clone(why)),
                        })
                        .collect(),
                ),
                other => Val::Unknown(other.not_a("known text")),
            },
            Ir::Each(op, list, slot, body) => self.each(*op, list, *slot, body),
            Ir::Call(function, args, written) => {
                let args: SmallVec<[Val<'a>; 4]> = args.iter().map(|arg| self.eval(arg)).collect();
                let answer = (function.call)(self.env, &args);
                self.tracer.fact(self.env, written, &answer);
                answer
            }
        };
        (val, T::nowhere())
    }

    /// The resource that a value is, or is taken to be of.
    fn owner(&self, val: &Val<'a>) -> usize {
        match val {
            Val::Resource(index) => *index,
            _ => self.env.subject,
        }
    }

    /// A property's value; not known if there is none and its resource came in by a door at which
    /// it could not have been seen.
    fn seen(&self, val: Val<'a>, gaps: Gaps, resource: usize, steps: &[Arc<str>]) -> Val<'a> {
        if !gaps.any() || !matches!(val, Val::Null) {
            return val;
        }
        let door = self.env.resource(resource).and_then(|resource| {
            let file = self.env.snapshot.sources.get(resource.origin.source)?;
            file.kind.map(Door::of)
        });
        match door {
            Some(door) if gaps.at(door) => Val::unknown(Reason::NotCovered(
                format!("{} does not say {}", door.name(), steps.join(".")).into(),
            )),
            _ => val,
        }
    }

    /// Where a property of something at `at` stands. Looking a resource up starts a new place.
    fn step(&self, val: &Val<'a>, at: &T::At, name: &Arc<str>) -> T::At {
        match val {
            Val::Resource(index) => T::resource(*index),
            _ => T::key(at, name),
        }
    }

    fn element(&mut self, target: &'a Ir, index: &'a Ir) -> (Val<'a>, T::At) {
        let (target, at) = self.place(target);
        let index = self.eval(index);
        match (&target, &index) {
            (Val::List(items), Val::Int(i)) => {
                let i = usize::try_from(*i).unwrap_or(usize::MAX);
                let val = self.env.nth(&items.known, i);
                let val = val.unwrap_or_else(|| match &items.open {
                    Some(why) => Val::Unknown(Arc::clone(why)),
                    None => Val::Null,
                });
                (val, T::index(&at, i))
            }
            (Val::Map(map), Val::Str(name)) => {
                let name: Arc<str> = name.as_ref().into();
                (self.env.get(map, &name), T::key(&at, &name))
            }
            (Val::Null, _) => (Val::Null, at),
            (Val::List(_) | Val::Map(_), index) => (Val::Unknown(index.not_a("an index")), at),
            (target, _) => (Val::Unknown(target.not_a("a list")), at),
        }
    }

    fn add(&self, a: Val<'a>, b: Val<'a>, negated: bool) -> Val<'a> {
        match (a, b) {
            (Val::Int(a), Val::Int(b)) if negated => a.checked_sub(b).map_or(overflow(), Val::Int),
            (Val::Int(a), Val::Int(b)) => a.checked_add(b).map_or(overflow(), Val::Int),
            (Val::Double(a), Val::Double(b)) => Val::Double(if negated { a - b } else { a + b }),
            #[expect(clippy::cast_precision_loss, reason = "as CEL's double() does")]
            (Val::Int(a), b @ Val::Double(_)) => self.add(Val::Double(a as f64), b, negated),
            #[expect(clippy::cast_precision_loss, reason = "as CEL's double() does")]
            (a @ Val::Double(_), Val::Int(b)) => self.add(a, Val::Double(b as f64), negated),
            (Val::Str(a), Val::Str(b)) => Val::Str(format!("{a}{b}").into()),
            (Val::List(a), Val::List(b)) => {
                let items = self.env.elements(&a).chain(self.env.elements(&b));
                Val::List(Items::open(
                    items.collect(),
                    a.open.clone().or_else(|| b.open.clone()),
                ))
            }
            (Val::List(a), Val::Null) | (Val::Null, Val::List(a)) => Val::List(a),
            (Val::Int(_) | Val::Double(_) | Val::Str(_) | Val::List(_), other) | (other, _) => {
                Val::Unknown(other.not_a("a value to add"))
            }
        }
    }

    /// Whether a condition cannot be true unless the variable of a slot leads to a resource.
    fn asks_whether_it_leads(&self, condition: &Ir, slot: usize, to: usize) -> bool {
        match condition {
            Ir::And(a, b) => {
                self.asks_whether_it_leads(a, slot, to) || self.asks_whether_it_leads(b, slot, to)
            }
            Ir::Call(function, args, _) if function.name == functions::LEADS_TO => {
                let is_to = |slot: &usize| {
                    let val = self.var(*slot).map(|(val, _)| val);
                    matches!(val, Some(Val::Resource(index)) if *index == to)
                };
                matches!(&**args, [Ir::Var(from), Ir::Var(of)] if *from == slot && is_to(of))
            }
            _ => false,
        }
    }

    fn size(&mut self, of: &'a Ir) -> Val<'a> {
        self.size_or_least(of).0
    }

    /// What is compared, and the least it can be where it is a size that is not known.
    fn counted(&mut self, ir: &'a Ir) -> (Val<'a>, Option<i64>) {
        match ir {
            Ir::Size(of) => self.size_or_least(of),
            other => (self.eval(other), None),
        }
    }

    fn size_or_least(&mut self, of: &'a Ir) -> (Val<'a>, Option<i64>) {
        let val = self.eval(of);
        let number = |count: usize| i64::try_from(count).unwrap_or(i64::MAX);
        let count = match &val {
            Val::Null => 0,
            Val::List(items) => {
                let mut open = items.open.clone();
                let mut least = 0;
                for element in self.env.elements(items) {
                    match element {
                        // It may yet turn out to be removed.
                        Val::Unknown(why) if matches!(*why, Reason::Undecided(_)) => {
                            open.get_or_insert(why);
                        }
                        _ => least += 1,
                    }
                }
                if let Some(why) = open {
                    return (Val::Unknown(why), Some(number(least)));
                }
                least
            }
            Val::Map(map) => map.iter().filter(|(_, v)| !v.is_null()).count(),
            Val::Str(text) => text.chars().count(),
            other => return (Val::Unknown(other.not_a("a list")), None),
        };
        (Val::Int(number(count)), None)
    }

    /// What to pass by of a list, if it is so long that this is worth while.
    fn sieve(
        &self,
        known: &Known<'a>,
        doubtful: &[usize],
        condition: &'a Ir,
        slot: usize,
    ) -> Option<Arc<Sieve>> {
        let count = match known {
            Known::Resources(all) => all.len(),
            _ => 0,
        };
        let sieves = self.env.sieves.filter(|_| !graph::scans())?;
        (count + doubtful.len() >= LONG).then(|| sieves.of(self.env, condition, slot))?
    }

    fn each(&mut self, op: EachOp, list: &'a Ir, slot: usize, body: &'a Ir) -> Val<'a> {
        let (val, at) = self.place(list);
        let items = match &val {
            // A list that is not set has no elements.
            Val::Null => Items::all(Vec::new()),
            Val::List(items) => items.clone(),
            other => {
                self.tracer.read(&at, &val);
                return Val::Unknown(other.not_a("a list"));
            }
        };
        let mut open = items.open.clone();
        let (known, doubtful) = match &items.known {
            Known::Leading(leading)
                if op == EachOp::Exists && self.asks_whether_it_leads(body, slot, leading.to) =>
            {
                let certain = Known::Resources(leading.certain.as_slice().into());
                (certain, &*leading.doubtful)
            }
            Known::Leading(leading) => (Known::Resources(leading.all().into()), &[][..]),
            known => (known.clone(), &[][..]),
        };
        let sieve = match op {
            EachOp::All | EachOp::Map => None,
            _ if T::RECORDS => None,
            _ => self.sieve(&known, doubtful, body, slot),
        };
        let env = self.env;
        let is_held_back = |resource: usize| {
            let sieve = sieve.as_ref();
            sieve.is_some_and(|sieve| sieve.holds_back(env, body, slot, resource))
        };
        let mut is_empty = doubtful.is_empty();
        let mut kept = Vec::new();
        let mut matching = 0_usize;
        for index in 0.. {
            let Some(element) = self.env.nth(&known, index) else {
                break;
            };
            if matches!(element, Val::Null) {
                continue;
            }
            is_empty = false;
            let place = match &element {
                Val::Resource(resource) if is_held_back(*resource) => continue,
                Val::Resource(resource) => T::resource(*resource),
                _ => T::index(&at, index),
            };
            // An element that may yet be removed says nothing for certain.
            let removable = match &element {
                Val::Unknown(why) if matches!(**why, Reason::Undecided(_)) => Some(why),
                _ => None,
            };
            let result = self.with(slot, (element.clone(), place), |me| me.eval(body));
            if op == EachOp::Map {
                kept.push(result);
                continue;
            }
            let truth = match removable {
                Some(why) => Tri::Unknown(Arc::clone(why)),
                None => result.truth(),
            };
            match (op, truth) {
                (EachOp::All, Tri::False) => {
                    self.tracer.decided(self.env, &element);
                    return Val::Bool(false);
                }
                (EachOp::Exists, Tri::True) => {
                    self.tracer.decided(self.env, &element);
                    return Val::Bool(true);
                }
                (EachOp::Filter, Tri::True) => kept.push(element),
                (EachOp::ExistsOne, Tri::True) => matching += 1,
                (_, Tri::Unknown(why)) => open = open.or(Some(why)),
                _ => {}
            }
        }
        for &resource in doubtful {
            if is_held_back(resource) {
                continue;
            }
            // None of them makes it true, and what follows the first that may makes no difference.
            let var = (Val::Resource(resource), T::resource(resource));
            let truth = self.with(slot, var, |me| me.truth(body));
            match truth {
                Tri::True => return Val::Bool(true),
                Tri::False => {}
                Tri::Unknown(why) => {
                    open = open.or(Some(why));
                    break;
                }
            }
        }
        if is_empty {
            self.tracer.read(&at, &val);
        }
        match op {
            EachOp::Map | EachOp::Filter => Val::List(Items::open(kept, open)),
            EachOp::ExistsOne if matching > 1 => Val::Bool(false),
            _ => match open {
                Some(why) => Val::Unknown(why),
                None => Val::Bool(match op {
                    EachOp::All => true,
                    EachOp::ExistsOne => matching == 1,
                    _ => false,
                }),
            },
        }
    }
}

/// A list with fewer elements is gone through as it is.
const LONG: usize = 8;

/// How a number that is at least `least` compares with another, where that decides it.
fn at_least(op: BinaryOp, least: i64, than: i64) -> Option<bool> {
    match op {
        BinaryOp::Ge if least >= than => Some(true),
        BinaryOp::Gt if least > than => Some(true),
        BinaryOp::Lt if least >= than => Some(false),
        BinaryOp::Le if least > than => Some(false),
        _ => None,
    }
}

fn overflow<'a>() -> Val<'a> {
    Val::unknown(Reason::Other("the number is too large".into()))
}

fn to_int<'a>(d: f64) -> Val<'a> {
    #[expect(clippy::cast_possible_truncation, reason = "the range is checked")]
    if d.is_finite() && d.abs() < 9.0e18 {
        Val::Int(d.trunc() as i64)
    } else {
        overflow()
    }
}

fn text_op(op: TextOp, text: &Val<'_>, arg: &Val<'_>) -> Tri {
    let Val::Str(arg) = arg else {
        return Tri::Unknown(arg.not_a("known text"));
    };
    let parts = match text {
        Val::Str(text) => {
            return match op {
                TextOp::StartsWith => text.starts_with(&**arg),
                TextOp::EndsWith => text.ends_with(&**arg),
                TextOp::Contains => text.contains(&**arg),
            }
            .into();
        }
        Val::Composed(parts) => parts,
        other => return Tri::Unknown(other.not_a("known text")),
    };
    let unknown = || Tri::Unknown(text.not_a("known text"));
    match (op, parts.first(), parts.last()) {
        (TextOp::StartsWith, Some(Part::Text(first)), _) => {
            if first.starts_with(&**arg) {
                Tri::True
            } else if arg.starts_with(&**first) {
                unknown()
            } else {
                Tri::False
            }
        }
        (TextOp::EndsWith, _, Some(Part::Text(last))) => {
            if last.ends_with(&**arg) {
                Tri::True
            } else if arg.ends_with(&**last) {
                unknown()
            } else {
                Tri::False
            }
        }
        (TextOp::Contains, _, _)
            if parts
                .iter()
                .any(|part| matches!(part, Part::Text(text) if text.contains(&**arg))) =>
        {
            Tri::True
        }
        _ => unknown(),
    }
}
