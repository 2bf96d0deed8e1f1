//! `runner ctl deploy`: a worker with all that it imports, as the server takes it.
//!
//! It is loaded here, where its packages are: TypeScript is compiled and imports are followed. One script goes in a document in
//! JSON, which any server takes; what has several modules or a source map goes as a pack.

use std::path::PathBuf;

use http::Method;
use runner::admin::PACK_TYPE;
use runner::loader::{self, is_pack};
use runner::workers::{self, Route};
use serde_json::{Value, json};
use url::form_urlencoded::Serializer;

use super::super::pack;
use super::{Asked, CtlError};

/// What is deployed.
pub(super) struct Deployment {
    pub(super) path: PathBuf,
    pub(super) version: Option<String>,
    pub(super) weight: u32,
    pub(super) routes: Vec<Route>,
    pub(super) crons: Vec<String>,
    pub(super) settings: Vec<(String, Value)>,
}

impl Deployment {
    /// The request for the worker at this path of the admin listener. Blocks while files are read.
    pub(super) fn request(self, worker: String) -> Result<Asked, CtlError> {
        let main = pack::find_main(&self.path).ok_or_else(|| CtlError::NoMain(self.path.clone()))?;
        let source = workers::read_source(&main)?;
        if let Some(error) = source.error() {
            return Err(CtlError::Source(Box::new(error.clone())));
        }
        let code = source.code();
        let file = match is_pack(&main) {
            true => None,
            false => main.file_name().map(|name| name.to_string_lossy().into_owned()),
        };
        if code.modules().len() == 1 && code.main().map().is_none() && !is_pack(&main) {
            let document = self.document(source.text(), file);
            return Ok(Asked::json(Method::PUT, worker, document.to_string()));
        }
        let packed = loader::pack(code);
        let body = packed.map_err(|error| CtlError::Pack { path: main, error })?.into();
        let path = format!("{worker}?{}", self.query(file));
        Ok(Asked { method: Method::PUT, path, kind: PACK_TYPE, body })
    }

    fn document(self, script: &str, file: Option<String>) -> Value {
        let mut document = json!({ "script": script, "file": file, "weight": self.weight });
        if let Some(version) = self.version {
            document["version"] = json!(version);
        }
        if !self.routes.is_empty() {
            document["routes"] = self.routes.iter().map(Route::to_string).collect();
        }
        if !self.crons.is_empty() {
            document["crons"] = json!(self.crons);
        }
        if !self.settings.is_empty() {
            document["settings"] = Value::Object(self.settings.into_iter().collect());
        }
        document
    }

    /// The same without the script.
    fn query(self, file: Option<String>) -> String {
        let mut query = Serializer::new(String::new());
        query.append_pair("weight", &self.weight.to_string());
        for (name, value) in [("file", file), ("version", self.version)] {
            if let Some(value) = value {
                query.append_pair(name, &value);
            }
        }
        query.extend_pairs(self.routes.iter().map(|route| ("route", route.to_string())));
        query.extend_pairs(self.crons.iter().map(|cron| ("cron", cron)));
        if !self.settings.is_empty() {
            let settings = Value::Object(self.settings.into_iter().collect());
            query.append_pair("settings", &settings.to_string());
        }
        query.finish()
    }
}
