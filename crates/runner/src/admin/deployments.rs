//! What is deployed, as JSON, and changes of it.

use http::StatusCode;
use serde::Deserialize;
use serde_json::{Value, json};

use super::answer::{Answer, Refusal, of_json};
use super::document::Document;
use crate::IsolatePool;
use crate::workers::{Route, SettingsDocument, WorkerDefinition, WorkerName, WorkerStatus, Workers};

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

/// The next version of a worker, or a new worker.
pub(super) fn put(
    workers: &Workers,
    id: &str,
    document: Document,
) -> Result<impl Future<Output = Result<Answer, Refusal>> + use<>, Refusal> {
    let current = find(workers, id).and_then(|worker| worker.versions.into_iter().next());
    let current = current.as_ref().map(|version| &*version.definition);
    let (definition, weight) =
        document.into_definition(WorkerName::new(id)?, current, &workers.defaults())?;
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

/// Calls the `scheduled` handler of a worker now.
pub(super) fn run_cron(
    workers: &Workers,
    pool: &IsolatePool,
    id: &str,
    body: &str,
) -> Result<impl Future<Output = Result<Answer, Refusal>> + use<>, Refusal> {
    #[derive(Default, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Which {
        cron: Option<String>,
    }
    let Which { cron } = match body {
        "" => Which::default(),
        body => serde_json::from_str(body)
            .map_err(|error| Refusal::BadRequest(format!("expected {{\"cron\": EXPRESSION}}: {error}")))?,
    };
    let (workers, pool, id) = (workers.clone(), pool.clone(), id.to_owned());
    Ok(async move {
        tracing::info!(worker = id, cron, "a cron is run by the admin listener");
        workers.run_cron(&pool, &id, cron.as_deref()).await?;
        Ok(of_json(StatusCode::OK, &json!({ "id": id, "completed": true })))
    })
}

fn find(workers: &Workers, id: &str) -> Option<WorkerStatus> {
    workers.list().into_iter().find(|worker| &*worker.id == id)
}

fn status(worker: &WorkerStatus) -> Value {
    let versions: Vec<_> = worker
        .versions
        .iter()
        .map(|version| {
            let WorkerDefinition { source, settings, environment, .. } = &*version.definition;
            let names: Vec<_> = environment.keys().collect();
            json!({
                "version": version.version,
                "weight": version.weight,
                "file": source.path.to_string_lossy(),
                "settings": SettingsDocument::from(*settings),
                // Values may be secrets.
                "env": names,
            })
        })
        .collect();
    let current = worker.versions.first().map(|version| &version.definition);
    let routes: Vec<_> =
        current.into_iter().flat_map(|definition| &definition.routes).map(Route::to_string).collect();
    let crons = current.map(|definition| definition.crons.as_slice()).unwrap_or_default();
    json!({ "id": worker.id.as_str(), "routes": routes, "crons": crons, "versions": versions })
}
