//! The rooms of a crate: they stand on each other, and code names what is in rooms below its own.
//!
//! What code names is read from its tokens: paths that begin with `crate`, or that leave their room by `super`, in code,
//! macros and tests alike. `lib.rs` is the roof: it may name everything, and nobody may name what it re-exports, since
//! that says nothing of where it is.

mod paths;

use crate::failure::{Failure, Result};
use crate::tree::Tree;
use paths::Named;

/// A crate with rooms.
struct House {
    source: &'static str,
    /// From the ground up: modules of the crate, with all that is in them. One that is in a room and has a line of its own
    /// is a room by itself.
    rooms: &'static [&'static str],
}

const ROOF: &str = "lib.rs";

const HOUSES: [House; 2] = [EXEC, ISOLATE];

const EXEC: House = House {
    source: "crates/exec/src",
    rooms: &[
        "budget",
        "codings",
        "vocabulary",
        "cache",
        "compute",
        "crypto",
        "request",
        "isolate_state",
        "exception",
        "host",
        "bootstrap",
        "realm",
        "execution_context",
    ],
};

const ISOLATE: House = House {
    source: "crates/isolate/src",
    rooms: &[
        "sync",
        "teller",
        "limits",
        "isolate_id",
        "memory",
        "native",
        "platform",
        "isolates",
        // The way into an isolate that only unsafe code has.
        "native/shared_isolate",
        "native/buffers/tests",
        "native/finished_code/tests",
        "native/idle_caches/tests",
        "native/shared_text/tests",
        "turns",
        "threads",
    ],
};

/// What names something above it.
pub(super) fn violations() -> Result<Vec<String>> {
    let tree = Tree::read()?;
    let mut broken = Vec::new();
    for house in &HOUSES {
        for file in tree.below(house.source).filter(|file| file.ends_with(".rs") && *file != ROOF) {
            let path = format!("{}/{file}", house.source);
            let text = tree.text(&path)?;
            let named = paths::named(&text, file).map_err(|what| Failure::new(format!("{path}: {what}")))?;
            broken.extend(house.violations(file, &named));
        }
    }
    Ok(broken)
}

impl House {
    fn violations(&self, file: &str, named: &[Named]) -> Vec<String> {
        let module = file.trim_end_matches(".rs").trim_end_matches("/mod");
        let source = self.source;
        let Some(own) = self.floor(module) else {
            return vec![format!("{source}/{file} is in no room: see xtask/src/layers/rooms.rs")];
        };
        let mut broken = Vec::new();
        for Named { line, path } in named {
            let code = path.join("::");
            match self.floor(&path.join("/")) {
                Some(floor) if floor <= own => {}
                Some(floor) => broken.push(format!(
                    "{source}/{file}:{line}: {} must not name {}, which is above it: {code}",
                    self.rooms[own], self.rooms[floor]
                )),
                None => broken.push(format!(
                    "{source}/{file}:{line}: {} must not name what is in no room: {code}",
                    self.rooms[own]
                )),
            }
        }
        broken
    }

    /// The room that a path leads into: the longest that is a part of it.
    fn floor(&self, path: &str) -> Option<usize> {
        let is_in =
            |room: &str| path.strip_prefix(room).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
        let rooms = self.rooms.iter().enumerate().filter(|(_, room)| is_in(room));
        rooms.max_by_key(|(_, room)| room.len()).map(|(floor, _)| floor)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUSE: House = House { source: "c/src", rooms: &["ground", "first", "second", "ground/loft"] };

    fn violations(file: &str, text: &str) -> Vec<String> {
        HOUSE.violations(file, &paths::named(text, file).unwrap())
    }

    #[test]
    fn what_is_below_may_be_named() {
        let text = "use crate::ground::{A, b::B};\nuse crate::first::x;\nfn f() { crate::ground::loft() }";
        assert!(violations("second/a.rs", text).len() == 1, "the loft is above");
        assert!(violations("ground/loft.rs", "use crate::second::X; use crate::ground::Y;").is_empty());
        assert!(violations("first/mod.rs", "use super::ground::A; use crate::first::a; mod a;").is_empty());
    }

    #[test]
    fn what_is_above_may_not() {
        let text = "//! crate::second::X\nuse crate::{\n    ground::A,\n    second::B,\n};\n";
        let expected = "c/src/first/a.rs:4: first must not name second, which is above it: second::B";
        assert_eq!(violations("first/a.rs", text), [expected]);
        assert_eq!(violations("first.rs", "mod tests { use super::super::second::B; }").len(), 1);
        assert_eq!(
            violations("ground.rs", "macro_rules! m { () => { format!(\"{}\", crate::first::X) } }").len(),
            1
        );
    }

    #[test]
    fn everything_is_in_a_room() {
        assert_eq!(
            violations("attic.rs", ""),
            ["c/src/attic.rs is in no room: see xtask/src/layers/rooms.rs"]
        );
        let expected = "c/src/first.rs:1: first must not name what is in no room: Thing";
        assert_eq!(violations("first.rs", "use crate::Thing;"), [expected]);
    }
}
