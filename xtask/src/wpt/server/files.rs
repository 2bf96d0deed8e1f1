//! Files of the checkout, with the headers that stand beside them and the pipes of their URLs.

use std::fs;
use std::path::Component;
use std::path::Path;

use super::message::{Content, Request, Response, decode};
use super::{Ports, Shared};

pub(super) fn answer(request: &Request, shared: &Shared) -> Response {
    let path = inside(&request.path);
    let Some(bytes) = read(&shared.root, &path) else { return Shared::not_found(request) };
    if path.ends_with(".asis") {
        return Response { content: Content::Raw(bytes), ..Response::new(200) };
    }
    let mut response = Response::new(200);
    let mut has_type = false;
    for (name, value) in headers(request, shared, &path) {
        has_type |= name.eq_ignore_ascii_case("content-type");
        response = response.header(name, value);
    }
    if !has_type {
        response = response.header("Content-Type", media_type(&path));
    }
    let mut bytes = bytes;
    if path.contains(".sub.") {
        bytes = substitute(&bytes, request, shared.ports);
    }
    for (pipe, arguments) in pipes(request.parameter("pipe").unwrap_or_default()) {
        match (pipe.as_str(), arguments.as_slice()) {
            ("header", [name, value]) => response = response.set(name, value.as_str()),
            ("header", [name, value, ..]) => response = response.header(name.as_str(), value.as_str()),
            ("status", [status]) => response.status = status.parse().unwrap_or(200),
            ("sub", _) => bytes = substitute(&bytes, request, shared.ports),
            _ => {}
        }
    }
    response.content(bytes)
}

/// Without what leads out of the checkout.
fn inside(path: &str) -> String {
    let parts = Path::new(path).components().filter_map(|part| match part {
        Component::Normal(part) => part.to_str(),
        _ => None,
    });
    parts.collect::<Vec<_>>().join("/")
}

/// A file; for the URL of a test, the test.
fn read(root: &Path, path: &str) -> Option<Vec<u8>> {
    let file = root.join(path);
    let test = path.strip_suffix(".any.worker.js").map(|path| root.join(format!("{path}.any.js")));
    fs::read(file).ok().or_else(|| fs::read(test?).ok())
}

/// Those in `__dir__.headers` and `NAME.headers`, a line for each.
fn headers(request: &Request, shared: &Shared, path: &str) -> Vec<(String, String)> {
    let directory = path.rsplit_once('/').map_or("", |(directory, _)| directory);
    let mut headers = Vec::new();
    for file in [format!("{directory}/__dir__.headers"), format!("{path}.headers")] {
        let Ok(bytes) = fs::read(shared.root.join(file.trim_start_matches('/'))) else { continue };
        for line in decode(&bytes).lines() {
            if let Some((name, value)) = line.split_once(':') {
                headers.push((name.trim().to_owned(), value.trim().to_owned()));
            }
        }
    }
    let file = format!("{path}.sub.headers");
    if let Ok(bytes) = fs::read(shared.root.join(file)) {
        for line in decode(&substitute(&bytes, request, shared.ports)).lines() {
            if let Some((name, value)) = line.split_once(':') {
                headers.push((name.trim().to_owned(), value.trim().to_owned()));
            }
        }
    }
    headers
}

fn media_type(path: &str) -> &'static str {
    match path.rsplit('.').next().unwrap_or_default() {
        "css" => "text/css",
        "gif" => "image/gif",
        "htm" | "html" => "text/html",
        "js" | "mjs" => "text/javascript",
        "json" => "application/json",
        "png" => "image/png",
        "svg" => "image/svg+xml",
        "idl" | "txt" => "text/plain",
        "wasm" => "application/wasm",
        "xhtml" => "application/xhtml+xml",
        "xml" => "text/xml",
        _ => "application/octet-stream",
    }
}

/// `header(A,b)|status(201)`: a backslash takes away the meaning of what follows.
fn pipes(text: &str) -> Vec<(String, Vec<String>)> {
    let mut pipes = Vec::new();
    let (mut name, mut arguments, mut part) = (String::new(), Vec::new(), String::new());
    let mut is_inside = false;
    let mut characters = text.chars();
    while let Some(character) = characters.next() {
        match character {
            '\\' => part.extend(characters.next()),
            '(' if !is_inside => {
                name = std::mem::take(&mut part);
                is_inside = true;
            }
            ',' if is_inside => arguments.push(std::mem::take(&mut part)),
            ')' if is_inside => {
                arguments.push(std::mem::take(&mut part));
                pipes.push((std::mem::take(&mut name), std::mem::take(&mut arguments)));
                is_inside = false;
            }
            '|' if !is_inside => {
                if !part.is_empty() {
                    pipes.push((std::mem::take(&mut part), Vec::new()));
                }
            }
            _ => part.push(character),
        }
    }
    if !part.is_empty() && !is_inside {
        pipes.push((part, Vec::new()));
    }
    pipes
}

fn substitute(bytes: &[u8], request: &Request, ports: Ports) -> Vec<u8> {
    let Ok(text) = std::str::from_utf8(bytes) else { return bytes.to_vec() };
    let parts: Vec<_> = request.query.iter().map(|(name, value)| format!("{name}={value}")).collect();
    template(text, ports, &parts.join("&")).into_bytes()
}

/// Replaces `{{host}}`, `{{ports[http][0]}}` and the like; `query` is that of the URL, its escapes undone.
pub(in super::super) fn template(text: &str, ports: Ports, query: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("{{") {
        let Some((name, tail)) = after.split_once("}}") else { break };
        out.push_str(before);
        match value(name.trim(), ports, query) {
            Some(value) => out.push_str(&value),
            None => out.push_str(&format!("{{{{{name}}}}}")),
        }
        rest = tail;
    }
    out.push_str(rest);
    out
}

fn value(name: &str, ports: Ports, query: &str) -> Option<String> {
    let keys: Vec<_> = name.split(['[', ']']).filter(|key| !key.is_empty()).collect();
    Some(match keys.as_slice() {
        ["host"] | ["domains", ..] => Ports::HOST.to_owned(),
        ["hosts", "alt", ..] => Ports::OTHER_HOST.to_owned(),
        ["hosts", ..] => Ports::HOST.to_owned(),
        ["ports", _, "1"] => ports.second.to_string(),
        ["ports", ..] => ports.first.to_string(),
        ["GET", key] => {
            let mut pairs = query.split('&').filter_map(|pair| pair.split_once('='));
            pairs.find(|(name, _)| name == key).map_or_else(String::new, |(_, value)| value.to_owned())
        }
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pipes_are_taken_apart() {
        let expected =
            [("header".to_owned(), vec!["A".to_owned(), "b,c".to_owned()]), ("sub".to_owned(), vec![])];
        assert_eq!(pipes("header(A,b\\,c)|sub"), expected);
    }

    #[test]
    fn what_is_no_name_stays() {
        let ports = Ports { first: 1, second: 2 };
        assert_eq!(template("{{host}} {{x}} {{", ports, ""), "localhost {{x}} {{");
    }
}
