//! The certificate of `runner serve`.

use std::path::PathBuf;

use clap::Args;
use runner::server::Tls;

use super::CliError;

/// What HTTPS needs.
#[derive(Clone, Debug, Args)]
pub(super) struct TlsFlags {
    /// Serve HTTPS with the certificate in this file: PEM, followed by those between it and the root. Read again on SIGHUP
    #[arg(long = "tls-cert", value_name = "FILE")]
    certificate: Option<PathBuf>,
    /// Its private key, in PEM
    #[arg(long = "tls-key", value_name = "FILE")]
    key: Option<PathBuf>,
}

impl TlsFlags {
    pub(super) fn is_https(&self) -> bool {
        self.certificate.is_some()
    }

    /// The files, if there are any.
    pub(super) fn files(&self) -> impl Iterator<Item = PathBuf> {
        [&self.certificate, &self.key].into_iter().flatten().cloned()
    }

    /// Reads them. The two come from flags, variables or a file, so clap does not see whether one is missing.
    pub(super) fn read(&self) -> Result<Option<Tls>, CliError> {
        match (&self.certificate, &self.key) {
            (None, None) => Ok(None),
            (Some(certificate), Some(key)) => Ok(Some(Tls::read(certificate, key)?)),
            (Some(_), None) => Err(CliError::MissingFlag { given: "--tls-cert", missing: "--tls-key" }),
            (None, Some(_)) => Err(CliError::MissingFlag { given: "--tls-key", missing: "--tls-cert" }),
        }
    }
}
