//! Files of variables, one `NAME=VALUE` a line: `env_file`, and wrangler's `.dev.vars`.
//!
//! ```text
//! # a comment, and an empty line
//! NAME=up to the end of the line, without spaces around it # a comment after a space
//! export NAME='taken as it is'
//! NAME="with \n, \r, \t, \" and \\"
//! ```
//!
//! Nothing is expanded: a `$` in a password is a `$`. They may be secrets, so no error quotes a line.

use std::collections::BTreeMap;
use std::path::Path;

use runner::workers::read_text;

/// The variables of a file, or why there are none.
pub(super) fn read(path: &Path) -> Result<BTreeMap<String, String>, String> {
    let text = read_text(path).map_err(|error| error.to_string())?;
    parse(&text).map_err(|lines| match &*lines {
        [line] => format!("line {line} is not NAME=VALUE"),
        lines => {
            let lines: Vec<_> = lines.iter().map(usize::to_string).collect();
            format!("lines {} are not NAME=VALUE", lines.join(", "))
        }
    })
}

/// The variables, or the numbers of the lines that are none.
fn parse(text: &str) -> Result<BTreeMap<String, String>, Vec<usize>> {
    let (mut variables, mut others) = (BTreeMap::new(), Vec::new());
    for (index, line) in text.trim_start_matches('\u{feff}').lines().enumerate() {
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        match variable(line) {
            Some((name, value)) => drop(variables.insert(name, value)),
            None => others.push(index + 1),
        }
    }
    if others.is_empty() { Ok(variables) } else { Err(others) }
}

fn variable(line: &str) -> Option<(String, String)> {
    let line = line.strip_prefix("export ").unwrap_or(line);
    let (name, value) = line.split_once('=')?;
    let (name, value) = (name.trim(), value.trim());
    if name.is_empty() || name.contains(char::is_whitespace) {
        return None;
    }
    let value = match value.chars().next() {
        Some('\'') => {
            let (value, rest) = value[1..].split_once('\'')?;
            only_comment(rest)?;
            value.to_owned()
        }
        Some('"') => double_quoted(&value[1..])?,
        _ => value.split_once(" #").map_or(value, |(value, _)| value.trim_end()).to_owned(),
    };
    Some((name.to_owned(), value))
}

fn double_quoted(text: &str) -> Option<String> {
    let mut value = String::new();
    let mut chars = text.chars();
    loop {
        match chars.next()? {
            '"' => break,
            '\\' => match chars.next()? {
                'n' => value.push('\n'),
                'r' => value.push('\r'),
                't' => value.push('\t'),
                c @ ('"' | '\\') => value.push(c),
                c => value.extend(['\\', c]),
            },
            c => value.push(c),
        }
    }
    only_comment(chars.as_str())?;
    Some(value)
}

fn only_comment(rest: &str) -> Option<()> {
    let rest = rest.trim_start();
    (rest.is_empty() || rest.starts_with('#')).then_some(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_of_a_value_is_read() {
        let text = "\u{feff}# comment\n\nA=1\nB = two words # comment\n export C='as $is \\n' # x\nD=\"a\\n\\\"b\\\" \\$\"\r\nE=\nF=a=b#c\n";
        let expected = [
            ("A", "1"),
            ("B", "two words"),
            ("C", "as $is \\n"),
            ("D", "a\n\"b\" \\$"),
            ("E", ""),
            ("F", "a=b#c"),
        ];
        let expected = expected.map(|(name, value)| (name.to_owned(), value.to_owned()));
        assert_eq!(parse(text), Ok(expected.into()));
    }

    #[test]
    fn lines_that_are_none_are_told_by_their_numbers() {
        assert_eq!(parse("A=1\nnothing\nB=2\n=\n"), Err(vec![2, 4]));
        for (text, line) in [
            ("A=1\nnothing", 2),
            ("=x", 1),
            ("A B=1", 1),
            ("\n\nA='x", 3),
            ("A=\"x", 1),
            ("A='x' y", 1),
            ("A=\"\\", 1),
        ] {
            assert_eq!(parse(text), Err(vec![line]), "{text}");
        }
    }
}
