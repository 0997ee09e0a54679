//! What is under the key of a record.
//!
//! | bytes of a live session | |
//! |---|---|
//! | 1 | `L` |
//! | 5 × 16 | digits, in microseconds: used, busy until, idle timeout, deadline, change of data |
//! | 4, 4, 8 | nonce, version, token |
//! | 17 | `t` and the name for logs, or zeros |
//! | 2, 2 | how long the principal (65,535: none) and the rest are |
//! | | the principal; the rest; the data |
//!
//! | bytes of an end | |
//! |---|---|
//! | 1 | `E` |
//! | 2 × 16 | digits: when, seq |
//! | 1 | `0`; `1` with its id, `2` with a successor, `3` with both |
//! | | the id; the successor's key and id; the reason |
//!
//! The scripts read these places, and nothing of the rest. Digits of a fixed width have the order
//! of their numbers, as text.

use std::time::Duration;

use crate::collection::error::CollectionError;
use crate::collection::key::{RecordKey, SealedId};
use crate::collection::record::{StoredEnd, StoredSession, Successor};
use crate::collection::stamp::CollectionTime;
use crate::id::TrackId;

/// The format of this file.
pub(super) const FORMAT: u32 = 1;

/// The latest time that a script can count to; in place of a time that does not come.
const NEVER: u64 = (1 << 53) - 1;

/// What is in use until then is in use for ever.
const FOREVER: CollectionTime = CollectionTime::from_micros(u64::MAX);

/// How long a name is that is not there.
const NONE: u16 = u16::MAX;

/// A time, as the scripts compare it.
pub(super) fn digits(micros: u64) -> String {
    format!("{:016}", micros.min(NEVER))
}

/// A span in microseconds. Parts of a microsecond count as a whole one.
pub(super) fn micros(span: Duration) -> u64 {
    CollectionTime::ORIGIN.saturating_add(span).as_micros().min(NEVER)
}

/// The record of a live session.
pub(super) fn live(session: &StoredSession) -> Result<Vec<u8>, CollectionError> {
    let rest = rest(session)?;
    let principal = session.principal.as_deref().unwrap_or_default();
    let length = session.principal.as_ref().map_or(Ok(NONE), |name| length(name.as_bytes()))?;
    let mut bytes = Vec::with_capacity(119 + principal.len() + rest.len() + session.data.len());
    bytes.push(b'L');
    let deadline = session.deadline.map_or(NEVER, CollectionTime::as_micros);
    let (used, busy) = (session.used.as_micros(), session.busy_until.as_micros());
    for time in [used, busy, session.idle.map_or(NEVER, micros), deadline, 0] {
        bytes.extend(digits(time).as_bytes());
    }
    bytes.extend(session.nonce.to_be_bytes());
    bytes.extend(session.version.to_be_bytes());
    bytes.extend(session.token.to_be_bytes());
    bytes.push(if session.track.is_some() { b't' } else { 0 });
    bytes.extend(session.track.map_or([0; 16], |track| *track.as_bytes()));
    bytes.extend(length.to_be_bytes());
    bytes.extend(self::length(&rest)?.to_be_bytes());
    bytes.extend(principal.as_bytes());
    bytes.extend(rest);
    bytes.extend(&session.data);
    Ok(bytes)
}

/// Whether a session has a record of this layout.
pub(super) fn check(session: &StoredSession) -> Result<(), CollectionError> {
    session.principal.as_ref().map_or(Ok(0), |name| length(name.as_bytes()))?;
    length(&rest(session)?).map(drop)
}

/// What does not change, and only nodes read: created, flags, deadline, idle timeout, and names.
fn rest(session: &StoredSession) -> Result<Vec<u8>, CollectionError> {
    let StoredSession { originator, host, privileged, created, idle, deadline, .. } = session;
    let mut bytes = created.as_micros().to_be_bytes().to_vec();
    bytes.push(u8::from(*privileged));
    bytes.push(u8::from(deadline.is_some()));
    bytes.extend(deadline.unwrap_or_default().as_micros().to_be_bytes());
    bytes.push(u8::from(idle.is_some()));
    bytes.extend(idle.unwrap_or_default().as_secs().to_be_bytes());
    bytes.extend(idle.unwrap_or_default().subsec_nanos().to_be_bytes());
    for name in [originator, host] {
        let text = name.as_deref().unwrap_or_default().as_bytes();
        bytes.extend(name.as_ref().map_or(Ok(NONE), |_| length(text))?.to_be_bytes());
        bytes.extend(text);
    }
    Ok(bytes)
}

fn length(bytes: &[u8]) -> Result<u16, CollectionError> {
    let length = u16::try_from(bytes.len()).ok().filter(|length| *length < NONE);
    let reason = || format!("names of {} bytes, below {NONE} fit", bytes.len());
    length.ok_or_else(|| CollectionError::not_applied(reason()))
}

/// Reads the record of a live session.
pub(super) fn read_live(value: &[u8]) -> Result<StoredSession, CollectionError> {
    session(&mut Reader(value)).ok_or_else(unreadable)
}

