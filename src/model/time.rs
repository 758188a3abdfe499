//! When something was, comparable whichever way it is written.

/// Milliseconds since 1970 of `2026-01-02T03:04:05.678Z`, of the same with an offset, or of a
/// number of seconds.
pub fn millis(text: &str) -> Option<i64> {
    iso(text).or_else(|| seconds(text))
}

fn seconds(text: &str) -> Option<i64> {
    let seconds: f64 = text.parse().ok()?;
    seconds.is_finite().then_some((seconds * 1000.0) as i64)
}

fn iso(text: &str) -> Option<i64> {
    let (date, time) = text.split_once(['T', ' '])?;
    let mut date = date.splitn(3, '-').map(|part| part.parse::<i64>());
    let (year, month, day) = (date.next()?.ok()?, date.next()?.ok()?, date.next()?.ok()?);
    let zone_at = time.find(['Z', '+', '-']).unwrap_or(time.len());
    let (clock, zone) = time.split_at_checked(zone_at)?;
    let mut parts = clock.splitn(3, ':');
    let hour: i64 = parts.next()?.parse().ok()?;
    let minute: i64 = parts.next()?.parse().ok()?;
    let second: f64 = parts.next().unwrap_or("0").parse().ok()?;
    let in_range = (1..=9999).contains(&year)
        && (1..=12).contains(&month)
        && (1..=31).contains(&day)
        && (0..24).contains(&hour)
        && (0..60).contains(&minute)
        && (0.0..=60.0).contains(&second);
    in_range.then_some(())?;
    let minutes = (days(year, month, day) * 24 + hour) * 60 + minute - offset(zone)?;
    Some(minutes * 60_000 + (second * 1000.0) as i64)
}

/// Minutes east of Greenwich.
fn offset(zone: &str) -> Option<i64> {
    let (sign, digits) = match zone.as_bytes().first() {
        None | Some(b'Z') => return Some(0),
        Some(b'-') => (-1, zone.strip_prefix('-')?),
        _ => (1, zone.strip_prefix('+')?),
    };
    let digits: String = digits.chars().filter(char::is_ascii_digit).collect();
    let number: i64 = digits.parse().ok()?;
    (digits.len() == 4).then_some(sign * (number / 100 * 60 + number % 100))
}

/// Days since 1970 in the Gregorian calendar: years counted from March, so that the day a leap year
/// adds comes last.
fn days(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let month = (month + 9) % 12;
    let before = 365 * year + year / 4 - year / 100 + year / 400;
    before + (153 * month + 2) / 5 + day - 1 - 719_468
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_compare_however_they_are_written() {
        let noon = 1_767_268_800_000;
        for text in [
            "2026-01-01T12:00:00.000Z",
            "2026-01-01T12:00:00Z",
            "2026-01-01T13:00:00+01:00",
            "2026-01-01T07:00:00-0500",
            "1767268800",
            "1767268800.0",
        ] {
            assert_eq!(millis(text), Some(noon), "{text}");
        }
        assert_eq!(millis("2026-01-01T12:00:00.250Z"), Some(noon + 250));
        for odd in [
            "",
            "yesterday",
            "2026-13-01T00:00:00Z",
            "NaN",
            "2026-01-01T99:00Z",
            "TTT",
            "é-ü-öT1:2:3",
        ] {
            assert_eq!(millis(odd), None, "{odd}");
        }
    }
}
