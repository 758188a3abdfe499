//! Syntax tree to [`Ir`]: every property is looked up in its schema, every operator's operands
//! are of types it can work on, every function exists. What passes here cannot go wrong later in
//! any way but by not knowing something.

use std::sync::Arc;

use super::ast::{BinaryOp, Expr, ExprKind, Literal};
use super::ty::Ty;
use super::{Problem, did_you_mean, problem};
use crate::model::{OBSERVED, Span, Value};
use crate::rule::functions::{self, Function, Param};
use crate::types::{self, Door, Shape, Step};

/// Comprehensions nested deeper than this are refused: each level multiplies the work.
const MAX_COMPREHENSIONS: usize = 3;

/// Compiled patterns may not use more memory than this.
const REGEX_SIZE: usize = 1 << 20;

/// A checked expression.
#[derive(Debug)]
pub enum Ir {
    /// A literal.
    Const(Value),
    /// A variable, by its slot.
    Var(usize),
    /// A parameter of the rule, by its index.
    Param(usize),
    /// Properties of a variable, step by step: one node, because it is what rules mostly do.
    Path(usize, Box<[Arc<str>]>, Gaps),
    /// A property of a computed value.
    Select(Box<Ir>, Arc<str>, Gaps),
    /// An element.
    Index(Box<Ir>, Box<Ir>),
    /// A list that is not all literals.
    List(Box<[Ir]>),
    /// `!a`
    Not(Box<Ir>),
    /// `-a`
    Neg(Box<Ir>),
    /// `a && b`
    And(Box<Ir>, Box<Ir>),
    /// `a || b`
    Or(Box<Ir>, Box<Ir>),
    /// `a ? b : c`
    Cond(Box<Ir>, Box<Ir>, Box<Ir>),
    /// `a == b`
    Equal {
        /// One side.
        left: Box<Ir>,
        /// The other.
        right: Box<Ir>,
        /// Whether it is `!=`.
        negated: bool,
        /// Whether the schema says that both are of one type, so that a value which is not
        /// makes the answer unknown rather than false.
        typed: bool,
    },
    /// `a < b` and its kin
    Order(BinaryOp, Box<Ir>, Box<Ir>),
    /// `a in b`
    In(Box<Ir>, Box<Ir>),
    /// `a + b`; subtracted for `-`
    Add(Box<Ir>, Box<Ir>, bool),
    /// `has(a.b)`
    Has(Box<Ir>),
    /// `size(a)`
    Size(Box<Ir>),
    /// `int(a)`
    ToInt(Box<Ir>),
    /// `a.startsWith(b)` and its kin
    Text(TextOp, Box<Ir>, Box<Ir>),
    /// `a.matches(r"…")`
    Matches(Box<Ir>, Box<regex::Regex>),
    /// `a.lowerAscii()`
    Lower(Box<Ir>),
    /// `a.all(x, …)` and its kin
    Each(EachOp, Box<Ir>, usize, Box<Ir>),
    /// A function of the graph, its arguments, and how the rule writes the call.
    Call(&'static Function, Box<[Ir]>, Arc<str>),
}

impl Ir {
    /// Visits this and all expressions in it.
    pub fn visit<'i>(&'i self, visit: &mut dyn FnMut(&'i Self)) {
        visit(self);
        match self {
            Self::Const(_) | Self::Var(_) | Self::Param(_) | Self::Path(..) => {}
            Self::Select(a, ..)
            | Self::Not(a)
            | Self::Neg(a)
            | Self::Has(a)
            | Self::Size(a)
            | Self::ToInt(a)
            | Self::Matches(a, _)
            | Self::Lower(a) => a.visit(visit),
            Self::Index(a, b)
            | Self::And(a, b)
            | Self::Or(a, b)
            | Self::Order(_, a, b)
            | Self::In(a, b)
            | Self::Add(a, b, _)
            | Self::Text(_, a, b)
            | Self::Each(_, a, _, b)
            | Self::Equal {
                left: a, right: b, ..
            } => {
                a.visit(visit);
                b.visit(visit);
            }
            Self::Cond(a, b, c) => [a, b, c].into_iter().for_each(|ir| ir.visit(visit)),
            Self::List(items) | Self::Call(_, items, _) => {
                items.iter().for_each(|ir| ir.visit(visit));
            }
        }
    }
}

/// The doors at which a property cannot be seen: that it is not there means nothing there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Gaps(u8);

impl Gaps {
    fn of(root: &Root) -> Self {
        let Some(shape) = root.shape else {
            return Self::default();
        };
        let unseen = |door: &Door| !types::covers(&shape.name, &root.steps, *door);
        Self(
            Door::ALL
                .iter()
                .filter(|door| unseen(door))
                .fold(0, |bits, door| bits | Self::bit(*door)),
        )
    }

