//! Workers as they are deployed: definitions, versions, routes.
//!
//! ```text
//! directory, configuration, API ─► WorkerDefinition ─► Workers (evaluate, swap) ─► RoutingTable ─► Worker
//! ```
//!
//! ```no_run
//! use runner::IsolatePool;
//! use runner::operations::{FetchClient, FetchOptions, HttpOperations};
//! use runner::workers::{Route, WorkerDefinition, WorkerName, WorkerSource, Workers};
//!
//! # async fn deploy(pool: IsolatePool) -> Result<(), Box<dyn std::error::Error>> {
//! let client = FetchClient::new(FetchOptions::default());
//! let workers = Workers::in_pool(pool, move |worker| HttpOperations::new(&client, &*worker.id));
//! let source = WorkerSource::new("hello.js", "export default { fetch() { return new Response('hello') } }");
//! let hello = WorkerDefinition::new(WorkerName::new("hello")?, source).with_route("/hello/*".parse()?);
//! let first = workers.deploy(hello.clone()).await?;
//!
//! let source = WorkerSource::new("hello.js", "export default { fetch() { return new Response('Hello!') } }");
//! let second = workers.deploy_with_weight(WorkerDefinition { source, ..hello }, 10).await?;
//! workers.set_weight("hello", &second.version, 50).await?;
//! workers.rollback("hello").await?;
//! assert_eq!(workers.list()[0].versions[0].version, first.version);
//! # Ok(())
//! # }
//! ```

mod builder;
mod cron;
mod defaults;
mod definition;
mod deployments;
mod directory;
mod feed;
mod name;
mod paths;
mod registry;
mod requests;
mod route;
mod schedule;
mod settings;
mod settings_document;
mod source;
mod source_error;
mod table;
mod tap;
mod worker;

pub use builder::{BuildError, WorkersBuilder};
pub use cron::InvalidCron;
pub use defaults::WorkerDefaults;
pub use definition::WorkerDefinition;
pub use deployments::ShareError;
pub use directory::{
    Ignored, IgnoredReason, Unread, WorkerSet, WorkersError, read, read_source, read_source_as, read_text,
};
pub use feed::{FeedEvent, FeedLine, Followed, Follower};
pub use name::{InvalidName, InvalidVersion, WorkerName};
pub use registry::{
    ChangeError, DeployError, Deployed, Failed, ReloadError, ReloadReport, VersionStatus, WorkerStatus,
    Workers,
};
pub use requests::MAX_COUNTED_WORKERS;
pub(crate) use requests::{CountedRequest, RequestCount, RequestTimes};
pub use route::{HostPattern, PathPattern, Route, RouteError};
pub use schedule::CronError;
pub use settings::{SettingsError, WorkerSettings};
pub use settings_document::{HeapMb, InvalidCpuRate, InvalidHeap, SettingsDocument, WrittenCpuRate};
pub use source::WorkerSource;
#[cfg(feature = "loader")]
pub(crate) use source::called;
pub use source_error::SourceError;
pub use table::{RouteTaken, Routed, RoutingTable};
pub use worker::Worker;
