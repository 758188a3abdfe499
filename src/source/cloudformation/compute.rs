//! Intrinsic functions that only compute: `Fn::Base64`, `Fn::Cidr`, `Fn::ToJsonString`.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use crate::model::Value;

/// Subnets carved out of a block.
/// <https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/intrinsic-function-reference-cidr.html>
pub(super) fn cidr(block: &str, count: u32, bits: u32) -> Result<Vec<String>, String> {
    let (address, length) = block
        .trim()
        .split_once('/')
        .and_then(|(a, l)| Some((a.parse::<IpAddr>().ok()?, l.parse::<u32>().ok()?)))
        .ok_or_else(|| format!("{block} is not a CIDR block"))?;
    if !(1..=256).contains(&count) {
        return Err(format!("{count} is not between 1 and 256"));
    }
    let (width, base) = match address {
        IpAddr::V4(v4) => (32, u128::from(v4.to_bits())),
        IpAddr::V6(v6) => (128, v6.to_bits()),
    };
    let too_small = || format!("{count} blocks of {bits} host bits do not fit into {block}");
    if bits == 0 || bits >= width || length > width || width - bits < length {
        return Err(too_small());
    }
    let room = width - bits - length;
    if room < 32 && u64::from(count) > 1u64 << room {
        return Err(too_small());
    }
    let mask = if length == 0 {
        0
    } else {
        u128::MAX << (width - length)
    };
    let first = base & mask;
    let blocks = (0..u128::from(count)).map(|index| {
        let start = first.wrapping_add(index << bits);
        match address {
            IpAddr::V4(_) => {
                let v4 =
                    Ipv4Addr::from_bits(u32::try_from(start & 0xffff_ffff).unwrap_or_default());
                format!("{v4}/{}", width - bits)
            }
            IpAddr::V6(_) => format!("{}/{}", Ipv6Addr::from_bits(start), width - bits),
        }
    });
    Ok(blocks.collect())
}

/// Base64 with padding (RFC 4648).
pub(super) fn base64(text: &str) -> String {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let letter = |n: u32| {
        ALPHABET
            .get((n & 63) as usize)
            .map_or('=', |b| char::from(*b))
    };
    let mut out = String::with_capacity(text.len().div_ceil(3) * 4);
    for chunk in text.as_bytes().chunks(3) {
        let byte = |i: usize| chunk.get(i).copied().map_or(0, u32::from);
        let bits = byte(0) << 16 | byte(1) << 8 | byte(2);
        out.push(letter(bits >> 18));
        out.push(letter(bits >> 12));
        out.push(if chunk.len() > 1 {
            letter(bits >> 6)
        } else {
            '='
        });
        out.push(if chunk.len() > 2 { letter(bits) } else { '=' });
    }
    out
}

/// A value as JSON text; `None` if any part of it is not known.
pub(super) fn json(value: &Value) -> Option<serde_json::Value> {
    Some(match value {
        Value::Null => serde_json::Value::Null,
        Value::Bool(b) => (*b).into(),
        Value::Int(i) => (*i).into(),
        Value::Double(d) => (*d).into(),
        Value::String(text) => text.to_string().into(),
        Value::List(items) => {
            let known = items.iter().filter(|item| !item.is_null());
            serde_json::Value::Array(known.map(json).collect::<Option<_>>()?)
        }
        Value::Map(map) => {
            let known = map.iter().filter(|(_, value)| !value.is_null());
            let entries = known.map(|(key, value)| Some((key.to_string(), json(value)?)));
            serde_json::Value::Object(entries.collect::<Option<_>>()?)
        }
        Value::Reference(_) | Value::Composed(_) | Value::Choice(_) | Value::Unknown(_) => {
            return None;
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_are_carved() {
        let four = cidr("10.0.0.0/16", 3, 8).unwrap();
        assert_eq!(four, ["10.0.0.0/24", "10.0.1.0/24", "10.0.2.0/24"]);
        let six = cidr("2001:db8::/56", 2, 64).unwrap();
        assert_eq!(six, ["2001:db8::/64", "2001:db8:0:1::/64"]);
        for (block, count, bits) in [
            ("10.0.0.0/24", 2, 8),
            ("x", 1, 8),
            ("10.0.0.0/99", 1, 8),
            ("10.0.0.0/8", 0, 8),
            ("10.0.0.0/8", 1, 32),
            ("::/0", 256, 64),
        ] {
            let fits = cidr(block, count, bits).is_ok();
            assert_eq!(fits, block == "::/0", "{block}");
        }
    }

    #[test]
    fn base64_pads() {
        let cases = [
            ("", ""),
            ("a", "YQ=="),
            ("ab", "YWI="),
            ("abc", "YWJj"),
            ("ü", "w7w="),
        ];
        for (text, coded) in cases {
            assert_eq!(base64(text), coded);
        }
    }
}
