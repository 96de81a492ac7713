//! Numbers in text files, by one rule for every reader.
//!
//! R writes 100000 as `1e+05`, pandas as `100000.0`, spreadsheets as `+5` or with blanks around:
//! all are numbers here. A whole number may have any of these forms as long as its value is whole;
//! it is computed from its digits, not through a double, so that none is rounded. PLINK 1.9 and
//! PLINK 2 read all these forms, but truncate `10.5` to 10, which is refused here.

/// No text is read as an unknown number.
pub const NEVER: &[&str] = &[];

/// What R, pandas, VCF and PLINK write where a number is not known.
pub const MISSING: &[&str] = &["", "NA", "NaN", ".", "-9"];

/// A text that is no number of the kind asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NotANumber;

/// A whole number; `None` if the text is one of `missing`.
///
/// # Errors
/// [`NotANumber`] if it is neither, has a fraction, or is beyond 64 bits.
pub fn whole(text: impl AsRef<[u8]>, missing: &[&str]) -> Result<Option<i64>, NotANumber> {
    let text = text.as_ref().trim_ascii();
    match is_missing(text, missing) {
        true => Ok(None),
        false => exact(text).map(Some).ok_or(NotANumber),
    }
}

/// A finite number; `None` if the text is one of `missing`.
///
/// # Errors
/// [`NotANumber`] if it is neither.
pub fn decimal(text: impl AsRef<[u8]>, missing: &[&str]) -> Result<Option<f64>, NotANumber> {
    let text = text.as_ref().trim_ascii();
    match is_missing(text, missing) {
        true => Ok(None),
        false => finite(text).map(Some).ok_or(NotANumber),
    }
}

/// A position in base pairs, at most 2147483647. Variants with a negative one are left out and
/// counted by the reader, as PLINK does.
///
/// # Errors
/// As [`whole`]; no position may be missing.
pub fn position_bp(text: impl AsRef<[u8]>) -> Result<i32, NotANumber> {
    let value = whole(text, NEVER)?.ok_or(NotANumber)?;
    i32::try_from(value).map_err(|_| NotANumber)
}

/// Codes are compared without regard to case, and as numbers where they are: -9 is -9.0.
fn is_missing(text: &[u8], missing: &[&str]) -> bool {
    missing.iter().any(|code| {
        let code = code.as_bytes();
        text.eq_ignore_ascii_case(code) || exact(code).is_some_and(|it| exact(text) == Some(it))
    })
}

/// `f64::from_str` reads what the rule allows, and infinities and NaN, which it does not.
fn finite(text: &[u8]) -> Option<f64> {
    let text = std::str::from_utf8(text).ok()?;
    text.parse().ok().filter(|value: &f64| value.is_finite())
}

/// `[+-] digits [. digits] [e [+-] digits]`, if its value is whole.
fn exact(text: &[u8]) -> Option<i64> {
    let (is_negative, text) = signed(text);
    let (mantissa, exponent) = match memchr::memchr2(b'e', b'E', text) {
        Some(at) => (&text[..at], power(&text[at + 1..])?),
        None => (text, 0),
    };
    let (before, after) = match memchr::memchr(b'.', mantissa) {
        Some(at) => (&mantissa[..at], &mantissa[at + 1..]),
        None => (mantissa, &mantissa[..0]),
    };
    let digits = || before.iter().chain(after);
    if digits().next().is_none() || !digits().all(u8::is_ascii_digit) {
        return None;
    }
    let n_trailing = digits().rev().take_while(|&&digit| digit == b'0').count();
    let n_digits = before.len() + after.len();
    if n_trailing == n_digits {
        return Some(0);
    }
    // The number is the digits without their trailing zeros, times a power of ten.
    let power = exponent + n_trailing as i64 - after.len() as i64;
    let mut value = digits().take(n_digits - n_trailing).try_fold(0_i64, |value, digit| {
        value.checked_mul(10)?.checked_sub(i64::from(digit - b'0'))
    })?;
    for _ in 0..u32::try_from(power).ok()?.min(20) {
        value = value.checked_mul(10)?;
    }
    // Negative until here, because the smallest number has no positive one beside it.
    if is_negative { Some(value) } else { value.checked_neg() }
}

fn signed(text: &[u8]) -> (bool, &[u8]) {
    match text.split_first() {
        Some((b'-', rest)) => (true, rest),
        Some((b'+', rest)) => (false, rest),
        _ => (false, text),
    }
}

