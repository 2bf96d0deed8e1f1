//! How deep a parser would have to go into a text.
//!
//! The parser, what looks for scopes and what prints are recursive, and their stack has an end: a text that nests deeper
//! than it reaches would end the process. So every text is looked at before it is parsed. What is counted is what can nest:
//! brackets that are open, and operators and keywords since the statement, or the expression between two commas, began.
//!
//! ```text
//! weight = Σ over open brackets (BRACKET + statement keywords + operators)   ≤ MAX_WEIGHT
//! ```
//!
//! It is a scan of tokens and knows no grammar: where it is in doubt, it goes on counting. An end of a line ends a statement
//! only where no operator is missing a side.

/// What a bracket weighs, beside what is in it.
const BRACKET: u32 = 16;

/// The deepest text that is parsed: 1,250 brackets, or an expression of 20,000 operators. V8 takes less of most kinds.
pub(super) const MAX_WEIGHT: u32 = 20_000;

/// Words that want something after them, and so can stand in a row.
const PREFIXES: [&[u8]; 16] = [
    b"await",
    b"case",
    b"delete",
    b"extends",
    b"in",
    b"infer",
    b"instanceof",
    b"keyof",
    b"new",
    b"of",
    b"return",
    b"throw",
    b"typeof",
    b"unique",
    b"void",
    b"yield",
];

/// Words of which a statement can have any number around another one.
const STATEMENTS: [&[u8]; 6] = [b"do", b"else", b"for", b"if", b"while", b"with"];

/// Words that go on with what is before them, whatever that was.
const CONTINUATIONS: [&[u8]; 8] =
    [b"as", b"catch", b"else", b"extends", b"finally", b"in", b"instanceof", b"satisfies"];

/// What stands before a token.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Before {
    /// Something that an operator can follow.
    Operand,
    /// The end of a block, an object, or a body.
    Brace,
    /// Something that wants an operand after it.
    Operator,
    /// The end of the head of a statement.
    Head,
}

/// A bracket that is open.
#[derive(Default)]
struct Level {
    opener: u8,
    /// Whether it is the head of a statement.
    is_head: bool,
    /// Keywords around the present statement.
    statement: u32,
    /// Operators in the present expression.
    expression: u32,
}

struct Scan<'a> {
    text: &'a [u8],
    at: usize,
    before: Before,
    /// Whether the last word was one of [`STATEMENTS`].
    after_statement_word: bool,
    /// Whether a line has ended since the last token.
    new_line: bool,
    /// A `;` that ends the statement unless `else` follows.
    ended: bool,
    levels: Vec<Level>,
    weight: u32,
    seen: Seen,
}

/// What was seen on the way.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Seen {
    /// Whether there is an `@`, or the word `accessor`, outside of texts and comments.
    pub(super) may_be_decorated: bool,
}

/// Looks whether a text can be parsed.
///
/// # Errors
/// Where it is too deep, in bytes.
pub(super) fn check(text: &str) -> Result<Seen, usize> {
    let mut scan = Scan {
        text: text.as_bytes(),
        at: 0,
        before: Before::Operator,
        after_statement_word: false,
        new_line: false,
        ended: false,
        levels: vec![Level::default()],
        weight: 0,
        seen: Seen::default(),
    };
    while scan.at < scan.text.len() {
        let at = scan.at;
        scan.token();
        if scan.weight > MAX_WEIGHT {
            return Err(at);
        }
    }
    Ok(scan.seen)
}

