//! The syntax tree of a condition.

use crate::model::Span;

/// An expression and its bytes in the expression text.
#[derive(Debug, Clone, PartialEq)]
pub struct Expr {
    /// Bytes of the expression text, from its first to its last character.
    pub span: Span,
    /// What it is.
    pub kind: ExprKind,
}

/// What an expression is.
#[derive(Debug, Clone, PartialEq)]
pub enum ExprKind {
    /// `null`, `true`, `1`, `1.5`, `"x"`.
    Literal(Literal),
    /// `[a, b]`.
    List(Vec<Expr>),
    /// `self`.
    Ident(Box<str>),
    /// `a.b`; the span is the name's.
    Select(Box<Expr>, Box<str>, Span),
    /// `a[b]`.
    Index(Box<Expr>, Box<Expr>),
    /// `f(x)`, or `t.f(x)`; the span is the name's.
    Call {
        /// What it is called on, when it is a method.
        target: Option<Box<Expr>>,
        /// The function's name.
        name: Box<str>,
        /// The name's bytes.
        name_span: Span,
        /// The arguments.
        args: Vec<Expr>,
    },
    /// `!a`.
    Not(Box<Expr>),
    /// `-a`.
    Neg(Box<Expr>),
    /// `a op b`.
    Binary(BinaryOp, Box<Expr>, Box<Expr>),
    /// `a ? b : c`.
    Cond(Box<Expr>, Box<Expr>, Box<Expr>),
}

/// A literal.
#[derive(Debug, Clone, PartialEq)]
pub enum Literal {
    /// `null`
    Null,
    /// `true`, `false`
    Bool(bool),
    /// A whole number.
    Int(i64),
    /// A number with a fraction or exponent.
    Double(f64),
    /// Text.
    String(Box<str>),
}

/// An operator with two operands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BinaryOp {
    /// `||`
    Or,
    /// `&&`
    And,
    /// `==`
    Eq,
    /// `!=`
    Ne,
    /// `<`
    Lt,
    /// `<=`
    Le,
    /// `>`
    Gt,
    /// `>=`
    Ge,
    /// `in`
    In,
    /// `+`
    Add,
    /// `-`
    Sub,
}

impl BinaryOp {
    /// The one that says the same when the sides change places.
    pub fn turned(self) -> Self {
        match self {
            Self::Lt => Self::Gt,
            Self::Le => Self::Ge,
            Self::Gt => Self::Lt,
            Self::Ge => Self::Le,
            other => other,
        }
    }

    /// As it is written.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Or => "||",
            Self::And => "&&",
            Self::Eq => "==",
            Self::Ne => "!=",
            Self::Lt => "<",
            Self::Le => "<=",
            Self::Gt => ">",
            Self::Ge => ">=",
            Self::In => "in",
            Self::Add => "+",
            Self::Sub => "-",
        }
    }

    /// How tightly it binds: the CEL grammar's levels, loosest first.
    pub(super) fn power(self) -> u8 {
        match self {
            Self::Or => 1,
            Self::And => 2,
            Self::Eq | Self::Ne | Self::Lt | Self::Le | Self::Gt | Self::Ge | Self::In => 3,
            Self::Add | Self::Sub => 4,
        }
    }
}
