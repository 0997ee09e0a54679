//! What the scripts answer.

use redis::{ServerError, Value};

use super::failure::{refused, strange};
use super::frame::{Frame, time};
use super::layout::{FORMAT, read_end, read_live, unreadable};
use crate::collection::error::CollectionError;
use crate::collection::key::RecordKey;
use crate::collection::outcome::{Change, Outcome};
use crate::collection::stamp::{Epoch, Stamp};
use crate::end::LimitKind;

/// The answer of a script.
pub(super) struct Reply {
    pub(super) stamp: Stamp,
    pub(super) floor: u64,
    pub(super) results: Vec<Value>,
}

impl Reply {
    /// Reads what the server answered.
    pub(super) fn read(value: Value) -> Result<Self, CollectionError> {
        match value {
            Value::ServerError(error) => Err(refused(&error)),
            Value::Array(parts) => Self::of(parts).unwrap_or_else(|| Err(strange())),
            _ => Err(strange()),
        }
    }

    fn of(parts: Vec<Value>) -> Option<Result<Self, CollectionError>> {
        let mut parts = parts.into_iter();
        let verdict = bytes(parts.next()?)?;
        let found = bytes(parts.next()?)?;
        let time = time(&bytes(parts.next()?)?)?;
        let epoch = String::from_utf8(bytes(parts.next()?)?).ok()?;
        let epoch = Epoch::from_number(u64::from_str_radix(&epoch, 16).ok()?);
        let (seq, floor) = (number(&parts.next()?)?, number(&parts.next()?)?);
        Some(match verdict.as_slice() {
            b"ok" => {
                let Value::Array(results) = parts.next()? else { return None };
                Ok(Self { stamp: Stamp { time, epoch, seq }, floor, results })
            }
            b"key" => Err(CollectionError::OtherKey),
            b"format" => {
                let found = String::from_utf8(found).ok()?.parse().ok()?;
                Err(CollectionError::OtherFormat { found, known: FORMAT })
            }
            _ => return None,
        })
    }
}

/// Whether the server does not have the script.
pub(super) fn is_unknown_script(value: &Value) -> bool {
    matches!(value, Value::ServerError(error) if ServerError::code(error) == "NOSCRIPT")
}

pub(super) fn bytes(value: Value) -> Option<Vec<u8>> {
    match value {
        Value::BulkString(bytes) => Some(bytes),
        Value::SimpleString(text) => Some(text.into_bytes()),
        _ => None,
    }
}

pub(super) fn number(value: &Value) -> Option<u64> {
    match value {
        Value::Int(number) => u64::try_from(*number).ok(),
        Value::BulkString(digits) => std::str::from_utf8(digits).ok()?.parse().ok(),
        _ => None,
    }
}

/// What came of a request.
pub(super) fn outcome(value: Value, frame: &Frame) -> Result<Outcome, CollectionError> {
    let value = bytes(value).ok_or_else(strange)?;
    let (letter, rest) = value.split_first().ok_or_else(strange)?;
    match letter {
        b'D' => {
            let version = rest.try_into().map_err(|_| strange())?;
            Ok(Outcome::Done { version: u32::from_be_bytes(version) })
        }
        b'L' => Ok(Outcome::Live(Box::new(read_live(&value)?))),
        b'E' => Ok(Outcome::Ended(Box::new(read_end(&value)?))),
        b'M' => Ok(Outcome::Missing),
        b'X' => Ok(Outcome::Exists),
        b'S' => Ok(Outcome::Stale),
        b'F' => full(rest, frame).ok_or_else(strange),
        b'u' => Err(unreadable()),
        b'!' => Err(CollectionError::not_applied(String::from_utf8_lossy(rest))),
        b'?' => Err(CollectionError::in_doubt(String::from_utf8_lossy(rest))),
        _ => Err(strange()),
    }
}

/// Which limit, how many are live, and whether all are busy.
fn full(rest: &[u8], frame: &Frame) -> Option<Outcome> {
    let (which, rest) = rest.split_first()?;
    let (busy, live) = rest.split_last()?;
    let (kind, limit) = match which {
        b'p' => (LimitKind::Principal, frame.policy().per_principal?),
        _ => (LimitKind::Global, frame.policy().global?),
    };
    let live = std::str::from_utf8(live).ok()?.parse().ok()?;
    Some(Outcome::Full { limit: kind, live, max: limit.max(), all_busy: *busy == b'b' })
}

/// A key and what happened to it, as the feed lists it and listeners hear it.
pub(super) fn change(entry: &[u8]) -> Result<(RecordKey, Change), CollectionError> {
    let (key, rest) = entry.split_first_chunk().ok_or_else(unreadable)?;
    let change = match rest {
        [b'U', version @ ..] => {
            let version = version.try_into().map_err(|_| unreadable())?;
            Change::Updated { version: u32::from_be_bytes(version) }
        }
        end => Change::Ended(Box::new(read_end(end)?)),
    };
    Ok((RecordKey::from_bytes(*key), change))
}

/// What one message tells of: entries, each after its length.
pub(super) fn changes(mut message: &[u8]) -> Result<Vec<(RecordKey, Change)>, CollectionError> {
    let mut changes = Vec::new();
    while let Some((length, rest)) = message.split_first_chunk() {
        let length = usize::try_from(u32::from_be_bytes(*length)).map_err(|_| unreadable())?;
        let (entry, rest) = rest.split_at_checked(length).ok_or_else(unreadable)?;
        changes.push(change(entry)?);
        message = rest;
    }
    Ok(changes)
}
