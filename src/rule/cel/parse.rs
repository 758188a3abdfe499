//! Text to syntax tree: a Pratt parser for the part of CEL that rules are written in.
//!
//! The grammar is that of the CEL specification
//! (<https://github.com/cel-expr/cel-spec/blob/master/doc/langdef.md#syntax>) without maps,
//! message literals, bytes, unsigned numbers, `*`, `/`, `%` and optional syntax.

use super::ast::{BinaryOp, Expr, ExprKind, Literal};
use super::{Problem, problem};
use crate::model::Span;

/// Expressions nested deeper than this are refused.
const MAX_DEPTH: usize = 64;

/// Longer expressions are refused.
const MAX_LENGTH: usize = 16 * 1024;

/// Reads an expression.
pub fn parse(text: &str) -> Result<Expr, Problem> {
    if text.len() > MAX_LENGTH {
        return Err(problem(Span::new(0, 1), "this expression is too long")
            .help(format!("keep it under {MAX_LENGTH} bytes")));
    }
    let mut parser = Parser {
        tokens: tokens(text)?,
        at: 0,
        end: text.len(),
        depth: 0,
    };
    let expr = parser.expr(0)?;
    match parser.peek() {
        None => Ok(expr),
        Some((token, span)) => Err(problem(
            span,
            format!(
                "expected an operator or the end, found {}",
                token.describe()
            ),
        )
        .maybe_help(match token {
            Token::Op("=") => Some("equality is written `==`".to_owned()),
            Token::Op("&") => Some("and is written `&&`".to_owned()),
            Token::Op("|") => Some("or is written `||`".to_owned()),
            Token::Ident(word) if &**word == "and" => Some("and is written `&&`".to_owned()),
            Token::Ident(word) if &**word == "or" => Some("or is written `||`".to_owned()),
            _ => None,
        })),
    }
}

#[derive(Debug, Clone, PartialEq)]
enum Token {
    Literal(Literal),
    Ident(Box<str>),
    Op(&'static str),
}

impl Token {
    fn describe(&self) -> String {
        match self {
            Self::Literal(Literal::String(_)) => "a string".to_owned(),
            Self::Literal(Literal::Int(_) | Literal::Double(_)) => "a number".to_owned(),
            Self::Literal(Literal::Bool(b)) => format!("`{b}`"),
            Self::Literal(Literal::Null) => "`null`".to_owned(),
            Self::Ident(name) => format!("`{name}`"),
            Self::Op(op) => format!("`{op}`"),
        }
    }
}

/// Longest first, so that `<=` is not read as `<`. Those that are no CEL operators are here for
/// the sake of better messages.
const OPS: [&str; 25] = [
    "==", "!=", "<=", ">=", "&&", "||", "(", ")", "[", "]", "{", "}", ".", ",", "?", ":", "<", ">",
    "!", "+", "-", "=", "&", "|", "*",
];

fn tokens(text: &str) -> Result<Vec<(Token, Span)>, Problem> {
    let mut tokens = Vec::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let start = text.len() - rest.len();
        if first.is_whitespace() {
            rest = rest.trim_start();
            continue;
        }
        if rest.starts_with("//") {
            rest = rest.split_once('\n').map_or("", |(_, after)| after);
            continue;
        }
        let (token, length) = if first.is_ascii_alphabetic() || first == '_' {
            let length = prefix(rest, |c| c.is_ascii_alphanumeric() || c == '_');
            let word = rest.get(..length).unwrap_or_default();
            let after = rest.get(length..).unwrap_or_default();
            if matches!(word, "r" | "R") && after.starts_with(['"', '\'']) {
                let (literal, quoted) = string(after, true, start + 1)?;
                (Token::Literal(literal), quoted + 1)
            } else {
                let token = match word {
                    "true" => Token::Literal(Literal::Bool(true)),
                    "false" => Token::Literal(Literal::Bool(false)),
                    "null" => Token::Literal(Literal::Null),
                    "in" => Token::Op("in"),
                    _ => Token::Ident(word.into()),
                };
                (token, length)
            }
        } else if first.is_ascii_digit() {
            number(rest, start)?
        } else if first == '"' || first == '\'' {
            let (literal, length) = string(rest, false, start)?;
            (Token::Literal(literal), length)
        } else if let Some(op) = OPS.iter().find(|op| rest.starts_with(**op)) {
            (Token::Op(op), op.len())
        } else {
            let span = Span::new(start, start + first.len_utf8());
            return Err(problem(span, format!("`{first}` means nothing here")));
        };
        tokens.push((token, Span::new(start, start + length)));
        rest = rest.get(length..).unwrap_or_default();
    }
    Ok(tokens)
}

