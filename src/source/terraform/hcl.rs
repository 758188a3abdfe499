//! One `.tf` file: where blocks and attributes stand in it, and what its expressions refer to.

use std::ops::Range;
use std::sync::Arc;

use hcl_edit::Span as _;
use hcl_edit::expr::{Expression, ObjectKey, Traversal, TraversalOperator};
use hcl_edit::structure::{Block, Body};
use hcl_edit::template::Element;
use hcl_edit::visit::{self, Visit};

use crate::model::{Segment, Span};

/// A `.tf` file.
#[derive(Debug)]
pub(super) struct File {
    /// As reports show it.
    pub(super) path: Arc<str>,
    pub(super) text: Arc<str>,
    pub(super) body: Body,
}

impl File {
    /// Parses a file; `None` if it cannot be, in which case nothing points into it.
    pub(super) fn parse(path: Arc<str>, text: Arc<str>) -> Option<Self> {
        let body = hcl_edit::parser::parse_body(&text).ok()?;
        Some(Self { path, text, body })
    }

    /// The block with a kind and labels.
    pub(super) fn block(&self, kind: &str, labels: &[&str]) -> Option<&Block> {
        self.body.blocks().find(|block| {
            block.ident.as_str() == kind
                && block.labels.len() == labels.len()
                && block
                    .labels
                    .iter()
                    .zip(labels)
                    .all(|(is, wanted)| is.as_str() == *wanted)
        })
    }
}

/// Says which of several blocks of a name is the one that a path leads to.
pub(super) type Choose<'a> = &'a dyn Fn(&[&Block], &[Segment]) -> Option<usize>;

/// Something found in a block.
pub(super) struct Found<'b> {
    pub(super) span: Span,
    /// Whether it is what was looked for, and not something around it.
    pub(super) exact: bool,
    /// The expression it is, if it is one.
    pub(super) expression: Option<&'b Expression>,
}

/// Looks for an attribute in a block, as a plan spells the path to it: `alias[0].name`. `choose`
/// says which of several blocks of a name is an element of a set, whose order is not that of the
/// source.
pub(super) fn find<'b>(
    block: &'b Block,
    path: &[Segment],
    text: &str,
    choose: Choose<'_>,
) -> Found<'b> {
    let mut here = block;
    let mut at = 0;
    while let Some(Segment::Key(name)) = path.get(at) {
        let mut attributes = here.body.attributes();
        if let Some(attribute) = attributes.find(|a| a.key.as_str() == &**name) {
            let rest = path.get(at + 1..).unwrap_or_default();
            let (span, expression) = inside(attribute.span(), &attribute.value, rest);
            return Found {
                span: first_line(text, span),
                exact: true,
                expression: Some(expression),
            };
        }
        let blocks: Vec<&Block> = here
            .body
            .blocks()
            .filter(|b| b.ident.as_str() == &**name)
            .collect();
        let index = match path.get(at + 1) {
            Some(Segment::Index(index)) => *index,
            _ => 0,
        };
        let chosen = match blocks.as_slice() {
            [] => dynamic(here, name),
            [one] => Some(*one),
            several => {
                let to_here = path.get(..at + 2).unwrap_or(path);
                let index = choose(several, to_here).unwrap_or(index);
                several.get(index).copied()
            }
        };
        let Some(chosen) = chosen else {
            return Found {
                span: header(here, text),
                exact: false,
                expression: None,
            };
        };
        here = chosen;
        at += match path.get(at + 1) {
            Some(Segment::Index(_)) => 2,
            _ => 1,
        };
    }
    Found {
        span: header(here, text),
        exact: at == path.len(),
        expression: None,
    }
}

/// The content of `dynamic "name"`.
fn dynamic<'b>(block: &'b Block, name: &str) -> Option<&'b Block> {
    block
        .body
        .blocks()
        .filter(|d| d.ident.as_str() == "dynamic")
        .find(|d| d.labels.first().is_some_and(|label| label.as_str() == name))?
        .body
        .blocks()
        .find(|content| content.ident.as_str() == "content")
}

/// Goes on into the literal objects and lists of an attribute.
fn inside<'e>(
    span: Option<Range<usize>>,
    expression: &'e Expression,
    path: &[Segment],
) -> (Span, &'e Expression) {
    let own = as_span(span);
    let Some((first, rest)) = path.split_first() else {
        return (own, expression);
    };
    let deeper = match (first, expression) {
        (Segment::Index(index), Expression::Array(items)) => items
            .iter()
            .nth(*index)
            .map(|item| inside(item.span(), item, rest)),
        (Segment::Key(key), Expression::Object(object)) => object
            .iter()
            .find(|(name, _)| object_key(name).as_deref() == Some(&**key))
            .map(|(name, value)| {
                let whole = match (key_span(name), value.expr().span()) {
                    (Some(name), Some(value)) => Some(name.start..value.end),
                    (_, value) => value,
                };
                inside(whole, value.expr(), rest)
            }),
        _ => None,
    };
    deeper.unwrap_or((own, expression))
}

