//! The error messages of collections and of shared sessions.

use std::error::Error;

use tenure::collection::{
    Codec, CodecError, Collection, CollectionError, HashKey, MemoryCollection, MessagePack,
};
use tenure::shared::{
    PartlyEnded, PrincipalEnds, RefreshError, RefreshReport, RefreshStep, SharedAcquireError,
    SharedBuildError, SharedCreateError, Unacknowledged, UpdateError,
};
use tenure::{BuildError, CreateError, EndOutcome, LimitKind, RotateError, Tombstone, TrackId};

use crate::common::secs;

fn refused() -> CollectionError {
    CollectionError::not_applied("connection refused")
}

/// One whose first step failed.
fn failed() -> RefreshReport {
    let mut report = RefreshReport::default();
    (report.failures, report.failure) = (1, Some((RefreshStep::Open, refused())));
    report
}

/// One of each message that there is.
pub(crate) fn messages(ended: Tombstone) -> Vec<Box<dyn Error>> {
    let track = TrackId::from_bytes([7; 16]);
    let (reason, live, max) = (String::from("it ends too early"), 4, 4);
    vec![
        Box::new(refused()),
        Box::new(CollectionError::in_doubt("no answer for 500 ms")),
        Box::new(CollectionError::OtherKey),
        Box::new(CollectionError::OtherFormat { found: 2, known: 1 }),
        Box::new(CollectionError::ForgetsTooSoon { keep_ends: secs(60), least: secs(4_800) }),
        Box::new(CollectionError::Unreadable { reason: reason.clone() }),
        Box::new(HashKey::try_from(&[7; 31][..]).unwrap_err()),
        Box::new(CodecError::encode("it has no text")),
        Box::new(CodecError::decode("it ends too early")),
        Box::new(CodecError::LeftOver { bytes: 2, of: 9 }),
        Box::new(SharedBuildError::Store(BuildError::ZeroTimeout { which: "idle" })),
        Box::new(SharedBuildError::LimitOfOneNode { what: "per principal" }),
        Box::new(RefreshError::UnderWay),
        Box::new(RefreshError::Failed(Box::new(failed()))),
        Box::new(SharedCreateError::Here(CreateError::Closed)),
        Box::new(SharedCreateError::Full { limit: LimitKind::Global, live, max, all_busy: true }),
        Box::new(SharedCreateError::IdTaken),
        Box::new(SharedCreateError::Collection(refused())),
        Box::new(SharedAcquireError::Unknown),
        Box::new(SharedAcquireError::Ended(ended)),
        Box::new(SharedAcquireError::TooManyLeases { max: 16_383 }),
        Box::new(SharedAcquireError::Unavailable(refused())),
        Box::new(SharedAcquireError::Unreadable { track, reason: reason.clone() }),
        Box::new(SharedAcquireError::Here(CreateError::Closed)),
        Box::new(SharedAcquireError::Stale { ago: secs(99), max: secs(60) }),
        Box::new(PartlyEnded { ends: PrincipalEnds::default(), error: refused() }),
        Box::new(Unacknowledged { outcome: EndOutcome::Unknown, kept: true, error: refused() }),
        Box::new(UpdateError::Acquire(SharedAcquireError::Unknown)),
        Box::new(UpdateError::Collection(refused())),
        Box::new(UpdateError::Contended { tries: 8 }),
        Box::new(UpdateError::Unwritable { track, reason }),
        Box::new(UpdateError::Rotate(RotateError::IdInUse)),
    ]
}

#[test]
fn collections_can_be_shared_and_chosen_at_run_time() {
    fn thread_safe<T: Send + Sync + Unpin + 'static>(_: &T) {}
    let collection = MemoryCollection::default();
    thread_safe(&collection);
    thread_safe(&collection.snapshot());
    let _: Box<dyn Collection> = Box::new(collection);
    let _: Box<dyn Codec<Vec<u8>>> = Box::new(MessagePack);
}
