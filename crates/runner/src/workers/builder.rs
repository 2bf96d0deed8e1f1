//! Workers from memory, for a program that has no files of them.

use std::sync::Arc;

use exec::{NoOperations, OperationsHandler};

use super::definition::WorkerDefinition;
use super::name::{InvalidName, WorkerName};
use super::registry::{DeployError, MakeOperations, Workers};
use super::route::{Route, RouteError};
use super::source::WorkerSource;
use crate::IsolatePool;

/// Why there are no workers.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BuildError {
    /// A name is none.
    #[error(transparent)]
    Name(#[from] InvalidName),
    /// A worker cannot be mounted under its name.
    #[error(transparent)]
    Route(#[from] RouteError),
    /// Two workers have the same name.
    #[error("there are two workers {0:?}")]
    Duplicate(WorkerName),
    /// A worker cannot be deployed.
    #[error("{worker}: {error}")]
    Deploy {
        /// Which.
        worker: WorkerName,
        /// Why.
        #[source]
        error: DeployError,
    },
}

/// Collects workers: see [`Workers::builder`].
#[must_use]
pub struct WorkersBuilder {
    definitions: Vec<WorkerDefinition>,
    /// The first thing that was wrong.
    error: Option<BuildError>,
    operations: Box<MakeOperations>,
}

impl Workers {
    /// Workers whose scripts are in memory.
    ///
    /// ```
    /// use runner::workers::Workers;
    /// use runner::{IsolatePool, PoolOptions};
    ///
    /// # #[tokio::main]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let pool = IsolatePool::new(PoolOptions::default())?;
    /// let workers = Workers::builder()
    ///     .worker("hello", "export default { fetch: () => new Response('hello') }") // at /hello/
    ///     .worker("/", "export default { fetch: () => new Response('all the rest') }")
    ///     .build(&pool)
    ///     .await?;
    /// assert_eq!(workers.len(), 2);
    /// # Ok(())
    /// # }
    /// ```
    pub fn builder() -> WorkersBuilder {
        let operations: Box<MakeOperations> = Box::new(|_| Arc::new(NoOperations));
        WorkersBuilder { definitions: Vec::new(), error: None, operations }
    }
}

impl WorkersBuilder {
    /// A worker with this script, mounted where a file of this name would be: at `/NAME/`, or everywhere if the name is
    /// `/`.
    pub fn worker(self, name: &str, script: impl Into<Arc<str>>) -> Self {
        let mounted = || {
            let id = WorkerName::new(name)?;
            let file = if &*id == "/" { "index.js".to_owned() } else { format!("{name}.js") };
            let route = Route::of_name(&id)?;
            Ok(WorkerDefinition::new(id, WorkerSource::new(file, script)).with_route(route))
        };
        match mounted() {
            Ok(definition) => self.definition(definition),
            Err(error) => self.fails(error),
        }
    }

    /// A worker with everything that a definition can say.
    pub fn definition(mut self, definition: WorkerDefinition) -> Self {
        if self.definitions.iter().any(|other| other.id == definition.id) {
            return self.fails(BuildError::Duplicate(definition.id));
        }
        self.definitions.push(definition);
        self
    }

    /// What each version may do outside of its isolate. Without it: nothing ([`NoOperations`]).
    pub fn operations<O: OperationsHandler>(
        self,
        operations: impl Fn(&WorkerDefinition) -> O + Send + Sync + 'static,
    ) -> Self {
        Self { operations: Box::new(move |definition| Arc::new(operations(definition))), ..self }
    }

    /// Evaluates all of them in `pool`, one after the other. Others can be deployed later.
    ///
    /// # Errors
    /// The first thing that is wrong with one of them.
    pub async fn build(self, pool: &IsolatePool) -> Result<Workers, BuildError> {
        let Self { definitions, error, operations } = self;
        if let Some(error) = error {
            return Err(error);
        }
        let workers = Workers::build(Some(pool.clone()), operations);
        for definition in definitions {
            let worker = definition.id.clone();
            let deployed = workers.deploy(definition).await;
            deployed.map_err(|error| BuildError::Deploy { worker, error })?;
        }
        Ok(workers)
    }

    fn fails(self, error: BuildError) -> Self {
        Self { error: self.error.or(Some(error)), ..self }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::PoolOptions;

    const FINE: &str = "export default { fetch() {} }";

    #[tokio::test]
    async fn the_first_thing_that_is_wrong_is_said() {
        let pool = IsolatePool::new(PoolOptions { max_size: 3, ..PoolOptions::default() }).unwrap();
        let said = async |builder: WorkersBuilder| builder.build(&pool).await.unwrap_err().to_string();
        let builder = || Workers::builder().worker("a", FINE);
        assert_eq!(
            said(builder().worker("a", FINE).worker("b c", FINE)).await,
            "there are two workers \"a\""
        );
        assert!(said(builder().worker("b c", FINE)).await.starts_with("\"b c\" is no name"));
        assert!(said(builder().worker("b", "throw 1")).await.starts_with("b: InitializationError: "));
        let route = builder().definition(
            WorkerDefinition::new(WorkerName::new("b").unwrap(), WorkerSource::new("b.js", FINE))
                .with_route(Route::mount("/a").unwrap()),
        );
        assert!(said(route).await.starts_with("b: "));
        assert_eq!(Workers::builder().build(&pool).await.unwrap().len(), 0);
    }
}