fn session(reader: &mut Reader<'_>) -> Option<StoredSession> {
    reader.letter(b'L')?;
    let (used, busy_until) = (reader.time()?, reader.time()?);
    let busy_until = if busy_until.as_micros() == NEVER { FOREVER } else { busy_until };
    reader.take(48)?;
    let (nonce, version) = (reader.number()?, reader.number()?);
    let token = u64::from_be_bytes(reader.array()?);
    let named = reader.array::<1>()? == *b"t";
    let track = Some(TrackId::from_bytes(reader.array()?)).filter(|_| named);
    let lengths: [u16; 2] = [reader.short()?, reader.short()?];
    let principal = reader.name(lengths[0]).ok()?;
    let mut rest = Reader(reader.take(lengths[1].into())?);
    let created = CollectionTime::from_micros(u64::from_be_bytes(rest.array()?));
    let privileged = rest.flag()?;
    let has_deadline = rest.flag()?;
    let deadline = CollectionTime::from_micros(u64::from_be_bytes(rest.array()?));
    let is_idle = rest.flag()?;
    let seconds = u64::from_be_bytes(rest.array()?);
    let nanos: u32 = rest.number()?;
    let idle = Duration::from_secs(seconds).checked_add(Duration::from_nanos(nanos.into()))?;
    let length = rest.short()?;
    let originator = rest.name(length).ok()?;
    let length = rest.short()?;
    let host = rest.name(length).ok()?;
    Some(StoredSession {
        nonce,
        principal,
        originator,
        host,
        privileged,
        track,
        created,
        used,
        busy_until,
        idle: is_idle.then_some(idle),
        deadline: has_deadline.then_some(deadline),
        version,
        token,
        data: reader.0.to_vec(),
    })
}

/// What of an end the node knows.
pub(super) fn tail(reason: &str, id: Option<SealedId>, to: Option<Successor>) -> Vec<u8> {
    let mut bytes = vec![b'0' + u8::from(id.is_some()) + 2 * u8::from(to.is_some())];
    bytes.extend(id.iter().flat_map(SealedId::as_bytes));
    bytes.extend(to.iter().flat_map(successor));
    bytes.extend(reason.as_bytes());
    bytes
}

/// A successor, as it is in an end.
pub(super) fn successor(to: &Successor) -> [u8; 32] {
    let mut bytes = [0; 32];
    bytes[..16].copy_from_slice(to.key.as_bytes());
    bytes[16..].copy_from_slice(to.id.as_bytes());
    bytes
}

/// Reads the record of an end.
pub(super) fn read_end(value: &[u8]) -> Result<StoredEnd, CollectionError> {
    end(&mut Reader(value)).ok_or_else(unreadable)
}

fn end(reader: &mut Reader<'_>) -> Option<StoredEnd> {
    reader.letter(b'E')?;
    let (at, seq) = (reader.time()?, reader.time()?.as_micros());
    let flags = reader.array::<1>()?[0].checked_sub(b'0').filter(|flags| *flags < 4)?;
    let id = if flags & 1 == 0 { None } else { Some(SealedId::from_bytes(reader.array()?)) };
    let successor = if flags & 2 == 0 {
        None
    } else {
        let key = RecordKey::from_bytes(reader.array()?);
        Some(Successor { key, id: SealedId::from_bytes(reader.array()?) })
    };
    let reason = String::from_utf8(reader.0.to_vec()).ok()?;
    Some(StoredEnd { reason, at, seq, id, successor })
}

/// A record that is not of this layout.
pub(super) fn unreadable() -> CollectionError {
    CollectionError::Unreadable { reason: "it is not of this layout".into() }
}

/// There are too few bytes, or they are no text.
struct NotRead;

/// Reads bytes from the front of a record.
struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    fn take(&mut self, count: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(count)?;
        self.0 = rest;
        Some(taken)
    }

    fn array<const N: usize>(&mut self) -> Option<[u8; N]> {
        self.take(N)?.try_into().ok()
    }

    fn letter(&mut self, letter: u8) -> Option<()> {
        (self.array()? == [letter]).then_some(())
    }

    fn flag(&mut self) -> Option<bool> {
        Some(self.array()? == [1])
    }

    fn short(&mut self) -> Option<u16> {
        self.array().map(u16::from_be_bytes)
    }

    fn number(&mut self) -> Option<u32> {
        self.array().map(u32::from_be_bytes)
    }

    fn time(&mut self) -> Option<CollectionTime> {
        let digits = std::str::from_utf8(self.take(16)?).ok()?;
        digits.parse().ok().map(CollectionTime::from_micros)
    }

    /// A name of this length, or the lack of one.
    fn name(&mut self, length: u16) -> Result<Option<String>, NotRead> {
        if length == NONE {
            return Ok(None);
        }
        let bytes = self.take(length.into()).ok_or(NotRead)?.to_vec();
        String::from_utf8(bytes).map(Some).map_err(|_| NotRead)
    }
}