fn prefix(text: &str, belongs: impl Fn(char) -> bool) -> usize {
    text.find(|c| !belongs(c)).unwrap_or(text.len())
}

fn number(text: &str, start: usize) -> Result<(Token, usize), Problem> {
    let mut length = prefix(text, |c| c.is_ascii_digit());
    let mut is_double = false;
    let fraction = text.get(length..).and_then(|t| t.strip_prefix('.'));
    if let Some(digits) = fraction.map(|t| prefix(t, |c| c.is_ascii_digit()))
        && digits > 0
    {
        length += 1 + digits;
        is_double = true;
    }
    let exponent = text.get(length..).and_then(|t| t.strip_prefix(['e', 'E']));
    if let Some(exponent) = exponent {
        let sign = usize::from(exponent.starts_with(['+', '-']));
        let digits = prefix(exponent.get(sign..).unwrap_or_default(), |c| {
            c.is_ascii_digit()
        });
        if digits > 0 {
            length += 1 + sign + digits;
            is_double = true;
        }
    }
    let digits = text.get(..length).unwrap_or_default();
    let span = Span::new(start, start + length);
    let literal = if is_double {
        digits.parse().map(Literal::Double).ok()
    } else {
        digits.parse().map(Literal::Int).ok()
    };
    literal
        .map(|literal| (Token::Literal(literal), length))
        .ok_or_else(|| problem(span, "this number is too large"))
}

/// Reads a quoted string; its value and the length of its text.
fn string(text: &str, raw: bool, start: usize) -> Result<(Literal, usize), Problem> {
    let unclosed = || {
        problem(
            Span::new(start, start + text.len().min(1)),
            "this string is never closed",
        )
    };
    let mut chars = text.char_indices();
    let (_, quote) = chars.next().ok_or_else(unclosed)?;
    let mut value = String::new();
    while let Some((at, c)) = chars.next() {
        match c {
            _ if c == quote => return Ok((Literal::String(value.into()), at + 1)),
            '\\' if !raw => {
                let (_, escaped) = chars.next().ok_or_else(unclosed)?;
                value.push(match escaped {
                    'n' => '\n',
                    't' => '\t',
                    'r' => '\r',
                    '\\' | '"' | '\'' | '`' | '?' => escaped,
                    other => {
                        return Err(problem(
                            Span::new(start + at, start + at + 1 + other.len_utf8()),
                            format!("`\\{other}` is not an escape"),
                        )
                        .help("for a regular expression write r\"…\", in which `\\` is itself"));
                    }
                });
            }
            _ => value.push(c),
        }
    }
    Err(unclosed())
}

struct Parser {
    tokens: Vec<(Token, Span)>,
    at: usize,
    end: usize,
    depth: usize,
}

impl Parser {
    fn peek(&self) -> Option<(&Token, Span)> {
        self.tokens.get(self.at).map(|(token, span)| (token, *span))
    }

    fn next(&mut self) -> Option<(Token, Span)> {
        let token = self.tokens.get(self.at).cloned();
        self.at += 1;
        token
    }

    /// Takes an operator if it is next.
    fn take(&mut self, op: &str) -> Option<Span> {
        match self.peek() {
            Some((Token::Op(found), span)) if *found == op => {
                self.at += 1;
                Some(span)
            }
            _ => None,
        }
    }

    fn expect(&mut self, op: &str, opened: Span) -> Result<Span, Problem> {
        if let Some(span) = self.take(op) {
            return Ok(span);
        }
        Err(match self.peek() {
            Some((token, span)) => {
                problem(span, format!("expected `{op}`, found {}", token.describe()))
            }
            None => problem(opened, format!("this is never closed by `{op}`")),
        })
    }

