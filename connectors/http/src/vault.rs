//! Keeps what must outlive a process although no sync file holds it: refresh tokens that change with every use.

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use lapwing_contract::{DestinationError, ErrorKind};
use secrecy::{ExposeSecret, SecretString};

/// A place for secrets, by name. Entries are small, so calls block for no longer than a file of some hundred bytes takes.
pub trait Vault: Send + Sync + std::fmt::Debug {
    /// What is stored under a name; none where nothing is.
    ///
    /// # Errors
    /// [`ErrorKind::Local`] where it is there and cannot be read.
    fn load(&self, name: &str) -> Result<Option<SecretString>, DestinationError>;

    /// Stores a secret instead of what was there. When it returns, the secret survives the end of the process; a
    /// process that is killed on the way leaves the old one or the new one, never half of it.
    ///
    /// # Errors
    /// [`ErrorKind::Local`] where it cannot be written; what was there is whole then.
    fn store(&self, name: &str, secret: &SecretString) -> Result<(), DestinationError>;
}

/// Forgets with the process: for tests, and for the fakes of the sandbox, whose tokens are worth nothing elsewhere.
#[derive(Debug, Default)]
pub struct MemoryVault {
    entries: Mutex<BTreeMap<String, SecretString>>,
}

impl Vault for MemoryVault {
    fn load(&self, name: &str) -> Result<Option<SecretString>, DestinationError> {
        Ok(self.entries.lock().unwrap_or_else(PoisonError::into_inner).get(name).cloned())
    }

    fn store(&self, name: &str, secret: &SecretString) -> Result<(), DestinationError> {
        self.entries.lock().unwrap_or_else(PoisonError::into_inner).insert(name.to_owned(), secret.clone());
        Ok(())
    }
}

/// One file an entry, in a folder of its own. The folder is for its owner only (0700), and so are the files (0600).
#[derive(Debug)]
pub struct FolderVault {
    folder: PathBuf,
}

impl FolderVault {
    /// A vault in this folder, which is made with the first entry.
    pub fn new(folder: impl Into<PathBuf>) -> Self {
        Self { folder: folder.into() }
    }

    /// Names are file names of ours; anything else would lead out of the folder.
    fn path(&self, name: &str) -> io::Result<PathBuf> {
        let is_plain =
            !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte));
        if is_plain { Ok(self.folder.join(name)) } else { Err(io::Error::from(io::ErrorKind::InvalidInput)) }
    }

    fn write(&self, name: &str, secret: &SecretString) -> io::Result<()> {
        let path = self.path(name)?;
        make_private(&self.folder)?;
        // A temporary file of its owner's alone; it replaces the old one as a whole.
        let mut file = tempfile::NamedTempFile::new_in(&self.folder)?;
        file.write_all(secret.expose_secret().as_bytes())?;
        file.as_file().sync_all()?;
        file.persist(&path).map_err(|error| error.error)?;
        std::fs::File::open(&self.folder)?.sync_all()
    }
}

impl Vault for FolderVault {
    fn load(&self, name: &str) -> Result<Option<SecretString>, DestinationError> {
        let read = self.path(name).and_then(std::fs::read_to_string);
        match read {
            Ok(text) => Ok(Some(SecretString::from(text))),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(local("read", &self.folder, error)),
        }
    }

    fn store(&self, name: &str, secret: &SecretString) -> Result<(), DestinationError> {
        self.write(name, secret).map_err(|error| local("write", &self.folder, error))
    }
}

fn local(doing: &str, folder: &Path, error: io::Error) -> DestinationError {
    let operation = format!("{doing} the credentials in {}", folder.display());
    DestinationError::new(ErrorKind::Local, operation, "the stored token can't be used").with_source(error)
}

#[cfg(unix)]
fn make_private(folder: &Path) -> io::Result<()> {
    use std::os::unix::fs::{DirBuilderExt, PermissionsExt};
    std::fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
    // A folder that was there already may be open to others.
    std::fs::set_permissions(folder, std::fs::Permissions::from_mode(0o700))
}

#[cfg(not(unix))]
fn make_private(folder: &Path) -> io::Result<()> {
    std::fs::create_dir_all(folder)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(vault: &dyn Vault) -> Option<String> {
        vault.load("zendesk").unwrap().map(|secret| secret.expose_secret().to_owned())
    }

    #[test]
    fn what_is_stored_is_found_again_and_replaced_as_a_whole() {
        let folder = tempfile::tempdir().unwrap();
        let vaults: [Box<dyn Vault>; 2] =
            [Box::new(MemoryVault::default()), Box::new(FolderVault::new(folder.path().join("credentials/crm")))];
        for vault in vaults {
            assert_eq!(shown(&*vault), None);
            for secret in ["a longer first secret", "second"] {
                vault.store("zendesk", &SecretString::from(secret)).unwrap();
                assert_eq!(shown(&*vault).as_deref(), Some(secret));
            }
            assert!(!format!("{vault:?}").contains("second"));
        }
        let next = FolderVault::new(folder.path().join("credentials/crm"));
        assert_eq!(shown(&next).as_deref(), Some("second"));
    }

    #[cfg(unix)]
    #[test]
    fn nobody_else_can_read_it_even_where_the_folder_was_open() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        std::fs::set_permissions(folder.path(), std::fs::Permissions::from_mode(0o755)).unwrap();
        FolderVault::new(folder.path()).store("zendesk", &SecretString::from("s")).unwrap();
        let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!((mode(folder.path()), mode(&folder.path().join("zendesk"))), (0o700, 0o600));
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1, "no temporary file is left");
    }

    #[test]
    fn a_name_that_leads_elsewhere_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let vault = FolderVault::new(folder.path());
        for name in ["", "../x", "a/b", "a.b"] {
            let error = vault.store(name, &SecretString::from("secret")).unwrap_err();
            assert_eq!(error.kind, ErrorKind::Local, "{name}");
            assert!(!format!("{error:?}").contains("secret"));
            assert!(vault.load(name).is_err());
        }
    }
}
