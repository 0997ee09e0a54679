//! Records, as bytes.

use std::time::Duration;

use super::layout::{check, digits, live, read_end, read_live, tail};
use crate::collection::key::{RecordKey, SealedId};
use crate::collection::record::{StoredEnd, StoredSession, Successor};
use crate::collection::stamp::CollectionTime;
use crate::id::TrackId;

fn session() -> StoredSession {
    let mut session = StoredSession::new(7, CollectionTime::from_micros(9), b"data".to_vec());
    session.principal = Some("älice".into());
    session.host = Some(String::new());
    session.track = Some(TrackId::from_bytes([3; 16]));
    session.idle = Some(Duration::MAX);
    session.deadline = Some(CollectionTime::from_micros(u64::MAX));
    (session.version, session.token) = (u32::MAX, u64::MAX);
    session
}

#[test]
fn sessions_are_had_back() {
    let bare = StoredSession::new(0, CollectionTime::ORIGIN, Vec::new());
    for session in [session(), bare] {
        assert_eq!(read_live(&live(&session).unwrap()), Ok(session));
    }
}

#[test]
fn ends_are_had_back() {
    let id = SealedId::from_bytes([4; 16]);
    let to = Successor { key: RecordKey::from_bytes([5; 16]), id: SealedId::from_bytes([6; 16]) };
    for (id, successor) in [(None, None), (Some(id), None), (None, Some(to)), (Some(id), Some(to))]
    {
        let at = CollectionTime::from_micros(12);
        let end = StoredEnd { id, successor, ..StoredEnd::new("logged_out", at, 3) };
        let head = format!("E{}{}", digits(12), digits(3)).into_bytes();
        assert_eq!(read_end(&[head, tail("logged_out", id, successor)].concat()), Ok(end));
    }
}

#[test]
fn no_part_of_a_record_is_read_as_a_whole() {
    let mut session = session();
    session.data.clear();
    let bytes = live(&session).unwrap();
    assert!((0..bytes.len()).all(|length| read_live(&bytes[..length]).is_err()));
    assert!(read_end(&bytes).is_err() && read_live(b"E").is_err());
}

#[test]
fn names_that_do_not_fit_are_refused() {
    for length in [65_534, 65_535, 70_000] {
        let mut session = session();
        session.principal = Some("x".repeat(length));
        assert_eq!(check(&session).is_ok(), length == 65_534);
        assert_eq!(live(&session).is_ok(), length == 65_534);
    }
}

#[test]
fn digits_have_the_order_of_their_numbers() {
    let numbers = [0, 9, 10, 1_700_000_000_000_000, (1 << 53) - 1];
    assert!(numbers.map(digits).is_sorted());
    assert_eq!(digits(u64::MAX), digits((1 << 53) - 1));
}
