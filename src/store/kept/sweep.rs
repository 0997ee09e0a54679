//! Walks through all sessions of a store with a keeper.

use std::collections::BTreeSet;

use super::setup::Kept;
use crate::session::{NewSession, Seen};
use crate::table::Walk;

/// The data of the sessions that the next visit to the lock looks at.
fn some(kept: &Kept, walk: &mut Walk<'_>) -> (Vec<u32>, bool) {
    let mut data = Vec::new();
    let more = kept.store.table().each_kept(walk, |record, _| data.push(record.data));
    (data, more)
}

#[test]
fn sweep_meets_every_session_that_stays_in_bounded_visits() {
    const MANY: u32 = 2_000;
    let kept = Kept::new();
    let ids: Vec<_> = (0..MANY).map(|data| kept.create(data)).collect();
    let (mut walk, mut met, mut more) = (Walk::all(), BTreeSet::new(), true);
    for round in 0.. {
        if !more {
            break;
        }
        let (data, is_more) = some(&kept, &mut walk);
        assert!(data.len() <= 256 && round < 16, "{} in round {round}", data.len());
        more = is_more;
        met.extend(data);
        // Some go, from either end, and others come.
        for at in [round, ids.len() - 1 - round] {
            let _ = kept.store.end(ids[at]);
        }
        kept.create(MANY + u32::try_from(round).unwrap());
    }
    assert!((16..MANY - 16).all(|data| met.contains(&data)));
    assert_eq!(some(&Kept::new(), &mut Walk::all()), (vec![], false));
}

#[test]
fn sweep_shows_what_is_dirty() {
    let kept = Kept::new();
    let ids = [1, 2, 3].map(|data| kept.create(data));
    let before = kept.store.now();
    kept.clock.advance(std::time::Duration::from_secs(1));
    kept.store.touch(ids[1]).unwrap();
    let lease = kept.store.acquire(ids[2]).unwrap();
    let is_dirty = |seen: Seen| seen.in_use() || seen.last_active() > before;
    let mut dirty = BTreeSet::new();
    let more = kept.store.table().each_kept(&mut Walk::all(), |record, seen| {
        dirty.extend(is_dirty(seen).then_some((record.key().expose(), seen.in_use())));
    });
    let expected = [(ids[1], false), (ids[2], true)].map(|(id, leased)| (id.expose(), leased));
    assert_eq!((dirty, more), (BTreeSet::from(expected), false));
    drop(lease);
    assert_eq!(kept.store.create(NewSession::new(4)).map(|it| *it.data()), Ok(4));
}
