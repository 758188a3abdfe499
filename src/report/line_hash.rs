//! The hashes by which GitHub's code scanning knows lines, and so alerts, from one run to the next.

use std::collections::{HashMap, VecDeque};

/// For every line the hash that CodeQL's action knows it by, and how many lines up to it have that
/// hash: a polynomial in 37, modulo 2^64, over the 100 UTF-16 units from the line's start, blanks
/// left out, every line end a line feed, the file's end 65535, then zeros.
pub(super) fn line_hashes(text: &str) -> Vec<(u64, u32)> {
    const UNITS: usize = 100;
    const BASE: u64 = 37;
    let leaving = BASE.wrapping_pow(100);

    let mut window = VecDeque::from(vec![0_u16; UNITS]);
    let mut starts = VecDeque::new();
    let mut seen = HashMap::new();
    let mut lines = Vec::new();
    let mut hash = 0_u64;
    let mut count = 0_usize;
    let mut push = |unit: u16, starts_line: bool| {
        if starts_line {
            starts.push_back(count);
        }
        let old = window.pop_front().unwrap_or_default();
        window.push_back(unit);
        hash = hash
            .wrapping_mul(BASE)
            .wrapping_add(u64::from(unit))
            .wrapping_sub(leaving.wrapping_mul(u64::from(old)));
        count += 1;
        if starts.front().is_some_and(|start| start + UNITS == count) {
            starts.pop_front();
            let occurrence = seen.entry(hash).or_insert(0_u32);
            *occurrence = occurrence.saturating_add(1);
            lines.push((hash, *occurrence));
        }
    };

    const FEED: u16 = b'\n' as u16;
    const RETURN: u16 = b'\r' as u16;
    let mut at_start = true;
    let mut after_return = false;
    for unit in text.encode_utf16() {
        let second_half = std::mem::take(&mut after_return) && unit == FEED;
        if second_half || unit == u16::from(b' ') || unit == u16::from(b'\t') {
            continue;
        }
        after_return = unit == RETURN;
        let unit = if after_return { FEED } else { unit };
        push(unit, std::mem::replace(&mut at_start, unit == FEED));
    }
    push(u16::MAX, at_start);
    for _ in 1..UNITS {
        push(0, false);
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hashes(text: &str) -> Vec<String> {
        line_hashes(text)
            .into_iter()
            .map(|(hash, n)| format!("{hash:x}:{n}"))
            .collect()
    }

    /// The expected values are those of CodeQL's action.
    #[test]
    fn lines_have_the_hashes_github_computes() {
        assert_eq!(hashes(""), ["c129715d7a2bc9a3:1"]);
        assert_eq!(
            hashes(" a\nb\n  \t\tc\n d"),
            [
                "271789c17abda88f:1",
                "54703d4cd895b18:1",
                "180aee12dab6264:1",
                "a23a3dc5e078b07b:1"
            ]
        );
        let mixed = hashes(" hello; \t\nworld!!!\r\n\n\r  \t\tGreetings\r End\r\n");
        assert_eq!(mixed.len(), 7);
        assert_eq!(mixed.first().unwrap(), "e9496ae3ebfced30:1");
        assert_eq!(mixed.get(5).unwrap(), "c8e28b0b4002a3a0:1");
        let same = hashes(&"Lorem ipsum dolor sit amet.\n".repeat(10));
        assert_eq!(same.get(5).unwrap(), "a7f2ff13bc495cf2:6");
        assert_eq!(same.get(9).unwrap(), "cc97dc7b1d7d8f7b:1");
    }
}
