//! `runner check --graph`: the modules of workers.

use std::collections::BTreeMap;
use std::fmt::Write;

use exec::{ModuleKind, WorkerCode};
use runner::workers::WorkerDefinition;
use serde::Serialize;

/// A module of a worker.
#[derive(Debug, Serialize)]
pub(super) struct GraphModule {
    name: String,
    kind: &'static str,
    /// Of what runs.
    bytes: usize,
    imported_by: Vec<String>,
}

/// All modules of a worker, the main module first.
#[derive(Debug, Serialize)]
pub(super) struct Graph {
    worker: String,
    modules: Vec<GraphModule>,
}

impl Graph {
    /// `None` for one that could not be loaded.
    pub(super) fn of(definition: &WorkerDefinition) -> Option<Self> {
        if definition.source.error().is_some() {
            return None;
        }
        let code = definition.source.code();
        let main = code.main().name();
        let mut importers = importers(code);
        let mut modules: Vec<_> = code
            .modules()
            .iter()
            .map(|module| GraphModule {
                name: module.name().to_owned(),
                kind: name_of(module.kind()),
                bytes: module.source().as_bytes().len(),
                imported_by: importers.remove(module.name()).unwrap_or_default(),
            })
            .collect();
        modules.sort_by_key(|module| module.name != main);
        Some(Self { worker: definition.id.to_string(), modules })
    }

    /// A line for each module, with those that import it below.
    pub(super) fn text(&self) -> String {
        let bytes: usize = self.modules.iter().map(|module| module.bytes).sum();
        let count = self.modules.len();
        let mut text =
            format!("{}: {count} module{}, {bytes} bytes\n", self.worker, if count == 1 { "" } else { "s" });
        for GraphModule { name, kind, bytes, imported_by } in &self.modules {
            // Names of files are anything.
            let name = name.escape_debug();
            let by = match imported_by.as_slice() {
                [] => String::new(),
                by => format!("  from {}", by.join(", ").escape_debug()),
            };
            // Nothing can go wrong in memory.
            let _ = writeln!(text, "  {name}  {kind}  {bytes}{by}");
        }
        text
    }
}

/// Who imports each module.
fn importers(code: &WorkerCode) -> BTreeMap<&str, Vec<String>> {
    let mut importers: BTreeMap<_, Vec<_>> = BTreeMap::new();
    for module in code.modules() {
        for (_, name) in module.imports() {
            let by = importers.entry(name).or_default();
            if by.last().is_none_or(|last| last != module.name()) {
                by.push(module.name().to_owned());
            }
        }
    }
    importers
}

fn name_of(kind: ModuleKind) -> &'static str {
    match kind {
        ModuleKind::Esm => "esm",
        ModuleKind::Detected => "main",
        ModuleKind::CommonJs => "commonjs",
        ModuleKind::Json => "json",
        ModuleKind::Text => "text",
        ModuleKind::Bytes => "bytes",
        ModuleKind::Wasm => "wasm",
        _ => "other",
    }
}
