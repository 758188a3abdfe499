//! What the text of a scalar stands for.

use super::super::Data;

/// What a plain scalar is.
pub(super) fn resolve(text: &str) -> Data {
    // Most text is neither a word nor a number, and its first character tells.
    match text.as_bytes().first() {
        None | Some(b'~' | b'n' | b'N' | b't' | b'T' | b'f' | b'F' | b'y' | b'Y' | b'o' | b'O') => {
            if is_null(text) {
                return Data::Null;
            }
            bool_of(text).map(Data::Bool)
        }
        Some(b'0'..=b'9' | b'+' | b'-' | b'.') => number(text),
        _ => None,
    }
    .unwrap_or_else(|| Data::String(text.into()))
}

fn is_null(text: &str) -> bool {
    matches!(text, "" | "~" | "null" | "Null" | "NULL")
}

fn bool_of(text: &str) -> Option<bool> {
    match text {
        "true" | "True" | "TRUE" | "yes" | "Yes" | "YES" | "on" | "On" | "ON" => Some(true),
        "false" | "False" | "FALSE" | "no" | "No" | "NO" | "off" | "Off" | "OFF" => Some(false),
        _ => None,
    }
}

/// A number, if the text is one. A whole number with a leading zero is not: it is an account id
/// or a file mode far more often than YAML 1.1's octal.
fn number(text: &str) -> Option<Data> {
    let (sign, digits) = match text.strip_prefix('-') {
        Some(digits) => ("-", digits),
        None => ("", text.strip_prefix('+').unwrap_or(text)),
    };
    match digits {
        ".inf" | ".Inf" | ".INF" => {
            let infinity = if sign.is_empty() { 1.0 } else { -1.0 };
            return Some(Data::Float(infinity * f64::INFINITY));
        }
        ".nan" | ".NaN" | ".NAN" if digits == text => return Some(Data::Float(f64::NAN)),
        _ => {}
    }
    let plain = digits.replace('_', "");
    if digits.starts_with('_') {
        return None;
    }
    let whole = format!("{sign}{plain}");
    for (prefix, radix) in [("0x", 16), ("0b", 2)] {
        if let Some(digits) = plain.strip_prefix(prefix) {
            if digits.starts_with(['+', '-']) {
                return None;
            }
            let int = i64::from_str_radix(&format!("{sign}{digits}"), radix);
            return int.ok().map(Data::Int);
        }
    }
    let all_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if !plain.is_empty() && all_digits(&plain) {
        if plain.len() > 1 && plain.starts_with('0') {
            return None;
        }
        let int = whole.parse().map(Data::Int);
        return int.ok().or_else(|| finite(&whole));
    }
    let (mantissa, exponent) = match plain.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, Some(exponent)),
        None => (plain.as_str(), None),
    };
    let (before, after) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let exponent = exponent.map(|e| e.strip_prefix(['+', '-']).unwrap_or(e));
    let is_float = all_digits(before)
        && all_digits(after)
        && !(before.is_empty() && after.is_empty())
        && exponent.is_none_or(|exponent| !exponent.is_empty() && all_digits(exponent));
    is_float.then(|| finite(&whole)).flatten()
}

fn finite(text: &str) -> Option<Data> {
    let float = text.parse::<f64>().ok()?;
    float.is_finite().then_some(Data::Float(float))
}

/// A scalar with one of YAML's own tags.
pub(super) fn core(name: &str, text: &str, plain: bool) -> Result<Data, String> {
    let data = match name {
        "null" => is_null(text).then_some(Data::Null),
        "bool" => bool_of(text).map(Data::Bool),
        "int" => number(text).filter(|data| matches!(data, Data::Int(_))),
        "float" => match number(text) {
            #[expect(clippy::cast_precision_loss, reason = "it is asked to be a float")]
            Some(Data::Int(int)) => Some(Data::Float(int as f64)),
            other => other,
        },
        "str" | "binary" | "timestamp" => Some(Data::String(text.into())),
        _ if plain => Some(resolve(text)),
        _ => Some(Data::String(text.into())),
    };
    data.ok_or_else(|| format!("`{text}` is not what its tag `!!{name}` says"))
}