/// A power of ten; far beyond what any number needs, it stays where it is.
fn power(text: &[u8]) -> Option<i64> {
    const FAR: i64 = 1 << 40;
    let (is_negative, digits) = signed(text);
    if digits.is_empty() || !digits.iter().all(u8::is_ascii_digit) {
        return None;
    }
    let size = digits.iter().fold(0, |size, digit| FAR.min(size * 10 + i64::from(digit - b'0')));
    Some(if is_negative { -size } else { size })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_numbers_worked_by_hand() {
        for (text, want) in [
            ("100000", 100_000),
            ("1e+05", 100_000),
            ("100000.0", 100_000),
            ("4.8169282e7", 48_169_282),
            ("+5", 5),
            (" 5 ", 5),
            ("-7", -7),
            ("-0", 0),
            ("0e99", 0),
            ("0.00", 0),
            ("5.", 5),
            (".5e1", 5),
            ("1500e-2", 15),
            ("0000000000000000000000012", 12),
            ("9223372036854775807", i64::MAX),
            ("-9223372036854775808", i64::MIN),
            ("9007199254740993", 9_007_199_254_740_993),
        ] {
            assert_eq!(whole(text, NEVER), Ok(Some(want)), "{text}");
        }
        for text in [
            "",
            " ",
            "-",
            "+-5",
            ".",
            "e5",
            "1e",
            "1e+",
            "1.5",
            "15e-1",
            "1e-1",
            "1 0",
            "1,000",
            "0x1f",
            "NA",
            "nan",
            "inf",
            "1e5.0",
            "1.2.3",
            "1e19",
            "9223372036854775808",
            "1e99999999999999999999",
            "5L",
            "\u{ff15}",
        ] {
            assert_eq!(whole(text, NEVER), Err(NotANumber), "{text}");
        }
    }

    #[test]
    fn decimals_worked_by_hand() {
        for (text, want) in [
            ("0.5", 0.5),
            ("+.5", 0.5),
            ("5.", 5.0),
            ("1e-05", 1e-5),
            ("-1E2", -100.0),
            ("\t1\r", 1.0),
        ] {
            assert_eq!(decimal(text, NEVER), Ok(Some(want)), "{text}");
        }
        for text in ["", ".", "0,5", "1e400", "inf", "NaN", "NA", "x", "1e", "- 5"] {
            assert_eq!(decimal(text, NEVER), Err(NotANumber), "{text}");
        }
    }

    #[test]
    fn what_is_missing_is_the_callers_to_say() {
        for text in ["NA", "na", "NaN", ".", "-9", "-9.0", "-9e0", "", "  "] {
            assert_eq!(whole(text, MISSING), Ok(None), "{text}");
            assert_eq!(decimal(text, MISSING), Ok(None), "{text}");
        }
        assert_eq!(whole("-9", NEVER), Ok(Some(-9)));
        assert_eq!(whole("-9", &["NA"]), Ok(Some(-9)));
        assert_eq!(decimal("nan", &["nan"]), Ok(None));
        assert_eq!(decimal("-9.5", MISSING), Ok(Some(-9.5)));
        assert_eq!(whole("-", MISSING), Err(NotANumber));
    }

    #[test]
    fn positions_fit_thirty_two_bits() {
        assert_eq!(position_bp("2147483647"), Ok(i32::MAX));
        assert_eq!(position_bp("1.2e+08"), Ok(120_000_000));
        assert_eq!(position_bp("-5"), Ok(-5));
        for text in ["2147483648", "3e9", "10.5", "NA", ".", ""] {
            assert_eq!(position_bp(text), Err(NotANumber), "{text}");
        }
    }

    /// Moves the point digit by digit, in text.
    fn reference_whole(text: &str) -> Option<i64> {
        let (sign, text) = match text.strip_prefix('-') {
            Some(rest) => ("-", rest),
            None => ("", text.strip_prefix('+').unwrap_or(text)),
        };
        let (mantissa, exponent) = match text.split_once(['e', 'E']) {
            Some((_, exponent)) if exponent.starts_with("+-") => return None,
            Some((mantissa, exponent)) => (mantissa, exponent.parse::<i32>().ok()?),
            None => (text, 0),
        };
        let (before, after) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        let (mut before, mut after) = (before.to_owned(), after.to_owned());
        if before.len() + after.len() == 0 {
            return None;
        }
        for _ in 0..exponent {
            before.push(if after.is_empty() { '0' } else { after.remove(0) });
        }
        for _ in exponent..0 {
            after.insert(0, before.pop().unwrap_or('0'));
        }
        let is_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
        if !is_digits(&before) || after.bytes().any(|byte| byte != b'0') {
            return None;
        }
        let before = before.trim_start_matches('0');
        if before.is_empty() { Some(0) } else { format!("{sign}{before}").parse().ok() }
    }

    #[test]
    fn agrees_with_moving_the_point_in_text() {
        let alphabet = b"0011235789..ee+-E";
        let (mut state, mut n_numbers) = (7_u64, 0);
        for _ in 0..200_000 {
            let mut text = String::new();
            let mut next = || {
                state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
                (state >> 33) as usize
            };
            for _ in 0..1 + next() % 9 {
                text.push(char::from(alphabet[next() % alphabet.len()]));
            }
            // The text grows with the exponent.
            if text.split(['e', 'E']).nth(1).is_some_and(|it| it.len() > 3) {
                continue;
            }
            let want = reference_whole(&text);
            n_numbers += usize::from(want.is_some());
            assert_eq!(whole(&text, NEVER).ok().flatten(), want, "{text}");
            if let (Some(want), Ok(Some(close))) = (want, decimal(&text, NEVER)) {
                assert_eq!(want as f64, close, "{text}");
            }
        }
        assert!(n_numbers > 20_000, "{n_numbers}");
    }

    #[test]
    fn every_form_of_a_number_is_the_same_number() {
        let mut state = 3_u64;
        for _ in 0..20_000 {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            let value = (state >> 20) as i64 - (1 << 43);
            for text in [format!("{value}"), format!("{value}.0"), format!("{:e}", value as f64)] {
                assert_eq!(whole(&text, NEVER), Ok(Some(value)), "{text}");
            }
        }
    }
}
