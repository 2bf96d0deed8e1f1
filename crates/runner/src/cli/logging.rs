//! The log: to stderr, filtered by `--log`.

use std::io::{self, IsTerminal};

use clap::Args;
use tracing_subscriber::filter::{Directive, EnvFilter, LevelFilter};

#[derive(Debug, Args)]
pub(super) struct LoggingFlags {
    /// What to log: a level or a filter such as `info`, `runner=debug` or `worker=off`; can be given several
    /// times [default: info]
    #[arg(long = "log", value_name = "FILTER", value_delimiter = ',', global = true)]
    filters: Vec<Directive>,
}

impl LoggingFlags {
    /// Makes this the log of the process. The console of the workers is the target `worker`.
    pub(super) fn install(self) {
        let filter = EnvFilter::builder().with_default_directive(LevelFilter::INFO.into()).parse_lossy("");
        let filter = self.filters.into_iter().fold(filter, EnvFilter::add_directive);
        tracing_subscriber::fmt()
            .with_env_filter(filter)
            .with_ansi(io::stderr().is_terminal())
            .with_writer(io::stderr)
            .init();
    }
}