impl Scan<'_> {
    fn peek(&self, ahead: usize) -> u8 {
        self.text.get(self.at + ahead).copied().unwrap_or(0)
    }

    fn token(&mut self) {
        let byte = self.text[self.at];
        match byte {
            b'\n' | b'\r' => {
                self.new_line = true;
                self.at += 1;
            }
            b' ' | b'\t' | 0x0b | 0x0c => self.at += 1,
            b'/' if self.peek(1) == b'/' => self.skip_line(),
            b'/' if self.peek(1) == b'*' => self.skip_comment(),
            b'/' if self.before != Before::Operand && self.skip_expression() => self.operand(),
            b'"' | b'\'' => {
                self.skip_string(byte);
                self.operand();
            }
            b'`' => {
                self.at += 1;
                self.template();
            }
            b'(' | b'[' | b'{' => self.open(byte),
            b')' | b']' | b'}' => self.close(byte),
            b';' => {
                self.at += 1;
                self.end_expression();
                self.ended = true;
                self.before = Before::Operator;
            }
            b',' => {
                self.at += 1;
                self.end_expression();
                self.before = Before::Operator;
            }
            _ if is_word(byte) => self.word(),
            _ => {
                self.at += 1;
                self.begin(false);
                self.count(1);
                // What follows one is the same as what precedes it: an expression goes on.
                let is_postfix = matches!(byte, b'+' | b'-') && self.peek(0) == byte;
                if is_postfix && self.before == Before::Operand {
                    self.at += 1;
                } else {
                    self.before = Before::Operator;
                }
            }
        }
    }

    /// The statement that is over ends, unless `goes_on`.
    fn begin(&mut self, goes_on: bool) {
        if std::mem::take(&mut self.ended) && !goes_on {
            self.end_statement();
        }
        self.new_line = false;
    }

    fn operand(&mut self) {
        self.begin(false);
        self.before = Before::Operand;
        self.after_statement_word = false;
    }

    fn word(&mut self) {
        let rest = &self.text[self.at..];
        let length = rest.iter().position(|byte| !is_word(*byte)).unwrap_or(rest.len());
        let word = &rest[..length];
        self.at += length;
        self.seen.may_be_decorated |= word == b"accessor" || word.contains(&b'@');
        let goes_on = CONTINUATIONS.contains(&word);
        if !goes_on && (self.before == Before::Brace || (self.new_line && self.before == Before::Operand)) {
            self.end_statement();
        }
        self.begin(goes_on);
        self.after_statement_word = STATEMENTS.contains(&word);
        if self.after_statement_word {
            if let Some(level) = self.levels.last_mut() {
                level.statement += 1;
                self.weight += 1;
            }
            self.before = Before::Operator;
        } else if PREFIXES.contains(&word) {
            self.count(1);
            self.before = Before::Operator;
        } else {
            self.before = Before::Operand;
        }
    }

    fn open(&mut self, opener: u8) {
        self.at += 1;
        self.begin(false);
        let is_head = opener == b'(' && self.after_statement_word;
        self.levels.push(Level { opener, is_head, ..Level::default() });
        self.weight += BRACKET;
        self.after_statement_word = false;
        self.before = Before::Operator;
    }

    fn close(&mut self, closer: u8) {
        self.at += 1;
        self.ended = false;
        self.new_line = false;
        self.after_statement_word = false;
        self.before = if closer == b'}' { Before::Brace } else { Before::Operand };
        if self.levels.len() > 1
            && let Some(level) = self.levels.pop()
        {
            self.weight -= BRACKET + level.statement + level.expression;
            match level.opener {
                b'$' => self.template(),
                _ if level.is_head => self.before = Before::Head,
                _ => {}
            }
        }
    }

    fn count(&mut self, weight: u32) {
        if let Some(level) = self.levels.last_mut() {
            level.expression += weight;
            self.weight += weight;
        }
    }

    fn end_expression(&mut self) {
        if let Some(level) = self.levels.last_mut() {
            self.weight -= std::mem::take(&mut level.expression);
        }
    }

    fn end_statement(&mut self) {
        self.end_expression();
        if let Some(level) = self.levels.last_mut() {
            self.weight -= std::mem::take(&mut level.statement);
        }
    }

    fn skip_line(&mut self) {
        let rest = &self.text[self.at..];
        self.at += rest.iter().position(|byte| matches!(byte, b'\n' | b'\r')).unwrap_or(rest.len());
    }

    fn skip_comment(&mut self) {
        let rest = &self.text[self.at..];
        let end = rest.windows(2).skip(2).position(|pair| pair == b"*/");
        let end = end.map_or(rest.len(), |end| end + 4);
        self.new_line |= rest[..end].contains(&b'\n');
        self.at += end;
    }

    fn skip_string(&mut self, quote: u8) {
        self.at += 1;
        while let Some(byte) = self.text.get(self.at).copied() {
            match byte {
                b'\n' => return,
                b'\\' => self.at += 2,
                _ => self.at += 1,
            }
            if byte == quote {
                return;
            }
        }
    }

    /// Goes on in the text of a template.
    fn template(&mut self) {
        while let Some(byte) = self.text.get(self.at).copied() {
            match byte {
                b'`' => {
                    self.at += 1;
                    return self.operand();
                }
                b'$' if self.peek(1) == b'{' => {
                    self.at += 2;
                    self.levels.push(Level { opener: b'$', ..Level::default() });
                    self.weight += BRACKET;
                    self.before = Before::Operator;
                    return;
                }
                b'\\' => self.at += 2,
                _ => self.at += 1,
            }
        }
    }

    /// Passes a regular expression, if one begins here.
    fn skip_expression(&mut self) -> bool {
        // The end of an element.
        if self.at > 0 && self.text[self.at - 1] == b'<' {
            return false;
        }
        let (mut at, mut in_class) = (self.at + 1, false);
        while let Some(byte) = self.text.get(at) {
            match byte {
                b'\n' | b'\r' => return false,
                b'\\' => at += 1,
                b'[' => in_class = true,
                b']' => in_class = false,
                b'/' if !in_class => {
                    self.at = at + 1;
                    return true;
                }
                _ => {}
            }
            at += 1;
        }
        false
    }
}

fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'$' | b'#' | b'@') || byte >= 0x80
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decorators_are_seen_where_they_are_code() {
        for (text, is_seen) in [
            ("@a class A {}", true),
            ("class A { @ (b) c() {} }", true),
            ("class A { accessor b = 1 }", true),
            ("`${@a class {}}`", true),
            ("a / 2; @b class A {} // /", true),
            ("'@a' + \"@b\" + `@c`", false),
            ("// @a\n/* @b accessor */", false),
            ("a = /@b/; b = /[/@]/", false),
            ("accessors.accessor2", false),
        ] {
            assert_eq!(check(text).map(|seen| seen.may_be_decorated), Ok(is_seen), "{text}");
        }
    }

    fn is_deep(text: &str) -> bool {
        check(text).is_err()
    }

    #[test]
    fn what_nests_is_refused() {
        for nested in [
            "(",
            "[",
            "{",
            "!",
            "- ",
            "!\n",
            "typeof ",
            "typeof\n",
            "a=>",
            "a\n=>",
            "if(a)",
            "if(a)\n",
            "a?b:",
            "a+",
            "a\n+",
            "else if(a){}",
            "else if(a)b;",
            "if(a)b;else ",
            "a<",
            "`${",
            "a(/)/,",
            "a(')',",
            "do ",
            "for(;;)",
            "for(;;)\n",
            "while(a)\n",
            "a:",
            "a:\n",
            ".b",
            "\n.b()",
            "new ",
            "async a=>",
        ] {
            let text = nested.repeat(30_000);
            assert!(is_deep(&text), "{nested:?}");
            assert!(!is_deep(&nested.repeat(500)), "{nested:?}");
        }
    }

    #[test]
    fn what_stands_side_by_side_is_not() {
        for statement in [
            "a.b(c);\n",
            "a.b(c)\n",
            "const a = b + c\n",
            "if (a) { b() } else { c() }\n",
            "if (a) b()\nelse c()\n",
            "function f(a) { return a + 1 }\n",
            "class A { b = 1; c() { return /[)/(]/ } }\n",
            "x = { a: 1, b: [2, 3] }\n",
            "type A = 'x' | 'y'\n",
            "interface A { b: string }\n",
            "// (((((((\n",
            "/* ((((((( */ a++\n",
            "a = '((((((' + \"[[[[\"\n",
            "a = `((((${b}((((`\n",
            "return <a b={c}>d</a>;\n",
        ] {
            let text = statement.repeat(30_000);
            assert!(!is_deep(&text), "{statement:?}");
        }
        assert!(!is_deep(&"a,".repeat(100_000)));
        assert!(!is_deep(&format!("x = [{}]", "{a:1},".repeat(100_000))));
    }

    #[test]
    fn anything_can_be_looked_at() {
        for text in
            ["", ")", "}}}", "`", "`${", "'\\", "/*", "/", "\u{1f600}`${\u{1f600}}", "a/b/c/(", "]}`${}`"]
        {
            assert!(!is_deep(text), "{text:?}");
        }
    }
}
