//! What went wrong with a file, as an error of a collection.

use std::io::ErrorKind;

use redb::Error;

use crate::collection::error::CollectionError;

/// The message: what is wrong, and what to do about it where that is known.
pub(super) fn reason(error: &Error) -> String {
    match error {
        Error::DatabaseAlreadyOpen => "another process, or this one, has the file open".into(),
        Error::Corrupted(what) => format!("the file is corrupt: {what}"),
        Error::UpgradeRequired(found) => {
            format!("the file has redb's format {found}, which this version of redb does not read")
        }
        Error::RepairAborted => "the file was not closed, and is to be opened for writing".into(),
        Error::TransactionInProgress => "the file's records are being listed".into(),
        Error::TableTypeMismatch { table, .. } | Error::TableIsMultimap(table) => {
            format!("the file is of another program: its table {table:?} has other records")
        }
        Error::TableDoesNotExist(table) => format!("the file has no table {table:?}"),
        Error::Io(error) if error.kind() == ErrorKind::StorageFull => "the disk is full".into(),
        Error::Io(error) if error.kind() == ErrorKind::InvalidData => {
            format!("the file is not of redb, or is corrupt: {error}")
        }
        Error::Io(error) => error.to_string(),
        other => other.to_string(),
    }
}

/// Why something was not done, or may not have been.
#[derive(Debug)]
pub(super) struct Fault(pub(super) String);

impl<E: Into<Error>> From<E> for Fault {
    fn from(error: E) -> Self {
        Self(reason(&error.into()))
    }
}

impl From<Fault> for CollectionError {
    fn from(fault: Fault) -> Self {
        Self::not_applied(fault.0)
    }
}
