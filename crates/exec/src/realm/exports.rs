//! What a script without handlers has exported, for whoever wonders.

/// Handlers that a script may have.
const HANDLERS: [&str; 3] = ["fetch", "scheduled", "task"];

/// Edits that make another name of one that was meant.
const MAX_EDITS: usize = 2;

/// What a script exports. Names are the guest's own text.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Exports {
    default: Option<Default>,
    /// Other exports.
    named: Vec<String>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Default {
    /// With these members.
    Object(Vec<String>),
    /// Such as `a number (42)`.
    Other(String),
}

impl Exports {
    /// Reads the list that the bootstrap's `listExports` makes.
    pub(crate) fn parse(list: &str) -> Self {
        let mut lines = list.lines();
        let kind = lines.next().unwrap_or_default();
        let (mut named, mut members) = (Vec::new(), Vec::new());
        for line in lines {
            if let Some(name) = line.strip_prefix('+') {
                named.push(name.to_owned());
            } else if let Some(name) = line.strip_prefix('.') {
                members.push(name.to_owned());
            }
        }
        let default = match kind {
            "" => None,
            "object" => Some(Default::Object(members)),
            other => Some(Default::Other(other.to_owned())),
        };
        Self { default, named }
    }

    /// Why there are no handlers.
    pub(crate) fn explain(&self) -> String {
        let how = "export default { fetch } or call addEventListener('fetch', …)";
        match &self.default {
            Some(Default::Object(members)) if !members.is_empty() => {
                format!("the script has no handlers; found: {}", found(members))
            }
            Some(Default::Object(_)) => "the script has no handlers: its default export is empty".into(),
            Some(Default::Other(what)) => {
                format!(
                    "the script has no handlers: its default export is {what}, not an object with handlers"
                )
            }
            None if self.named.iter().any(|name| HANDLERS.contains(&name.as_str())) => format!(
                "the script has no handlers; found: the export {}, but handlers are members of the default export: {how}",
                self.named.join(", ")
            ),
            None if !self.named.is_empty() => {
                format!(
                    "the script has no handlers, and no default export; found: {}: {how}",
                    self.named.join(", ")
                )
            }
            None => format!("the script has no handlers: {how}"),
        }
    }
}

/// The members, and which of them may have been meant for a handler.
fn found(members: &[String]) -> String {
    let list = members.join(", ");
    if let Some(handler) = members.iter().find(|member| HANDLERS.contains(&member.as_str())) {
        return format!("{list}; {handler} is not a function");
    }
    let best = (members.iter())
        .flat_map(|member| HANDLERS.map(|handler| (edits(member, handler), handler)))
        .min_by_key(|(edits, _)| *edits);
    match best {
        Some((edits, handler)) if edits <= MAX_EDITS => format!("{list}; did you mean {handler}?"),
        _ => list,
    }
}

fn edits(name: &str, handler: &str) -> usize {
    strsim::damerau_levenshtein(&name.to_lowercase(), handler)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn explain(list: &str) -> String {
        Exports::parse(list).explain()
    }

    #[test]
    fn a_handler_that_was_meant_is_suggested() {
        let of = |members: &str| explain(&format!("object{members}"));
        assert_eq!(of("\n.fecth"), "the script has no handlers; found: fecth; did you mean fetch?");
        assert_eq!(
            of("\n.a\n.Schedule"),
            "the script has no handlers; found: a, Schedule; did you mean scheduled?"
        );
        assert_eq!(of("\n.routes"), "the script has no handlers; found: routes");
        assert_eq!(of("\n.fetch"), "the script has no handlers; found: fetch; fetch is not a function");
        assert!(of("").contains("empty"));
    }

    #[test]
    fn other_exports_are_told() {
        assert!(explain("\n+fetch").contains("found: the export fetch, but handlers are members"));
        assert!(explain("\n+a\n+b").contains("no default export; found: a, b"));
        assert!(explain("a number (42)\n+x").contains("is a number (42), not an object"));
        assert!(explain("").starts_with("the script has no handlers: export default"));
    }
}