    fn bit(door: Door) -> u8 {
        1 << (door as u8)
    }

    /// Whether the property cannot be seen at a door.
    pub fn at(self, door: Door) -> bool {
        self.0 & Self::bit(door) != 0
    }

    /// Whether there is any such door.
    pub fn any(self) -> bool {
        self.0 != 0
    }
}

/// Methods from a string and a string to a boolean.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TextOp {
    /// `startsWith`
    StartsWith,
    /// `endsWith`
    EndsWith,
    /// `contains`
    Contains,
}

/// Comprehensions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EachOp {
    /// `all`
    All,
    /// `exists`
    Exists,
    /// `exists_one`
    ExistsOne,
    /// `filter`
    Filter,
    /// `map`
    Map,
}

/// The names an expression may use.
#[derive(Debug, Clone)]
pub struct Scope {
    vars: Vec<Var>,
    params: Vec<(Arc<str>, Ty)>,
}

/// A variable.
#[derive(Debug, Clone)]
pub struct Var {
    name: Arc<str>,
    ty: Ty,
    root: Option<Root>,
}

/// Where in a resource a value stands, for the rule that only some properties are shared.
#[derive(Debug, Clone)]
struct Root {
    shape: Option<&'static Shape>,
    subject: bool,
    steps: Vec<Step>,
}

impl Scope {
    /// `self`, a resource of this type, and the rule's parameters.
    pub fn new(shape: &'static Shape, params: Vec<(Arc<str>, Ty)>) -> Self {
        let root = Root {
            shape: Some(shape),
            subject: true,
            steps: Vec::new(),
        };
        Self {
            vars: vec![Var {
                name: "self".into(),
                ty: Ty::Resource(Some(shape)),
                root: Some(root),
            }],
            params,
        }
    }
}

/// Checks an expression; its code and type.
pub fn check(expr: &Expr, text: &str, scope: &Scope) -> Result<(Ir, Ty), Problem> {
    let mut checker = Checker {
        text,
        scope: scope.clone(),
        comprehensions: 0,
    };
    let checked = checker.expr(expr)?;
    Ok((checked.ir, checked.ty))
}

struct Checker<'t> {
    text: &'t str,
    scope: Scope,
    comprehensions: usize,
}

struct Checked {
    ir: Ir,
    ty: Ty,
    root: Option<Root>,
    span: Span,
}

type Result_ = Result<Checked, Problem>;

impl Checked {
    fn boxed(self) -> Box<Ir> {
        Box::new(self.ir)
    }
}

