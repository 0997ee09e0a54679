//! What is written is read, by versions with more fields and with fewer too.

use std::time::Duration;

use proptest::option::of;
use proptest::prelude::*;
use serde::{Deserialize, Serialize};

use super::frame::{FORMAT, frame, unframe};
use crate::collection::error::CollectionError;
use crate::collection::key::{RecordKey, SealedId};
use crate::collection::record::{StoredEnd, StoredSession, Successor};
use crate::collection::stamp::CollectionTime;
use crate::id::TrackId;

fn at() -> impl Strategy<Value = CollectionTime> {
    any::<u64>().prop_map(CollectionTime::from_micros)
}

prop_compose! {
    fn session()(
        names in any::<[Option<String>; 3]>(),
        (nonce, version, token, privileged) in any::<(u32, u32, u64, bool)>(),
        track in of(any::<[u8; 16]>()),
        (created, used, busy_until, deadline) in (at(), at(), at(), of(at())),
        idle in of(any::<u64>()),
        data in any::<Vec<u8>>(),
    ) -> StoredSession {
        let [principal, originator, host] = names;
        StoredSession {
            nonce, principal, originator, host, privileged,
            track: track.map(TrackId::from_bytes),
            created, used, busy_until, deadline,
            idle: idle.map(Duration::from_micros),
            version, token, data,
        }
    }
}

prop_compose! {
    fn end()(
        reason in any::<String>(), at in at(), seq in any::<u64>(),
        id in of(any::<[u8; 16]>()), successor in of(any::<[[u8; 16]; 2]>()),
    ) -> StoredEnd {
        let successor = successor.map(|[key, id]| {
            Successor { key: RecordKey::from_bytes(key), id: SealedId::from_bytes(id) }
        });
        StoredEnd { reason, at, seq, id: id.map(SealedId::from_bytes), successor }
    }
}

proptest! {
    #[test]
    fn records_are_read_as_they_were_written(session in session(), end in end()) {
        prop_assert_eq!(StoredSession::from_bytes(&session.to_bytes()), Ok(session));
        prop_assert_eq!(StoredEnd::from_bytes(&end.to_bytes()), Ok(end));
    }

    #[test]
    fn any_bytes_are_read_or_refused(bytes in any::<Vec<u8>>()) {
        let _ = StoredSession::from_bytes(&bytes);
        let _ = StoredEnd::from_bytes(&bytes);
        let framed: Vec<u8> = [1].into_iter().chain(bytes).collect();
        let _ = StoredSession::from_bytes(&framed);
        let _ = StoredEnd::from_bytes(&framed);
    }

    #[test]
    fn a_record_that_is_cut_or_longer_is_refused(
        session in session(),
        cut in any::<prop::sample::Index>(),
    ) {
        let mut bytes = session.to_bytes();
        let cut = cut.index(bytes.len());
        prop_assert!(StoredSession::from_bytes(&bytes[..cut]).is_err());
        bytes.extend([0xc0, 0xc0]);
        let error = StoredSession::from_bytes(&bytes).unwrap_err().to_string();
        prop_assert!(error.contains("2 bytes left over"), "{}", error);
    }
}

fn some_session() -> StoredSession {
    StoredSession {
        principal: Some("alice".into()),
        originator: Some("web".into()),
        host: Some("a".into()),
        privileged: true,
        track: Some(TrackId::from_bytes([0x11; 16])),
        busy_until: CollectionTime::from_micros(3),
        idle: Some(Duration::from_secs(1)),
        deadline: Some(CollectionTime::from_micros(u64::MAX)),
        version: 2,
        token: 300,
        ..StoredSession::new(70_000, CollectionTime::from_micros(256), vec![0, 255])
    }
}

fn some_end() -> StoredEnd {
    let (key, id) = (RecordKey::from_bytes([0x22; 16]), SealedId::from_bytes([0x33; 16]));
    let end = StoredEnd::new("replaced", CollectionTime::from_micros(4), 5);
    StoredEnd {
        id: Some(SealedId::from_bytes([0x44; 16])),
        successor: Some(Successor { key, id }),
        ..end
    }
}

