//! `cargo xtask layers`: the layering of DESIGN as `cargo tree` sees it.
//!
//! ```text
//! runner ──► exec ──► isolate ──► v8
//!    └─────► pool-core
//! benches ──► all crates          xtask ──► none
//! ```
//!
//! And what the features of `runner` bring along: without any it is the pool alone. Within a crate, the rooms: see
//! `rooms.rs`.

mod rooms;

use std::collections::BTreeSet;

use crate::cargo;
use crate::failure::{Failure, Result};
use crate::output;

/// What one member of the workspace may depend on.
struct Layer {
    name: &'static str,
    /// Other members that it may name in its manifest.
    members: &'static [&'static str],
    /// Packages that must not be found anywhere below it.
    never: &'static [&'static str],
}

const HTTP: &str = "hyper";
const V8: &str = "v8";

/// The members that may name an HTTP implementation: the server, and the clients that measure it.
const SPEAK_HTTP: [&str; 2] = ["runner", "benches"];

const LAYERS: [Layer; 7] = [
    Layer { name: "pool-core", members: &[], never: &[V8, HTTP] },
    Layer { name: "isolate", members: &[], never: &[HTTP] },
    Layer { name: "exec", members: &["isolate"], never: &[HTTP] },
    Layer { name: "runner", members: &["exec", "isolate", "pool-core"], never: &[] },
    Layer { name: "benches", members: &["exec", "isolate", "pool-core", "runner"], never: &[] },
    Layer { name: "examples", members: &["isolate", "pool-core", "runner"], never: &[] },
    Layer { name: "xtask", members: &[], never: &[V8, HTTP, "tokio"] },
];

/// What a part of `runner`, built with one of its features only, must not bring along.
struct Part {
    features: &'static str,
    never: &'static [&'static str],
}

const RUNNER: &str = "runner";

const PARTS: [Part; 6] = [
    Part {
        features: "",
        never: &[
            HTTP,
            "clap",
            "hyper-util",
            "oxc_parser",
            "rustls",
            "tikv-jemallocator",
            "tokio-rustls",
            "tracing-subscriber",
            "webpki-roots",
        ],
    },
    Part {
        features: "server",
        never: &["clap", "oxc_parser", "rustls", "tikv-jemallocator", "tracing-subscriber"],
    },
    Part {
        features: "tls",
        never: &["clap", "oxc_parser", "tikv-jemallocator", "tracing-subscriber", "webpki-roots"],
    },
    Part { features: "fetch", never: &["clap", "oxc_parser", "tikv-jemallocator", "tracing-subscriber"] },
    Part { features: "loader", never: &["clap", "rustls", "tikv-jemallocator", "tracing-subscriber"] },
    Part {
        features: "tower",
        never: &[HTTP, "clap", "oxc_parser", "rustls", "tikv-jemallocator", "tracing-subscriber"],
    },
];

pub(crate) fn run() -> Result {
    let mut broken = rooms::violations()?;
    broken.extend(unknown_members()?);
    for part in &PARTS {
        broken.extend(part.violations(&part.packages(&["--edges", "normal,build"])?));
    }
    for layer in &LAYERS {
        let direct = packages(&["--edges", "normal,build,dev", "--depth", "1", "--package", layer.name])?;
        let below = packages(&["--edges", "normal,build", "--package", layer.name])?;
        broken.extend(layer.violations(&direct, &below));
    }
    if !broken.is_empty() {
        return Err(Failure::new(broken.join("\nerror: ")));
    }
    output::line(format_args!("{} layers, no dependency across them", LAYERS.len()));
    Ok(())
}

/// `cargo xtask ci`: the parts of `runner`, each without the others, compile without a warning. What they depend on has
/// been checked already, except for the few crates that have fewer features there.
pub(crate) fn check_parts() -> Result {
    for features in PARTS.iter().map(|part| part.features) {
        let features = ["--no-default-features", "--features", features];
        let check = ["clippy", "--locked", "--lib", "--package", RUNNER];
        let deny = ["--", "--deny", "warnings"];
        cargo::run(&mut cargo::cargo(check.into_iter().chain(features).chain(deny)))?;
    }
    Ok(())
}

