//! What a server serves, as files: the same workers for all of them, and what each needs beside.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::peers;
use crate::cargo;
use crate::failure::{During, Failure, Result};

/// The workers of a row.
#[derive(Clone, Debug)]
pub(super) enum Site {
    /// One, at `/`.
    One(String),
    /// So many, each at `/wNUMBER/`, where it answers `worker NUMBER`.
    Many(usize),
}

const NUMBERED: &str = include_str!("http/workers/numbered.js");
const ROUTER: &str = include_str!("http/workers/router.js");
const REACT: &str = "xtask/src/bench/http/workers/react.jsx";

impl Site {
    /// Writes all files into a directory, from which what was there is removed.
    pub(super) fn write(&self, directory: &Path) -> Result {
        if directory.exists() {
            fs::remove_dir_all(directory).during(directory.display())?;
        }
        let write = |name: &str, text: &str| {
            let file = directory.join(name);
            fs::write(&file, text).during(file.display())
        };
        fs::create_dir_all(directory.join("workers")).during(directory.display())?;
        write("package.json", r#"{ "type": "module" }"#)?;
        write("node.mjs", include_str!("adapters/node.mjs"))?;
        write("bun.mjs", include_str!("adapters/bun.mjs"))?;
        write("workerd.capnp", &self.workerd())?;
        match self {
            Self::One(text) => write("worker.js", text),
            Self::Many(count) => {
                write("router.js", ROUTER)?;
                (0..*count).try_for_each(|number| {
                    let text = NUMBERED.replace("NUMBER", &number.to_string());
                    write(&format!("workers/w{number}.js"), &text)
                })
            }
        }
    }

    /// The configuration of workerd. Behind a socket it has one worker; of many, that is one which hands on requests.
    fn workerd(&self) -> String {
        let worker = |name: &str, file: &str, bindings: &str| {
            format!(
                "const {name} :Workerd.Worker = (\n  modules = [(name = \"{file}\", esModule = embed \"{file}\")],\n  \
                 compatibilityDate = \"2026-01-01\",\n{bindings});\n"
            )
        };
        let service = |name: &str| format!("    (name = \"{name}\", worker = .{name}),\n");
        let names: Vec<_> = match self {
            Self::One(_) => Vec::new(),
            Self::Many(count) => (0..*count).map(|number| format!("w{number}")).collect(),
        };
        let main = if names.is_empty() {
            worker("main", "worker.js", "")
        } else {
            let binding = |name: &String| format!("    (name = \"{name}\", service = \"{name}\"),\n");
            let bindings: String = names.iter().map(binding).collect();
            worker("main", "router.js", &format!("  bindings = [\n{bindings}  ],\n"))
        };
        let services: String = names.iter().map(|name| service(name)).collect();
        let others: String =
            names.iter().map(|name| worker(name, &format!("workers/{name}.js"), "")).collect();
        // The address is given on the command line.
        format!(
            "using Workerd = import \"/workerd/workerd.capnp\";\n\nconst config :Workerd.Config = (\n  services = [\n\
             {}{services}  ],\n  sockets = [(name = \"http\", http = (), service = \"main\")],\n);\n\n{main}{others}",
            service("main")
        )
    }
}

/// The worker that renders with React, as one module: React and esbuild are npm packages in `peers`.
pub(super) fn react(peers: &Path) -> Result<Site> {
    for name in ["react", "react-dom", "esbuild"] {
        peers::package(peers, name)?;
    }
    let modules = peers.join("node_modules");
    let mut esbuild = Command::new(modules.join(".bin/esbuild"));
    // Packages are looked for beside the source, which is not where they are.
    esbuild.current_dir(cargo::root()).env("NODE_PATH", &modules).stdin(Stdio::null());
    esbuild.arg(REACT).args(["--bundle", "--format=esm", "--jsx=automatic", "--log-level=error"]);
    esbuild.arg("--define:process.env.NODE_ENV=\"production\"");
    let bundle = cargo::read(&mut esbuild)?;
    if bundle.is_empty() { Err(Failure::new("esbuild has written nothing")) } else { Ok(Site::One(bundle)) }
}

/// What a server of this directory is told to serve.
pub(super) struct Paths {
    pub(super) worker: PathBuf,
    pub(super) workers: PathBuf,
    pub(super) workerd: PathBuf,
    pub(super) node: PathBuf,
    pub(super) bun: PathBuf,
}

impl Paths {
    pub(super) fn of(directory: &Path) -> Self {
        Self {
            worker: directory.join("worker.js"),
            workers: directory.join("workers"),
            workerd: directory.join("workerd.capnp"),
            node: directory.join("node.mjs"),
            bun: directory.join("bun.mjs"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn workerd_has_a_service_for_each_worker() {
        let one = Site::One(String::new()).workerd();
        assert_eq!(one.matches(":Workerd.Worker").count(), 1);
        assert!(one.contains("embed \"worker.js\"") && !one.contains("bindings"));
        let many = Site::Many(3).workerd();
        assert_eq!(many.matches(":Workerd.Worker").count(), 4);
        assert_eq!(many.matches("service = \"w").count(), 3);
        assert!(many.contains("(name = \"w2\", worker = .w2)") && many.contains("embed \"workers/w2.js\""));
    }
}
