//! Application default credentials: the file that `GOOGLE_APPLICATION_CREDENTIALS` names, or the one that
//! `gcloud auth application-default login` writes. Machines inside Google's cloud, which ask a server of their own, are
//! not among them.

use std::fs::File;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use lapwing_contract::{DestinationError, ErrorKind};

/// Far more than any credentials file has.
const MOST_BYTES: u64 = 1 << 20;

/// What gcloud calls its file.
const WELL_KNOWN: &str = "application_default_credentials.json";

/// Where the file may be, in the order of looking.
#[derive(Debug, Clone, Default)]
pub(crate) struct Places {
    /// `GOOGLE_APPLICATION_CREDENTIALS`: where it is set, nothing else is looked at.
    pub(crate) named: Option<PathBuf>,
    /// The folder of gcloud's configuration.
    pub(crate) gcloud: Option<PathBuf>,
}

impl Places {
    /// The places of this machine and user.
    pub(crate) fn of_this_user() -> Self {
        let path = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
        let gcloud = path("CLOUDSDK_CONFIG")
            .or_else(|| path("APPDATA").map(|folder| folder.join("gcloud")))
            .or_else(|| path("HOME").map(|home| home.join(".config").join("gcloud")));
        Self { named: path("GOOGLE_APPLICATION_CREDENTIALS"), gcloud }
    }

    /// Reads the file.
    pub(crate) fn read(&self) -> Result<String, DestinationError> {
        if let Some(path) = &self.named {
            return read(path)
                .map_err(|problem| failed(format!("the file that GOOGLE_APPLICATION_CREDENTIALS names {problem}")));
        }
        let found = self.gcloud.as_ref().map(|folder| folder.join(WELL_KNOWN)).filter(|path| path.is_file());
        let Some(path) = found else {
            return Err(failed(
                "no credentials are configured: set `service_account_key` in the destination's table, or \
                 GOOGLE_APPLICATION_CREDENTIALS, or run `gcloud auth application-default login`"
                    .to_owned(),
            ));
        };
        read(&path).map_err(|problem| failed(format!("gcloud's {WELL_KNOWN} {problem}")))
    }
}

fn read(path: &Path) -> Result<String, String> {
    let mut text = String::new();
    let file = File::open(path).and_then(|file| file.take(MOST_BYTES).read_to_string(&mut text));
    file.map(|_| text).map_err(|error| format!("cannot be read: {}", error.kind()))
}

fn failed(message: String) -> DestinationError {
    DestinationError::new(ErrorKind::Unauthenticated, "reading the application default credentials", message)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_named_file_goes_before_gclouds() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join(WELL_KNOWN), "gcloud").unwrap();
        std::fs::write(folder.path().join("key.json"), "named").unwrap();
        let gcloud = Some(folder.path().to_owned());
        let mut places = Places { named: Some(folder.path().join("key.json")), gcloud };
        assert_eq!(places.read().unwrap(), "named");
        places.named = Some(folder.path().join("missing.json"));
        let error = places.read().unwrap_err();
        assert!(error.message.contains("GOOGLE_APPLICATION_CREDENTIALS"), "{error}");
        places.named = None;
        assert_eq!(places.read().unwrap(), "gcloud");
    }

    #[test]
    fn where_there_is_none_the_ways_out_are_named() {
        let error = Places::default().read().unwrap_err();
        assert_eq!(error.kind, ErrorKind::Unauthenticated);
        assert!(error.message.contains("service_account_key") && error.message.contains("gcloud"), "{error}");
    }
}