impl Part {
    fn packages(&self, arguments: &[&str]) -> Result<BTreeSet<String>> {
        let part = ["--package", RUNNER, "--no-default-features", "--features", self.features];
        packages(&[&part, arguments].concat())
    }

    fn violations(&self, below: &BTreeSet<String>) -> Vec<String> {
        let present = self.never.iter().filter(|package| below.contains(**package));
        present
            .map(|package| {
                let features = self.features;
                format!("{RUNNER} with the features \"{features}\" must not depend on {package}")
            })
            .collect()
    }
}

impl Layer {
    fn violations(&self, direct: &BTreeSet<String>, below: &BTreeSet<String>) -> Vec<String> {
        let mut broken = Vec::new();
        for member in LAYERS.iter().map(|layer| layer.name).filter(|name| *name != self.name) {
            if direct.contains(member) && !self.members.contains(&member) {
                broken.push(format!("{} must not depend on {member}", self.name));
            }
        }
        if !SPEAK_HTTP.contains(&self.name) && direct.contains(HTTP) {
            broken.push(format!(
                "{} must not name {HTTP}: only {} speak HTTP",
                self.name,
                SPEAK_HTTP.join(" and ")
            ));
        }
        for package in self.never.iter().filter(|package| below.contains(**package)) {
            broken.push(format!(
                "{} must not depend on {package}, however indirectly (`cargo tree -p {0} -i {package}` shows the way)",
                self.name
            ));
        }
        broken
    }
}

/// A member that the table above does not know would be checked by nobody.
fn unknown_members() -> Result<Vec<String>> {
    let members = packages(&["--workspace", "--depth", "0"])?;
    let known = |member: &String| LAYERS.iter().any(|layer| layer.name == member);
    Ok(members
        .into_iter()
        .filter(|member| !known(member))
        .map(|member| format!("{member} is in the workspace and has no layer in xtask/src/layers.rs"))
        .collect())
}

/// The names of the packages that `cargo tree` lists.
fn packages(arguments: &[&str]) -> Result<BTreeSet<String>> {
    let tree = ["tree", "--locked", "--prefix", "none", "--format", "{p}"];
    let listing = cargo::read(&mut cargo::cargo(tree.iter().chain(arguments)))?;
    Ok(listing.lines().filter_map(|line| line.split_whitespace().next()).map(str::to_owned).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(names: &[&str]) -> BTreeSet<String> {
        names.iter().map(|name| (*name).to_owned()).collect()
    }

    fn layer(name: &str) -> &'static Layer {
        LAYERS.iter().find(|layer| layer.name == name).unwrap()
    }

    #[test]
    fn allowed_dependencies_pass() {
        let direct = set(&["runner", "exec", "isolate", "pool-core", "hyper"]);
        assert!(layer("runner").violations(&direct, &set(&["v8", "hyper"])).is_empty());
    }

    #[test]
    fn a_part_that_brings_along_another_is_told() {
        let bare = &PARTS[0];
        assert!(bare.violations(&set(&["runner", "exec", "http"])).is_empty());
        assert_eq!(bare.violations(&set(&["runner", "hyper", "clap"])).len(), 2);
    }

    #[test]
    fn every_kind_of_violation_is_told() {
        let broken =
            layer("exec").violations(&set(&["exec", "isolate", "pool-core", "hyper"]), &set(&["hyper"]));
        assert_eq!(broken.len(), 3, "{broken:?}");
        assert_eq!(layer("pool-core").violations(&set(&["pool-core"]), &set(&["v8"])).len(), 1);
        assert_eq!(layer("xtask").violations(&set(&["xtask", "isolate"]), &set(&[])).len(), 1);
    }
}