    fn binary_op(&self) -> Option<BinaryOp> {
        let Some((Token::Op(op), _)) = self.peek() else {
            return None;
        };
        Some(match *op {
            "||" => BinaryOp::Or,
            "&&" => BinaryOp::And,
            "==" => BinaryOp::Eq,
            "!=" => BinaryOp::Ne,
            "<" => BinaryOp::Lt,
            "<=" => BinaryOp::Le,
            ">" => BinaryOp::Gt,
            ">=" => BinaryOp::Ge,
            "in" => BinaryOp::In,
            "+" => BinaryOp::Add,
            "-" => BinaryOp::Sub,
            _ => return None,
        })
    }

    /// An expression whose operators bind at least as tightly as `power`.
    fn expr(&mut self, power: u8) -> Result<Expr, Problem> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            let span = self.peek().map_or(Span::new(0, 1), |(_, span)| span);
            return Err(problem(span, "this expression is nested too deeply"));
        }
        let mut left = self.unary()?;
        while let Some(op) = self.binary_op() {
            if op.power() < power {
                break;
            }
            self.at += 1;
            // Left associative: the right side must bind tighter.
            let right = self.expr(op.power() + 1)?;
            left = Expr {
                span: Span::new(left.span.start, right.span.end),
                kind: ExprKind::Binary(op, Box::new(left), Box::new(right)),
            };
        }
        if power == 0
            && let Some(question) = self.take("?")
        {
            let yes = self.expr(1)?;
            self.expect(":", question)?;
            let no = self.expr(0)?;
            left = Expr {
                span: Span::new(left.span.start, no.span.end),
                kind: ExprKind::Cond(Box::new(left), Box::new(yes), Box::new(no)),
            };
        }
        self.depth -= 1;
        Ok(left)
    }

    fn unary(&mut self) -> Result<Expr, Problem> {
        for (op, make) in [
            ("!", ExprKind::Not as fn(Box<Expr>) -> ExprKind),
            ("-", ExprKind::Neg),
        ] {
            if let Some(span) = self.take(op) {
                self.depth += 1;
                if self.depth > MAX_DEPTH {
                    return Err(problem(span, "this expression is nested too deeply"));
                }
                let operand = self.unary()?;
                self.depth -= 1;
                return Ok(Expr {
                    span: Span::new(span.start, operand.span.end),
                    kind: make(Box::new(operand)),
                });
            }
        }
        let mut expr = self.primary()?;
        loop {
            if let Some(dot) = self.take(".") {
                expr = self.member(expr, dot)?;
            } else if let Some(open) = self.take("[") {
                let index = self.expr(0)?;
                let close = self.expect("]", open)?;
                expr = Expr {
                    span: Span::new(expr.span.start, close.end),
                    kind: ExprKind::Index(Box::new(expr), Box::new(index)),
                };
            } else {
                return Ok(expr);
            }
        }
    }

    fn member(&mut self, target: Expr, dot: Span) -> Result<Expr, Problem> {
        let (name, name_span) = match self.next() {
            Some((Token::Ident(name), span)) => (name, span),
            Some((token, span)) => {
                return Err(problem(
                    span,
                    format!("expected a name after `.`, found {}", token.describe()),
                ));
            }
            None => return Err(problem(dot, "expected a name after `.`")),
        };
        let start = target.span.start;
        if let Some(open) = self.take("(") {
            let (args, close) = self.args(")", open)?;
            return Ok(Expr {
                span: Span::new(start, close.end),
                kind: ExprKind::Call {
                    target: Some(Box::new(target)),
                    name,
                    name_span,
                    args,
                },
            });
        }
        Ok(Expr {
            span: Span::new(start, name_span.end),
            kind: ExprKind::Select(Box::new(target), name, name_span),
        })
    }

    fn args(&mut self, close: &str, opened: Span) -> Result<(Vec<Expr>, Span), Problem> {
        let mut args = Vec::new();
        loop {
            if let Some(span) = self.take(close) {
                return Ok((args, span));
            }
            args.push(self.expr(0)?);
            if self.take(",").is_none() {
                let span = self.expect(close, opened)?;
                return Ok((args, span));
            }
        }
    }

    fn primary(&mut self) -> Result<Expr, Problem> {
        let Some((token, span)) = self.next() else {
            return Err(problem(
                Span::new(self.end.saturating_sub(1), self.end),
                "expected a value, found the end",
            ));
        };
        match token {
            Token::Literal(literal) => Ok(Expr {
                span,
                kind: ExprKind::Literal(literal),
            }),
            Token::Ident(name) => {
                let Some(open) = self.take("(") else {
                    return Ok(Expr {
                        span,
                        kind: ExprKind::Ident(name),
                    });
                };
                let (args, close) = self.args(")", open)?;
                Ok(Expr {
                    span: Span::new(span.start, close.end),
                    kind: ExprKind::Call {
                        target: None,
                        name,
                        name_span: span,
                        args,
                    },
                })
            }
            Token::Op("(") => {
                let mut inner = self.expr(0)?;
                let close = self.expect(")", span)?;
                // Parentheses count as part of the expression, so that underlining it is whole.
                inner.span = Span::new(span.start, close.end);
                Ok(inner)
            }
            Token::Op("[") => {
                let (items, close) = self.args("]", span)?;
                Ok(Expr {
                    span: Span::new(span.start, close.end),
                    kind: ExprKind::List(items),
                })
            }
            Token::Op("{") => Err(problem(span, "rules have no map literals")),
            other => Err(problem(
                span,
                format!("expected a value, found {}", other.describe()),
            )),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The tree with every operator parenthesised.
    fn show(expr: &Expr) -> String {
        match &expr.kind {
            ExprKind::Literal(literal) => format!("{literal:?}"),
            ExprKind::List(items) => {
                format!(
                    "[{}]",
                    items.iter().map(show).collect::<Vec<_>>().join(", ")
                )
            }
            ExprKind::Ident(name) => name.to_string(),
            ExprKind::Select(of, name, _) => format!("{}.{name}", show(of)),
            ExprKind::Index(of, index) => format!("{}[{}]", show(of), show(index)),
            ExprKind::Call {
                target, name, args, ..
            } => format!(
                "{}{name}({})",
                target.as_ref().map_or(String::new(), |t| show(t) + "."),
                args.iter().map(show).collect::<Vec<_>>().join(", ")
            ),
            ExprKind::Not(a) => format!("!{}", show(a)),
            ExprKind::Neg(a) => format!("-{}", show(a)),
            ExprKind::Binary(op, a, b) => format!("({} {} {})", show(a), op.as_str(), show(b)),
            ExprKind::Cond(a, b, c) => format!("({} ? {} : {})", show(a), show(b), show(c)),
        }
    }

    #[test]
    fn operators_bind_as_in_cel() {
        for (text, tree) in [
            ("a || b && c == d", "(a || (b && (c == d)))"),
            ("!a.b && c", "(!a.b && c)"),
            ("a + b - c < d", "(((a + b) - c) < d)"),
            ("a ? b : c ? d : e", "(a ? b : (c ? d : e))"),
            ("a in [1, 2,] || f(x)", "((a in [Int(1), Int(2)]) || f(x))"),
            (
                "x.all(y, y.z[0] != null)",
                "x.all(y, (y.z[Int(0)] != Literal))",
            ),
        ] {
            let shown = show(&parse(text).unwrap());
            assert_eq!(shown.replace("Null", "Literal"), tree, "{text}");
        }
    }

    #[test]
    fn spans_cover_the_whole_expression() {
        let text = "(a || b).c == 'ü' && d";
        let expr = parse(text).unwrap();
        let ExprKind::Binary(BinaryOp::And, left, _) = &expr.kind else {
            panic!("{expr:?}")
        };
        assert_eq!(&text[left.span.start..left.span.end], "(a || b).c == 'ü'");
    }

    #[test]
    fn slips_get_a_hint() {
        for (text, message) in [
            ("a = b", "expected an operator or the end, found `=`"),
            ("a and b", "expected an operator or the end, found `and`"),
            ("(a", "this is never closed by `)`"),
            ("a ==", "expected a value, found the end"),
            ("'abc", "this string is never closed"),
            ("a # b", "`#` means nothing here"),
            (r#""\d""#, r"`\d` is not an escape"),
            ("99999999999999999999", "this number is too large"),
            ("{}", "rules have no map literals"),
        ] {
            assert_eq!(parse(text).unwrap_err().message, message, "{text}");
        }
    }

    #[test]
    fn deep_nesting_is_refused_not_overflown() {
        for open in ["(", "!", "[", "-", "a[", "f("] {
            assert!(parse(&open.repeat(5000)).is_err());
        }
    }
}