fn object_key(key: &ObjectKey) -> Option<String> {
    match key {
        ObjectKey::Ident(name) => Some(name.as_str().to_owned()),
        ObjectKey::Expression(Expression::String(text)) => Some(text.as_str().to_owned()),
        ObjectKey::Expression(_) => None,
    }
}

fn key_span(key: &ObjectKey) -> Option<Range<usize>> {
    match key {
        ObjectKey::Ident(name) => name.span(),
        ObjectKey::Expression(expression) => expression.span(),
    }
}

/// The first line of a block: `resource "aws_lb" "this" {`.
pub(super) fn header(block: &Block, text: &str) -> Span {
    let whole = as_span(block.span());
    let head = first_line(text, whole);
    // A block on one line shows its header only.
    let line = text.get(head.start..head.end).unwrap_or_default();
    match line.find('{') {
        Some(at) => Span::new(head.start, head.start + at + 1),
        None => head,
    }
}

fn as_span(range: Option<Range<usize>>) -> Span {
    range.map_or(Span::default(), |r| Span::new(r.start, r.end))
}

fn first_line(text: &str, span: Span) -> Span {
    let all = text.get(span.start..span.end).unwrap_or_default();
    let line = all.lines().next().unwrap_or_default().trim_end();
    Span::new(span.start, span.start + line.len())
}

/// The name of the variable that an expression is nothing but.
pub(super) fn only_variable(expression: &Expression) -> Option<&str> {
    let Expression::Traversal(traversal) = expression else {
        return None;
    };
    let Expression::Variable(first) = &traversal.expr else {
        return None;
    };
    match traversal.operators.as_slice() {
        [one, ..] if first.as_str() == "var" => match one.value() {
            TraversalOperator::GetAttr(name) => Some(name.as_str()),
            _ => None,
        },
        _ => None,
    }
}

/// What an expression refers to, as a plan would write it.
pub(super) fn references(expression: &Expression) -> Vec<String> {
    let mut found = References::default();
    found.visit_expr(expression);
    found.0
}

/// A piece of a template: text, or what an interpolation refers to.
pub(super) enum Piece {
    Text(String),
    References(Vec<String>),
}

/// The pieces of `"arn:…/${aws_x.this.id}/…"`; `None` for any other expression.
pub(super) fn template(expression: &Expression) -> Option<Vec<Piece>> {
    let template = expression.as_string_template()?;
    template
        .iter()
        .map(|element| match element {
            Element::Literal(text) => Some(Piece::Text(text.value().clone())),
            Element::Interpolation(inner) => Some(Piece::References(references(&inner.expr))),
            Element::Directive(_) => None,
        })
        .collect()
}

#[derive(Default)]
struct References(Vec<String>);

impl Visit for References {
    fn visit_traversal(&mut self, node: &Traversal) {
        if let Expression::Variable(first) = &node.expr {
            let mut text = first.as_str().to_owned();
            for operator in &node.operators {
                match operator.value() {
                    TraversalOperator::GetAttr(name) => {
                        text.push('.');
                        text.push_str(name.as_str());
                    }
                    TraversalOperator::Index(Expression::Number(number)) => {
                        text.push_str(&format!("[{}]", number.value()));
                    }
                    TraversalOperator::Index(Expression::String(key)) => {
                        let key = super::address::Key::Text(key.as_str().to_owned());
                        text.push_str(&key.to_string());
                    }
                    // Any instance.
                    _ => {}
                }
            }
            self.0.push(text);
        }
        visit::visit_traversal(self, node);
    }
}

/// The ranges of heredocs and strings: what looks like a comment there is none.
pub(super) fn texts(body: &Body) -> Vec<Range<usize>> {
    let mut found = Texts::default();
    found.visit_body(body);
    found.0
}

#[derive(Default)]
struct Texts(Vec<Range<usize>>);

impl Visit for Texts {
    fn visit_expr(&mut self, node: &Expression) {
        if matches!(
            node,
            Expression::String(_) | Expression::StringTemplate(_) | Expression::HeredocTemplate(_)
        ) {
            self.0.extend(node.span());
        }
        visit::visit_expr(self, node);
    }
}
