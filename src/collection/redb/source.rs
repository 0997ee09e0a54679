//! Where the file is, to open it again after an error.

use std::fs::OpenOptions;
use std::io::{Error, ErrorKind};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};

use redb::{Builder, Database, DatabaseError};

use super::fault::{Fault, reason};
use super::load::{About, load};
use crate::collection::error::CollectionError;
use crate::collection::policy::Policy;
use crate::collection::records::Records;

/// Opens the file, in which there may be nothing yet.
type Open = dyn Fn(&Builder) -> Result<Database, DatabaseError> + Send + Sync;

/// A file, or what a test has in its place.
pub(super) struct Source {
    name: String,
    cache_bytes: usize,
    open: Box<Open>,
}

impl Source {
    /// The file at this path, which is made if it is not there, for the user of the program alone.
    pub(super) fn file(path: &Path, cache_bytes: usize) -> Result<Self, CollectionError> {
        let name = path.display().to_string();
        let failed = |error: Error| CollectionError::not_applied(reason(&error.into()));
        create(path).map_err(|error| named(&name, failed(error)))?;
        let path = PathBuf::from(path);
        let open = move |builder: &Builder| builder.create(&path);
        Ok(Self { name, cache_bytes, open: Box::new(open) })
    }

    #[cfg(test)]
    pub(super) fn of(
        open: impl Fn(&Builder) -> Result<Database, DatabaseError> + Send + Sync + 'static,
    ) -> Self {
        Self { name: "a test's file".into(), cache_bytes: 1 << 20, open: Box::new(open) }
    }

    /// Opens it, and reads what decides. See [`load`].
    pub(super) fn load(
        &self,
        policy: Policy,
        at_least: u64,
    ) -> Result<(Database, Records, Option<About>), CollectionError> {
        let mut builder = Builder::new();
        builder.set_cache_size(self.cache_bytes);
        let loaded = guarded(|| {
            let db = (self.open)(&builder).map_err(Fault::from)?;
            let (records, about) = load(&db, policy, at_least)?;
            Ok((db, records, about))
        });
        loaded.map_err(|error| named(&self.name, error))
    }
}

/// Reads a file that may be corrupt.
pub(super) fn guarded<R>(
    act: impl FnOnce() -> Result<R, CollectionError>,
) -> Result<R, CollectionError> {
    // redb panics on some files that were changed by others.
    let outcome = catch_unwind(AssertUnwindSafe(act));
    outcome.unwrap_or_else(|_| Err(CollectionError::not_applied("the file is corrupt")))
}

/// The same error, with the name of the file in its reason.
pub(super) fn named(name: &str, error: CollectionError) -> CollectionError {
    match error {
        CollectionError::NotApplied { reason } => {
            CollectionError::not_applied(format!("{name}: {reason}"))
        }
        CollectionError::Unreadable { reason } => {
            CollectionError::Unreadable { reason: format!("{name}: {reason}") }
        }
        other => other,
    }
}

/// Makes an empty file, if there is none, that survives a loss of power.
fn create(path: &Path) -> Result<(), Error> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    match options.open(path) {
        Err(error) if error.kind() == ErrorKind::AlreadyExists => return Ok(()),
        made => made?,
    };
    #[cfg(unix)]
    {
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
        std::fs::File::open(folder.unwrap_or(Path::new(".")))?.sync_all()?;
    }
    Ok(())
}