impl Checker<'_> {
    fn expr(&mut self, expr: &Expr) -> Result_ {
        let done = |ir, ty| {
            Ok(Checked {
                ir,
                ty,
                root: None,
                span: expr.span,
            })
        };
        match &expr.kind {
            ExprKind::Literal(literal) => {
                let (value, ty) = match literal {
                    Literal::Null => (Value::Null, Ty::Null),
                    Literal::Bool(b) => (Value::Bool(*b), Ty::Bool),
                    Literal::Int(i) => (Value::Int(*i), Ty::Int),
                    Literal::Double(d) => (Value::Double(*d), Ty::Double),
                    Literal::String(s) => (Value::String(s.clone()), Ty::String),
                };
                done(Ir::Const(value), ty)
            }
            ExprKind::List(items) => self.list(expr.span, items),
            ExprKind::Ident(name) => self.ident(name, expr.span),
            ExprKind::Select(target, name, span) => {
                if let ExprKind::Ident(ident) = &target.kind
                    && &**ident == "params"
                    && !self.scope.vars.iter().any(|var| &*var.name == "params")
                {
                    return self.param(name, *span, expr.span);
                }
                let target = self.expr(target)?;
                self.select(target, name, *span, expr.span)
            }
            ExprKind::Index(target, index) => {
                let target = self.expr(target)?;
                let index = self.expr(index)?;
                let (key, element) = match &target.ty {
                    Ty::List(of) => (Ty::Int, (**of).clone()),
                    Ty::Map(of) => (Ty::String, (**of).clone()),
                    Ty::Any => (Ty::Any, Ty::Any),
                    other => {
                        return Err(problem(target.span, format!("{other} has no elements")));
                    }
                };
                self.same(&index, &key)?;
                let root = target.root.clone().map(|mut root| {
                    root.steps.push(Step::Each);
                    root
                });
                Ok(Checked {
                    ir: Ir::Index(target.boxed(), index.boxed()),
                    ty: element,
                    root,
                    span: expr.span,
                })
            }
            ExprKind::Not(operand) => {
                let operand = self.expr(operand)?;
                self.same(&operand, &Ty::Bool)?;
                done(Ir::Not(operand.boxed()), Ty::Bool)
            }
            ExprKind::Neg(operand) => {
                let operand = self.expr(operand)?;
                if !operand.ty.is_number() && !matches!(operand.ty, Ty::Any) {
                    return Err(mistyped(&operand, "a number"));
                }
                let ty = operand.ty.clone();
                done(Ir::Neg(operand.boxed()), ty)
            }
            ExprKind::Binary(op, left, right) => {
                let left = self.expr(left)?;
                let right = self.expr(right)?;
                self.binary(*op, left, right, expr.span)
            }
            ExprKind::Cond(condition, yes, no) => {
                let condition = self.expr(condition)?;
                self.same(&condition, &Ty::Bool)?;
                let yes = self.expr(yes)?;
                let no = self.expr(no)?;
                let ty = yes.ty.join(&no.ty).ok_or_else(|| {
                    problem(
                        expr.span,
                        format!("one side is {}, the other is {}", yes.ty, no.ty),
                    )
                })?;
                done(Ir::Cond(condition.boxed(), yes.boxed(), no.boxed()), ty)
            }
            ExprKind::Call {
                target,
                name,
                name_span,
                args,
            } => self.call(expr.span, target.as_deref(), name, *name_span, args),
        }
    }

    fn list(&mut self, span: Span, items: &[Expr]) -> Result_ {
        let mut of = Ty::Null;
        let mut code = Vec::new();
        for item in items {
            let item = self.expr(item)?;
            of = of.join(&item.ty).ok_or_else(|| {
                problem(
                    item.span,
                    format!("this is {}, the others are {of}", item.ty),
                )
            })?;
            code.push(item.ir);
        }
        let of = if matches!(of, Ty::Null) { Ty::Any } else { of };
        let ir = if code.iter().all(|ir| matches!(ir, Ir::Const(_))) {
            Ir::Const(Value::List(
                code.into_iter()
                    .map(|ir| match ir {
                        Ir::Const(value) => value,
                        _ => Value::Null,
                    })
                    .collect(),
            ))
        } else {
            Ir::List(code.into())
        };
        Ok(Checked {
            ir,
            ty: Ty::List(Box::new(of)),
            root: None,
            span,
        })
    }

    fn ident(&mut self, name: &str, span: Span) -> Result_ {
        let found = self.scope.vars.iter().rposition(|var| &*var.name == name);
        if let Some((slot, var)) = found.and_then(|slot| Some((slot, self.scope.vars.get(slot)?))) {
            return Ok(Checked {
                ir: Ir::Var(slot),
                ty: var.ty.clone(),
                root: var.root.clone(),
                span,
            });
        }
        if name == "params" {
            return Err(problem(span, "name one of the parameters: `params.NAME`"));
        }
        let names = self.scope.vars.iter().map(|var| &*var.name);
        let in_self = self.scope.vars.first().and_then(|var| match var.ty {
            Ty::Resource(Some(shape)) => shape.root().field(name).map(|_| name),
            _ => None,
        });
        Err(
            problem(span, format!("unknown name `{name}`")).maybe_help(match in_self {
                Some(name) => Some(format!("properties are written `self.{name}`")),
                None => did_you_mean(name, names.chain(["params"])),
            }),
        )
    }

    fn param(&mut self, name: &str, name_span: Span, span: Span) -> Result_ {
        let at = self.scope.params.iter().position(|(n, _)| &**n == name);
        match at.and_then(|at| Some((at, self.scope.params.get(at)?))) {
            Some((at, (_, ty))) => Ok(Checked {
                ir: Ir::Param(at),
                ty: ty.clone(),
                root: None,
                span,
            }),
            None => Err(
                problem(name_span, format!("this rule has no parameter `{name}`")).maybe_help(
                    did_you_mean(name, self.scope.params.iter().map(|(n, _)| &**n)).or(Some(
                        "declare it, with its default, under `params`".to_owned(),
                    )),
                ),
            ),
        }
    }

    fn select(&mut self, target: Checked, name: &str, name_span: Span, span: Span) -> Result_ {
        let ty = match &target.ty {
            Ty::Any => Ty::Any,
            Ty::Map(of) => (**of).clone(),
            Ty::Resource(Some(shape)) if name == OBSERVED => match shape.observed() {
                Some(facts) => Ty::Object(shape, facts),
                None => {
                    let what = format!("no facts of a running {} are known", shape.name);
                    return Err(problem(name_span, what).help(
                        "the type's file declares them, with their types, under `observed`",
                    ));
                }
            },
            Ty::Resource(Some(shape)) => self.field(shape, 0, name, name_span)?,
            Ty::Object(shape, def) => self.field(shape, *def, name, name_span)?,
            Ty::Record(record) => record
                .fields
                .iter()
                .find(|field| field.name == name)
                .map(|field| field.ty.clone())
                .ok_or_else(|| {
                    problem(name_span, format!("{} has no field `{name}`", record.name))
                        .maybe_help(did_you_mean(name, record.fields.iter().map(|f| f.name)))
                })?,
            Ty::Resource(None) => {
                return Err(problem(
                    name_span,
                    "the type of this resource is not known here, so neither are its properties",
                )
                .help("look it up by type: lookup(\"AWS::Service::Type\", …)"));
            }
            Ty::List(of) => {
                return Err(problem(
                    name_span,
                    format!("a list of {of} has no property `{name}`"),
                )
                .help(format!(
                    "ask about its elements: .exists(x, x.{name} …) or .all(x, x.{name} …)"
                )));
            }
            other => {
                return Err(problem(
                    name_span,
                    format!("{other} has no property `{name}`"),
                ));
            }
        };
        let name: Arc<str> = name.into();
        let root = target.root.clone().map(|mut root| {
            root.steps.push(Step::Name(Arc::clone(&name)));
            root
        });
        if let Some(root) = &root {
            check_shared(root, span)?;
        }
        let gaps = root.as_ref().map(Gaps::of).unwrap_or_default();
        // `self.A.B` is one node.
        let ir = match target.ir {
            Ir::Var(slot) => Ir::Path(slot, Box::new([name]), gaps),
            Ir::Path(slot, steps, _) => {
                let mut steps = steps.into_vec();
                steps.push(name);
                Ir::Path(slot, steps.into(), gaps)
            }
            other => Ir::Select(Box::new(other), name, gaps),
        };
        Ok(Checked { ir, ty, root, span })
    }

    fn field(
        &self,
        shape: &'static Shape,
        def: usize,
        name: &str,
        span: Span,
    ) -> Result<Ty, Problem> {
        let definition = shape
            .def(def)
            .ok_or_else(|| problem(span, "this object has no known properties"))?;
        let owner = if def == 0 {
            shape.name.to_string()
        } else {
            format!("{} of {}", definition.name, shape.name)
        };
        definition
            .field(name)
            .map(|field| Ty::of(&field.kind, shape))
            .ok_or_else(|| {
                let names = definition.fields.iter().map(|field| &*field.name);
                problem(span, format!("unknown property `{name}` on {owner}"))
                    .maybe_help(did_you_mean(name, names))
            })
    }

    fn binary(&mut self, op: BinaryOp, left: Checked, right: Checked, span: Span) -> Result_ {
        let ty = match op {
            BinaryOp::And | BinaryOp::Or => {
                self.same(&left, &Ty::Bool)?;
                self.same(&right, &Ty::Bool)?;
                Ty::Bool
            }
            BinaryOp::Eq | BinaryOp::Ne => {
                if !left.ty.comparable(&right.ty) {
                    return Err(never_equal(&left, &right, span));
                }
                Ty::Bool
            }
            BinaryOp::Lt | BinaryOp::Le | BinaryOp::Gt | BinaryOp::Ge => {
                let ordered = |ty: &Ty| ty.is_number() || matches!(ty, Ty::String | Ty::Any);
                if !ordered(&left.ty) {
                    return Err(mistyped(&left, "a number or a string"));
                }
                if !ordered(&right.ty) {
                    return Err(mistyped(&right, "a number or a string"));
                }
                if !left.ty.comparable(&right.ty) {
                    return Err(never_equal(&left, &right, span));
                }
                Ty::Bool
            }
            BinaryOp::In => {
                let element = match &right.ty {
                    Ty::List(of) => (**of).clone(),
                    Ty::Map(_) => Ty::String,
                    Ty::Any => Ty::Any,
                    _ => return Err(mistyped(&right, "a list")),
                };
                if !left.ty.comparable(&element) {
                    return Err(problem(
                        span,
                        format!("{} is never an element of a list of {element}", left.ty),
                    ));
                }
                Ty::Bool
            }
            BinaryOp::Add | BinaryOp::Sub => {
                let joined = left.ty.join(&right.ty);
                match joined {
                    Some(ty @ (Ty::Int | Ty::Double | Ty::Any)) => ty,
                    Some(ty @ (Ty::String | Ty::List(_))) if op == BinaryOp::Add => ty,
                    _ => {
                        return Err(problem(
                            span,
                            format!(
                                "`{}` does not work on {} and {}",
                                op.as_str(),
                                left.ty,
                                right.ty
                            ),
                        ));
                    }
                }
            }
        };
        let loose = |ty: &Ty| matches!(ty, Ty::Any | Ty::Null);
        let typed = !loose(&left.ty) && !loose(&right.ty);
        let (left, right) = (left.boxed(), right.boxed());
        let equal = |left, right, negated| Ir::Equal {
            left,
            right,
            negated,
            typed,
        };
        let ir = match op {
            BinaryOp::And => Ir::And(left, right),
            BinaryOp::Or => Ir::Or(left, right),
            BinaryOp::Eq => equal(left, right, false),
            BinaryOp::Ne => equal(left, right, true),
            BinaryOp::In => Ir::In(left, right),
            BinaryOp::Add => Ir::Add(left, right, false),
            BinaryOp::Sub => Ir::Add(left, right, true),
            order => Ir::Order(order, left, right),
        };
        Ok(Checked {
            ir,
            ty,
            root: None,
            span,
        })
    }

    fn call(
        &mut self,
        span: Span,
        target: Option<&Expr>,
        name: &str,
        name_span: Span,
        args: &[Expr],
    ) -> Result_ {
        let arity = |expected: usize, usage: &str| {
            if args.len() == expected {
                Ok(())
            } else {
                Err(problem(span, format!("`{name}` is written {usage}")))
            }
        };
        let done = |ir, ty| {
            Ok(Checked {
                ir,
                ty,
                root: None,
                span,
            })
        };
        let each = match name {
            "all" => Some(EachOp::All),
            "exists" => Some(EachOp::Exists),
            "exists_one" => Some(EachOp::ExistsOne),
            "filter" => Some(EachOp::Filter),
            "map" => Some(EachOp::Map),
            _ => None,
        };
        match (target, name, args) {
            (None, "has", _) => {
                arity(1, "has(self.Property)")?;
                let arg = self.first(args)?;
                if !matches!(arg.ir, Ir::Path(..) | Ir::Select(..)) {
                    return Err(problem(arg.span, "`has` asks about a property")
                        .help("write has(self.Property)"));
                }
                done(Ir::Has(arg.boxed()), Ty::Bool)
            }
            (None, "size", _) | (Some(_), "size", []) => {
                let arg = match target {
                    Some(target) => self.expr(target)?,
                    None => {
                        arity(1, "size(list)")?;
                        self.first(args)?
                    }
                };
                if !matches!(arg.ty, Ty::List(_) | Ty::Map(_) | Ty::String | Ty::Any) {
                    return Err(mistyped(&arg, "a list, a map or a string"));
                }
                done(Ir::Size(arg.boxed()), Ty::Int)
            }
            (None, "int", _) => {
                arity(1, "int(\"60\")")?;
                let arg = self.first(args)?;
                if !arg.ty.is_number() && !matches!(arg.ty, Ty::String | Ty::Any) {
                    return Err(mistyped(&arg, "a string or a number"));
                }
                done(Ir::ToInt(arg.boxed()), Ty::Int)
            }
            (Some(target), _, args) if each.is_some() => {
                let each = each.unwrap_or(EachOp::All);
                self.comprehension(span, each, target, name, args)
            }
            (Some(target), "startsWith" | "endsWith" | "contains", _) => {
                arity(1, &format!("text.{name}(\"…\")"))?;
                let target = self.expr(target)?;
                self.same(&target, &Ty::String)?;
                let arg = self.first(args)?;
                self.same(&arg, &Ty::String)?;
                let op = match name {
                    "startsWith" => TextOp::StartsWith,
                    "endsWith" => TextOp::EndsWith,
                    _ => TextOp::Contains,
                };
                done(Ir::Text(op, target.boxed(), arg.boxed()), Ty::Bool)
            }
            (Some(target), "matches", _) => {
                arity(1, "text.matches(r\"…\")")?;
                let target = self.expr(target)?;
                self.same(&target, &Ty::String)?;
                let arg = self.first(args)?;
                let Ir::Const(Value::String(pattern)) = &arg.ir else {
                    return Err(problem(
                        arg.span,
                        "the pattern of `matches` must be a literal string",
                    ));
                };
                let regex = regex::RegexBuilder::new(pattern)
                    .size_limit(REGEX_SIZE)
                    .build()
                    .map_err(|e| {
                        let last = e.to_string();
                        let last = last.lines().last().unwrap_or_default();
                        let last = last.trim_start_matches("error: ").to_owned();
                        problem(arg.span, "this is not a usable regular expression").help(last)
                    })?;
                done(Ir::Matches(target.boxed(), Box::new(regex)), Ty::Bool)
            }
            (Some(target), "lowerAscii", _) => {
                arity(0, "text.lowerAscii()")?;
                let target = self.expr(target)?;
                self.same(&target, &Ty::String)?;
                done(Ir::Lower(target.boxed()), Ty::String)
            }
            _ => self.function(span, target, name, name_span, args),
        }
    }

    fn first(&mut self, args: &[Expr]) -> Result_ {
        match args.first() {
            Some(arg) => self.expr(arg),
            None => Err(problem(Span::default(), "an argument is missing")),
        }
    }

    fn comprehension(
        &mut self,
        span: Span,
        op: EachOp,
        target: &Expr,
        name: &str,
        args: &[Expr],
    ) -> Result_ {
        let [variable, body] = args else {
            return Err(problem(
                span,
                format!("`{name}` is written list.{name}(x, condition on x)"),
            ));
        };
        let ExprKind::Ident(variable_name) = &variable.kind else {
            return Err(problem(
                variable.span,
                "this must be a name for the element",
            ));
        };
        if self
            .scope
            .vars
            .iter()
            .any(|var| var.name == (**variable_name).into())
        {
            return Err(problem(
                variable.span,
                format!("`{variable_name}` already means something else"),
            ));
        }
        let target = self.expr(target)?;
        let element = match &target.ty {
            Ty::List(of) => (**of).clone(),
            Ty::Any => Ty::Any,
            _ => return Err(mistyped(&target, "a list")),
        };
        if self.comprehensions == MAX_COMPREHENSIONS {
            return Err(problem(
                span,
                format!("lists are asked about at most {MAX_COMPREHENSIONS} levels deep"),
            ));
        }
        let root = match &element {
            Ty::Resource(shape) => Some(Root {
                shape: *shape,
                subject: false,
                steps: Vec::new(),
            }),
            _ => target.root.clone().map(|mut root| {
                root.steps.push(Step::Each);
                root
            }),
        };
        let slot = self.scope.vars.len();
        self.scope.vars.push(Var {
            name: variable_name.as_ref().into(),
            ty: element.clone(),
            root,
        });
        self.comprehensions += 1;
        let body = self.expr(body);
        self.comprehensions -= 1;
        self.scope.vars.pop();
        let body = body?;
        let ty = match op {
            EachOp::Map => Ty::List(Box::new(body.ty.clone())),
            EachOp::Filter => Ty::List(Box::new(element)),
            _ => Ty::Bool,
        };
        if op != EachOp::Map {
            self.same(&body, &Ty::Bool)?;
        }
        Ok(Checked {
            ir: Ir::Each(op, target.boxed(), slot, body.boxed()),
            ty,
            root: None,
            span,
        })
    }

    fn function(
        &mut self,
        span: Span,
        target: Option<&Expr>,
        name: &str,
        name_span: Span,
        args: &[Expr],
    ) -> Result_ {
        const METHODS: [&str; 11] = [
            "all",
            "exists",
            "exists_one",
            "filter",
            "map",
            "startsWith",
            "endsWith",
            "contains",
            "matches",
            "lowerAscii",
            "size",
        ];
        if target.is_some() {
            return Err(
                problem(name_span, format!("unknown method `{name}`")).maybe_help(
                    match functions::find(name) {
                        Some(function) => Some(format!("write {}", function.usage())),
                        None => did_you_mean(name, METHODS),
                    },
                ),
            );
        }
        let Some(function) = functions::find(name) else {
            let known = functions::ALL
                .iter()
                .map(|f| f.name)
                .chain(["has", "size", "int"]);
            return Err(
                problem(name_span, format!("unknown function `{name}`")).maybe_help(
                    if METHODS.contains(&name) {
                        Some(format!("it is a method: x.{name}(…)"))
                    } else {
                        did_you_mean(name, known)
                    },
                ),
            );
        };
        if args.len() != function.params.len() {
            return Err(problem(
                span,
                format!(
                    "`{name}` takes {} argument{}, not {}",
                    function.params.len(),
                    if function.params.len() == 1 { "" } else { "s" },
                    args.len()
                ),
            )
            .help(format!("write {}", function.usage())));
        }
        let mut code = Vec::new();
        let mut shape = None;
        let mut params = function.params.iter();
        let is_named = params.any(|(_, param)| *param == Param::TypeName);
        for (arg, (_, param)) in args.iter().zip(function.params) {
            let arg = self.expr(arg)?;
            match param {
                Param::TypeName => shape = Some(type_name(&arg)?),
                // What is found of one resource is of its type, if no type is named.
                Param::Resource => match &arg.ty {
                    Ty::Resource(_) if is_named => {}
                    Ty::Resource(of) => shape = *of,
                    _ => return Err(mistyped(&arg, "a resource, such as `self`")),
                },
                Param::String => self.same(&arg, &Ty::String)?,
                Param::Strings => match &arg.ty {
                    Ty::List(of) if matches!(**of, Ty::String | Ty::Any) => {}
                    Ty::Any => {}
                    _ => return Err(mistyped(&arg, "a list of strings")),
                },
                Param::Bool => self.same(&arg, &Ty::Bool)?,
                Param::Number => self.same(&arg, &Ty::Double)?,
                Param::Any => {}
            }
            code.push(arg.ir);
        }
        let ty = (function.returns)(shape);
        let written = self
            .text
            .get(span.start..span.end)
            .unwrap_or(name)
            .split_whitespace()
            .collect::<Vec<_>>()
            .join(" ");
        let root = match &ty {
            Ty::Resource(shape) => Some(Root {
                shape: *shape,
                subject: false,
                steps: Vec::new(),
            }),
            _ => None,
        };
        Ok(Checked {
            ir: Ir::Call(function, code.into(), written.into()),
            ty,
            root,
            span,
        })
    }

    fn same(&self, found: &Checked, expected: &Ty) -> Result<(), Problem> {
        if found.ty.comparable(expected) {
            Ok(())
        } else {
            Err(mistyped(found, &format!("a {expected}")))
        }
    }
}

