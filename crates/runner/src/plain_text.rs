//! Characters that must not reach a person's terminal or log as they are.

/// Whether `c` is to be escaped where text of others is shown: it ends a line, drives a terminal, or makes the text read
/// otherwise than it is written. The last are Unicode's format characters, which turn the direction of what follows
/// (U+202E) or cannot be seen.
///
/// The joiners U+200C and U+200D stay: Persian words and emoji are written with them. So do the few format characters
/// that have a shape of their own.
pub fn is_unsafe(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{ad}'
            | '\u{61c}'
            | '\u{180e}'
            | '\u{200b}'
            | '\u{200e}'..='\u{200f}'
            | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}'
            | '\u{feff}'
            | '\u{fff9}'..='\u{fffb}'
            | '\u{1bca0}'..='\u{1bca3}'
            | '\u{1d173}'..='\u{1d17a}'
            | '\u{e0000}'..='\u{e007f}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_turns_or_hides_text_is_unsafe_and_what_people_write_is_not() {
        for c in
            "\0\n\u{1b}\u{7f}\u{85}\u{ad}\u{200b}\u{200e}\u{2028}\u{202e}\u{2066}\u{2069}\u{feff}\u{e0041}"
                .chars()
        {
            assert!(is_unsafe(c), "{c:?}");
        }
        for c in "a é שלום نمی\u{200c}خواهم 👩\u{200d}💻 e\u{301} ─│ \u{a0}".chars() {
            assert!(!is_unsafe(c), "{c:?}");
        }
    }
}
