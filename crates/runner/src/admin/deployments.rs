//! What is deployed, as JSON, and changes of it.

use http::StatusCode;
use serde::Deserialize;
use serde_json::{Value, json};

use super::answer::{Answer, Refusal, of_json};
use crate::workers::{Route, WorkerDefinition, WorkerName, WorkerSource, WorkerStatus, Workers};

/// All requests, in percent.
const WHOLE: u32 = 100;

pub(super) fn list(workers: &Workers) -> Answer {
    let all: Vec<_> = workers.list().iter().map(status).collect();
    of_json(StatusCode::OK, &json!({ "workers": all }))
}

pub(super) fn show(workers: &Workers, id: &str) -> Result<Answer, Refusal> {
    find(workers, id)
        .map(|worker| of_json(StatusCode::OK, &status(&worker)))
        .ok_or_else(|| Refusal::NoWorker(id.to_owned()))
}

pub(super) fn remove(workers: &Workers, id: &str) -> Result<Answer, Refusal> {
    if !workers.remove(id) {
        return Err(Refusal::NoWorker(id.to_owned()));
    }
    tracing::info!(worker = id, "removed by the admin listener");
    Ok(of_json(StatusCode::OK, &json!({ "id": id, "removed": true })))
}

/// A script for a worker: its next version, which is what the current one is but for the script and the routes that the
/// query names; or a new worker, which without such routes is mounted as a file of a directory would be.
pub(super) fn put(
    workers: &Workers,
    id: &str,
    query: Option<&str>,
    script: &str,
) -> Result<impl Future<Output = Result<Answer, Refusal>> + use<>, Refusal> {
    let Wanted { version, weight, routes } = Wanted::read(query.unwrap_or_default())?;
    let name = WorkerName::new(id)?;
    let current = find(workers, id).and_then(|worker| worker.versions.into_iter().next());
    let mut definition = match current {
        Some(current) => {
            let path = current.definition.source.path.clone();
            WorkerDefinition {
                source: WorkerSource::new(path, script),
                ..WorkerDefinition::clone(&current.definition)
            }
        }
        None => {
            let route = Route::of_name(&name)?;
            let file = if name == WorkerName::root() { "index.js".to_owned() } else { format!("{id}.js") };
            WorkerDefinition::new(name, WorkerSource::new(file, script)).with_route(route)
        }
    };
    definition.version = version;
    if !routes.is_empty() {
        definition.routes = routes;
    }
    let workers = workers.clone();
    Ok(async move {
        let deployed = workers.deploy_with_weight(definition, weight).await?;
        let (id, version, new_version) = (deployed.id.as_str(), &deployed.version, deployed.new_version);
        tracing::info!(worker = id, version, weight, new_version, "deployed by the admin listener");
        let status = if new_version { StatusCode::CREATED } else { StatusCode::OK };
        Ok(of_json(status, &json!({ "id": id, "version": version, "new_version": new_version })))
    })
}

pub(super) fn rollback(workers: &Workers, id: &str) -> impl Future<Output = Result<Answer, Refusal>> + use<> {
    let (workers, id) = (workers.clone(), id.to_owned());
    async move {
        workers.rollback(&id).await?;
        tracing::info!(worker = id, "rolled back by the admin listener");
        show(&workers, &id)
    }
}

pub(super) fn weigh(
    workers: &Workers,
    id: &str,
    version: &str,
    body: &str,
) -> Result<impl Future<Output = Result<Answer, Refusal>> + use<>, Refusal> {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Share {
        weight: u32,
    }
    let Share { weight } = serde_json::from_str(body)
        .map_err(|error| Refusal::BadRequest(format!("expected {{\"weight\": PERCENT}}: {error}")))?;
    let (workers, id, version) = (workers.clone(), id.to_owned(), version.to_owned());
    Ok(async move {
        workers.set_weight(&id, &version, weight).await?;
        tracing::info!(worker = id, version, weight, "weighed by the admin listener");
        show(&workers, &id)
    })
}

/// What the query of a PUT asks for.
#[derive(Debug, PartialEq, Eq)]
struct Wanted {
    version: Option<String>,
    weight: u32,
    routes: Vec<Route>,
}

impl Wanted {
    fn read(query: &str) -> Result<Self, Refusal> {
        let mut wanted = Self { version: None, weight: WHOLE, routes: Vec::new() };
        for (key, value) in url::form_urlencoded::parse(query.as_bytes()) {
            match &*key {
                "version" if !value.is_empty() => wanted.version = Some(value.into_owned()),
                "weight" => {
                    let weight = value.parse().ok().filter(|weight| *weight <= WHOLE);
                    wanted.weight = weight.ok_or_else(|| {
                        Refusal::BadRequest("a weight is a number from 0 to 100".to_owned())
                    })?;
                }
                "route" => wanted.routes.push(value.parse()?),
                _ => return Err(Refusal::BadRequest(format!("{key:?} is not version, weight or route"))),
            }
        }
        Ok(wanted)
    }
}

fn find(workers: &Workers, id: &str) -> Option<WorkerStatus> {
    workers.list().into_iter().find(|worker| &*worker.id == id)
}

fn status(worker: &WorkerStatus) -> Value {
    let versions: Vec<_> = worker
        .versions
        .iter()
        .map(|version| {
            let file = version.definition.source.path.to_string_lossy();
            json!({ "version": version.version, "weight": version.weight, "file": file })
        })
        .collect();
    let current = worker.versions.first().map(|version| &version.definition);
    let routes: Vec<_> =
        current.into_iter().flat_map(|definition| &definition.routes).map(Route::to_string).collect();
    let crons = current.map(|definition| definition.crons.as_slice()).unwrap_or_default();
    json!({ "id": worker.id.as_str(), "routes": routes, "crons": crons, "versions": versions })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_query_says_what_is_deployed_where() {
        let wanted = Wanted::read("version=2%2Fb&weight=10&route=example.com/a/*&route=/b").unwrap();
        assert_eq!((wanted.version.as_deref(), wanted.weight), (Some("2/b"), 10));
        let routes: Vec<_> = wanted.routes.iter().map(Route::to_string).collect();
        assert_eq!(routes, ["example.com/a/*", "/b"]);
        assert_eq!(Wanted::read("").unwrap(), Wanted { version: None, weight: 100, routes: Vec::new() });
        for bad in ["weight=101", "weight=", "weight=-1", "version=", "wieght=1", "route=nowhere"] {
            assert!(Wanted::read(bad).is_err(), "{bad}");
        }
    }
}
