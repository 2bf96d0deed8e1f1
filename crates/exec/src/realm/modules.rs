//! The modules of a worker's code in a context.
//!
//! All of the code is in memory and what each specifier means has been decided, so nothing here waits for anything: a
//! module is compiled with all that it imports, linked, and evaluated, in the turn that asks for it. That is the
//! evaluation of the script for whatever the main module imports. `import()` does the same in a request, at its expense; it
//! begins in a microtask of its own, since V8 cannot evaluate a module that is being evaluated.
//!
//! * `graph.rs`: compiling a module and all that it imports; what an import means.
//! * `compile.rs`: one module, of each kind.
//! * `callbacks.rs`: what V8 asks for: imports while it links, exports of modules that are not JavaScript, `import.meta`.
//! * `built_in.rs`: modules that every worker may import.
//! * `common_js.rs`: `require`.
//! * `dynamic.rs`: `import()`.

mod built_in;
pub(crate) mod callbacks;
mod common_js;
pub(crate) mod compile;
mod dynamic;
pub(crate) mod failure;
mod functions;
pub(crate) mod graph;
