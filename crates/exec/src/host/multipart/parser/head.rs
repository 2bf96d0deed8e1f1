//! The headers of a part.

/// What the headers of a part say of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in super::super) struct Head {
    pub(in super::super) name: String,
    /// Files have one.
    pub(in super::super) filename: Option<String>,
    /// Of files without a header `text/plain`, of others nothing.
    pub(in super::super) content_type: String,
}

impl Head {
    /// Of `lines`, each of which ends with CRLF; `None` if that is no head of a part of a form.
    pub(super) fn parse(lines: &[u8]) -> Option<Self> {
        let mut disposition = None;
        let mut content_type = None;
        let mut rest = lines;
        while !rest.is_empty() {
            let length = memchr::memmem::find(rest, b"\r\n")?;
            let line = &rest[..length];
            rest = &rest[length + 2..];
            let colon = memchr::memchr(b':', line)?;
            let value = line[colon + 1..].trim_ascii();
            if line[..colon].eq_ignore_ascii_case(b"content-disposition") {
                if disposition.replace(form_data(value)?).is_some() {
                    return None;
                }
            } else if line[..colon].eq_ignore_ascii_case(b"content-type") {
                content_type = Some(String::from_utf8_lossy(value).into_owned());
            }
        }
        let (name, filename) = disposition?;
        let default = if filename.is_some() { "text/plain" } else { "" };
        Some(Self { name, filename, content_type: content_type.unwrap_or_else(|| default.into()) })
    }
}

/// The name and the file name in the value of a `Content-Disposition`.
fn form_data(value: &[u8]) -> Option<(String, Option<String>)> {
    let kind = value.get(..b"form-data".len())?;
    let mut rest = &value[kind.len()..];
    if !kind.eq_ignore_ascii_case(b"form-data") {
        return None;
    }
    let (mut name, mut filename) = (None, None);
    loop {
        rest = rest.trim_ascii_start();
        if rest.is_empty() {
            break;
        }
        rest = rest.strip_prefix(b";")?.trim_ascii_start();
        let equals = rest.iter().position(|byte| *byte == b'=')?;
        let key = rest[..equals].trim_ascii();
        let parameter;
        (parameter, rest) = parameter_value(rest[equals + 1..].trim_ascii_start())?;
        let target = if key.eq_ignore_ascii_case(b"name") {
            &mut name
        } else if key.eq_ignore_ascii_case(b"filename") {
            &mut filename
        } else {
            continue;
        };
        if target.replace(parameter).is_some() {
            return None;
        }
    }
    Some((name?, filename))
}

/// A quoted string or a token, and what follows it.
fn parameter_value(text: &[u8]) -> Option<(String, &[u8])> {
    if let Some(quoted) = text.strip_prefix(b"\"") {
        let end = quoted.iter().position(|byte| *byte == b'"')?;
        return Some((unescape(&quoted[..end]), &quoted[end + 1..]));
    }
    let end = text.iter().position(|byte| *byte == b';').unwrap_or(text.len());
    let token = text[..end].trim_ascii();
    (!token.is_empty()).then(|| (String::from_utf8_lossy(token).into_owned(), &text[end..]))
}

/// Undoes what the serializer does to line breaks and quotes, and nothing else.
fn unescape(name: &[u8]) -> String {
    let mut plain = Vec::with_capacity(name.len());
    let mut rest = name;
    while let [first, after @ ..] = rest {
        let (byte, length) = match rest {
            [b'%', b'0', b'A' | b'a', ..] => (b'\n', 3),
            [b'%', b'0', b'D' | b'd', ..] => (b'\r', 3),
            [b'%', b'2', b'2', ..] => (b'"', 3),
            _ => (*first, 1),
        };
        plain.push(byte);
        rest = &after[length - 1..];
    }
    String::from_utf8_lossy(&plain).into_owned()
}
