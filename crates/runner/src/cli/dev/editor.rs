//! Links that open a file in an editor.
//!
//! A browser follows no `file:` link from a page that came over HTTP, so the link is one that an editor has registered
//! with the desktop.

use std::path::Path;
use std::str::FromStr;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

/// What stays in a path.
const PATH: &AsciiSet = &NON_ALPHANUMERIC.remove(b'/').remove(b'-').remove(b'_').remove(b'.').remove(b'~');

/// `--editor`: a URL with `{path}`, `{line}` and `{column}` in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Editor(String);

impl FromStr for Editor {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if !text.contains("{path}") {
            return Err("expected a URL with {path}, and {line} and {column} if the editor takes them");
        }
        let editor = Self(text.to_owned());
        let example = editor.link(Path::new("/a.js"), 1, 1).and_then(|link| url::Url::parse(&link).ok());
        match example {
            Some(url) if url.scheme() != "javascript" => Ok(editor),
            _ => Err("not a URL"),
        }
    }
}

impl Editor {
    /// The link to a place in a file. Only the template and numbers are in it as they are.
    pub(super) fn link(&self, file: &Path, line: u32, column: u32) -> Option<String> {
        let file = std::path::absolute(file).ok()?;
        let path = utf8_percent_encode(file.to_str()?, PATH).to_string();
        // The path last: it could have braces otherwise, and has none when it is encoded.
        let place = self.0.replace("{line}", &line.to_string()).replace("{column}", &column.to_string());
        Some(place.replace("{path}", &path))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_has_the_place() {
        let editor: Editor = "vscode://file{path}:{line}:{column}".parse().unwrap();
        assert_eq!(
            editor.link(Path::new("/a b/\"<{line}>.js"), 3, 5).unwrap(),
            "vscode://file/a%20b/%22%3C%7Bline%7D%3E.js:3:5"
        );
        let idea: Editor = "idea://open?file={path}&line={line}".parse().unwrap();
        assert_eq!(idea.link(Path::new("/x.js"), 1, 1).unwrap(), "idea://open?file=/x.js&line=1");
    }

    #[test]
    fn what_opens_nothing_is_refused() {
        for bad in ["vscode://file", "{path}", "vscode:// {path}", "javascript:alert('{path}')"] {
            assert!(bad.parse::<Editor>().is_err(), "{bad}");
        }
    }
}