fn type_name(arg: &Checked) -> Result<&'static Shape, Problem> {
    let Ir::Const(Value::String(name)) = &arg.ir else {
        return Err(problem(
            arg.span,
            "the resource type must be a literal string, such as \"AWS::EC2::Subnet\"",
        ));
    };
    types::shape(name).ok_or_else(|| {
        problem(arg.span, format!("unknown resource type `{name}`"))
            .maybe_help(did_you_mean(name, types::names()))
    })
}

fn check_shared(root: &Root, span: Span) -> Result<(), Problem> {
    let (Some(shape), false) = (root.shape, root.subject) else {
        return Ok(());
    };
    let file = types::file(&shape.name);
    if file.is_some_and(|file| file.shares(&root.steps)) {
        return Ok(());
    }
    let first = match root.steps.first() {
        Some(Step::Name(name)) => name,
        _ => return Ok(()),
    };
    Err(problem(
        span,
        format!("`{first}` of another {} is not shared", shape.name),
    )
    .help(format!(
        "of other resources, rules read only what their type file shares; judge {} in a rule of \
         its own, or give the rule a subject of that type",
        shape.name
    )))
}

fn mistyped(found: &Checked, expected: &str) -> Problem {
    let expected = expected
        .strip_prefix("a ")
        .filter(|word| word.starts_with(['a', 'e', 'i', 'o', 'u']))
        .map_or_else(|| expected.to_owned(), |word| format!("an {word}"));
    problem(
        found.span,
        format!("expected {expected}, found {}", found.ty),
    )
}

fn never_equal(left: &Checked, right: &Checked, span: Span) -> Problem {
    let quoted = |side: &Checked, other: &Ty| match (&side.ir, other) {
        (Ir::Const(Value::String(text)), Ty::Bool | Ty::Int | Ty::Double)
            if text.parse::<f64>().is_ok() || text.parse::<bool>().is_ok() =>
        {
            Some(format!("write it without quotes: {text}"))
        }
        _ => None,
    };
    problem(
        span,
        format!("{} and {} cannot be compared", left.ty, right.ty),
    )
    .maybe_help(quoted(left, &right.ty).or_else(|| quoted(right, &left.ty)))
}
