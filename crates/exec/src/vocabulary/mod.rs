//! What everybody speaks of: the public types, and the ids.

pub(crate) mod binding;
pub(crate) mod body;
pub(crate) mod built_in;
pub(crate) mod built_in_code;
pub(crate) mod call;
pub(crate) mod code_cache;
pub(crate) mod event;
pub(crate) mod location;
pub(crate) mod module;
pub(crate) mod operations;
pub(crate) mod parts;
pub(crate) mod request_id;
pub mod resources;
pub(crate) mod script;
pub(crate) mod source_maps;
pub(crate) mod status_text;
pub(crate) mod task_result;
pub(crate) mod termination;
pub(crate) mod worker_code;
