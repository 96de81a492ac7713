//! Bytes of a file, as a message shows them.

/// Most characters that are shown.
const MOST: usize = 40;

/// At most 40 characters, whatever the bytes are: no control characters, no invalid text.
pub fn shown(bytes: &[u8]) -> String {
    let head = &bytes[..bytes.len().min(4 * MOST)];
    let text = String::from_utf8_lossy(head);
    let mut out: String = text.chars().take(MOST).flat_map(char::escape_debug).collect();
    if text.chars().count() > MOST {
        out.push_str("...");
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whatever_the_bytes_the_message_is_short_text() {
        assert_eq!(shown(b"chr22"), "chr22");
        assert_eq!(shown(b"a\tb\0\xff"), "a\\tb\\0\u{fffd}");
        assert_eq!(shown(&[b'x'; 41]), format!("{}...", "x".repeat(40)));
    }
}