/// Written by the first version that had this format: what is there is to be read for ever.
const SOME_SESSION: &[u8] =
    b"\x01\x8e\xa5nonce\xce\x00\x01\x11p\xa9principal\xa5alice\xaaoriginator\xa3web\xa4host\
    \xa1a\xaaprivileged\xc3\xa5track\xc4\x10\x11\x11\x11\x11\x11\x11\x11\x11\x11\x11\x11\x11\
    \x11\x11\x11\x11\xa7created\xcd\x01\x00\xa4used\xcd\x01\x00\xaabusy_until\x03\xa4idle\
    \xce\x00\x0fB@\xa8deadline\xcf\xff\xff\xff\xff\xff\xff\xff\xff\xa7version\x02\xa5token\
    \xcd\x01,\xa4data\xc4\x02\x00\xff";
const BARE_SESSION: &[u8] = b"\x01\x84\xa5nonce\x01\xa7created\t\xa4used\t\xa4data\xc4\x01\x07";
const SOME_END: &[u8] =
    b"\x01\x85\xa6reason\xa8replaced\xa2at\x04\xa3seq\x05\xa2id\xc4\x10DDDDDDDDDDDDDDDD\xa9suc\
    cessor\x82\xa3key\xc4\x10\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\xa2id\xc4\x103333333333333333";

#[test]
fn the_bytes_of_format_1_stay_as_they_are() {
    assert_eq!(FORMAT, 1);
    let bare = StoredSession::new(1, CollectionTime::from_micros(9), vec![7]);
    for (session, golden) in [(some_session(), SOME_SESSION), (bare, BARE_SESSION)] {
        assert_eq!(session.to_bytes(), golden, "{}", session.to_bytes().escape_ascii());
        assert_eq!(StoredSession::from_bytes(golden), Ok(session));
    }
    let bytes = some_end().to_bytes();
    assert_eq!(bytes, SOME_END, "{}", bytes.escape_ascii());
    assert_eq!(StoredEnd::from_bytes(SOME_END), Ok(some_end()));
}

#[test]
fn another_format_is_refused_with_both_numbers() {
    let mut bytes = some_end().to_bytes();
    bytes[0] = 2;
    let error = StoredEnd::from_bytes(&bytes).unwrap_err();
    assert_eq!(error, CollectionError::OtherFormat { found: 2, known: 1 });
    let message = "the collection has format 2, and this version knows format 1";
    assert_eq!(error.to_string(), message);
    assert!(StoredEnd::from_bytes(&[]).is_err());
}

#[derive(Serialize)]
struct Later {
    reason: &'static str,
    at: u64,
    seq: u64,
    by: &'static str,
    more: Vec<Option<u8>>,
}

#[derive(Default, Serialize, Deserialize)]
#[serde(default)]
struct Earlier {
    reason: String,
}

#[test]
fn fields_may_be_added() {
    let later = Later { reason: "killed", at: 1, seq: 2, by: "root", more: vec![None, Some(1)] };
    let end = StoredEnd::from_bytes(&frame(&later)).unwrap();
    assert_eq!(end, StoredEnd::new("killed", CollectionTime::from_micros(1), 2));

    let earlier = Earlier { reason: "killed".into() };
    let end = StoredEnd::from_bytes(&frame(&earlier)).unwrap();
    assert_eq!(end, StoredEnd::new("killed", CollectionTime::ORIGIN, 0));
    let earlier: Earlier = unframe(&some_end().to_bytes()).unwrap();
    assert_eq!(earlier.reason, "replaced");
}

#[test]
fn errors_show_no_data() {
    #[derive(Serialize)]
    struct Wrong {
        at: &'static str,
    }
    let error = StoredEnd::from_bytes(&frame(&Wrong { at: "hush" })).unwrap_err();
    assert_eq!(error.to_string(), "record cannot be read: a value is of another type");
}
