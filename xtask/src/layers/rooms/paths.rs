//! The paths in a source file that lead to other modules of its crate.

use proc_macro2::{Delimiter, Group, TokenStream, TokenTree};

/// A path that code names.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Named {
    pub(super) line: usize,
    /// From the root of the crate.
    pub(super) path: Vec<String>,
}

/// What the source `text` of `file` names by `crate` and by `super`.
///
/// # Errors
/// It is no Rust.
pub(super) fn named(text: &str, file: &str) -> Result<Vec<Named>, String> {
    let tokens: TokenStream = text.parse().map_err(|error| format!("{error}"))?;
    let mut module: Vec<String> = file.trim_end_matches(".rs").split('/').map(str::to_owned).collect();
    if module.last().is_some_and(|last| last == "mod") {
        module.pop();
    }
    let mut reader = Reader { module, named: Vec::new() };
    reader.read(tokens);
    Ok(reader.named)
}

struct Reader {
    /// Where the tokens are.
    module: Vec<String>,
    named: Vec<Named>,
}

impl Reader {
    fn read(&mut self, tokens: TokenStream) {
        let tokens: Vec<_> = tokens.into_iter().collect();
        let mut at = 0;
        while at < tokens.len() {
            match &tokens[at..] {
                [TokenTree::Ident(word), TokenTree::Ident(name), TokenTree::Group(body), ..]
                    if word == "mod" =>
                {
                    self.module.push(name.to_string());
                    self.read(body.stream());
                    self.module.pop();
                    at += 3;
                }
                [TokenTree::Ident(word), rest @ ..]
                    if (word == "crate" || word == "super") && is_colons(rest) =>
                {
                    let parent = &self.module[..self.module.len().saturating_sub(1)];
                    let base = if word == "super" { parent.to_vec() } else { Vec::new() };
                    at += 1 + self.path(base, rest);
                }
                [TokenTree::Group(group), ..] => {
                    self.read(group.stream());
                    at += 1;
                }
                _ => at += 1,
            }
        }
    }

    /// Reads what follows on `base`, from its colons on. Returns how many tokens that is.
    fn path(&mut self, mut base: Vec<String>, tokens: &[TokenTree]) -> usize {
        let mut read = 0;
        let mut line = 0;
        while is_colons(&tokens[read..]) {
            match tokens.get(read + 2) {
                Some(TokenTree::Ident(name)) if name == "super" => {
                    base.pop();
                }
                Some(TokenTree::Ident(name)) => {
                    line = name.span().start().line;
                    base.push(name.to_string());
                }
                Some(TokenTree::Group(group)) if group.delimiter() == Delimiter::Brace => {
                    self.branches(&base, group);
                    return read + 3;
                }
                // A glob, or the arguments of a generic function.
                Some(other) => {
                    line = line.max(other.span().start().line);
                    read += 2;
                    break;
                }
                None => break,
            }
            read += 3;
        }
        self.note(line, base);
        read
    }

    /// `{a, b::c}` on `base`.
    fn branches(&mut self, base: &[String], group: &Group) {
        let tokens: Vec<_> = group.stream().into_iter().collect();
        for branch in tokens.split(|token| matches!(token, TokenTree::Punct(comma) if comma.as_char() == ','))
        {
            match branch {
                [TokenTree::Ident(name), rest @ ..] => {
                    let mut path = base.to_vec();
                    match name.to_string().as_str() {
                        "self" => {}
                        "super" => drop(path.pop()),
                        name => path.push(name.to_owned()),
                    }
                    if is_colons(rest) {
                        self.path(path, rest);
                    } else {
                        self.note(name.span().start().line, path);
                    }
                }
                [other, ..] => self.note(other.span().start().line, base.to_vec()),
                [] => {}
            }
        }
    }

    fn note(&mut self, line: usize, path: Vec<String>) {
        self.named.push(Named { line, path });
    }
}

fn is_colons(tokens: &[TokenTree]) -> bool {
    let is_colon = |token: &TokenTree| matches!(token, TokenTree::Punct(colon) if colon.as_char() == ':');
    matches!(tokens, [first, second, ..] if is_colon(first) && is_colon(second))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn paths(text: &str, file: &str) -> Vec<String> {
        named(text, file).unwrap().into_iter().map(|named| named.path.join("::")).collect()
    }

    #[test]
    fn paths_are_found_wherever_code_is() {
        let text = r#"
            /// [`x`](crate::documentation::X), and "crate::text::X"
            pub(crate) fn f(x: &crate::a::X) -> Vec<crate::b::Y<crate::c::Z>> {
                assert_eq!(x, crate::d::new::<u8>(), "{}", crate::E);
            }
            use crate::{f, g::{self, h::I}, j::*, k::L as M};
        "#;
        assert_eq!(
            paths(text, "m.rs"),
            ["a::X", "b::Y", "c::Z", "d::new", "E", "f", "g", "g::h::I", "j", "k::L"]
        );
    }

    #[test]
    fn super_climbs_from_where_the_code_is() {
        let text =
            "use super::x::Y; mod tests { use super::*; use super::super::z; } fn f() { super::super::w() }";
        assert_eq!(paths(text, "a/b.rs"), ["a::x::Y", "a::b", "a::z", "w"]);
        assert_eq!(paths("use super::x;", "a/mod.rs"), ["x"]);
    }
}
