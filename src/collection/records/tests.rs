//! Random operations, compared with a reference that looks at every record; and what was written
//! is all that a collection needs to go on from.

mod sweep;
mod twin;

use std::collections::BTreeMap;
use std::time::Duration;

use proptest::prelude::*;
use twin::Twin;

use super::meta::Meta;
use super::table::Records;
use crate::collection::key::{RecordKey, SealedId};
use crate::collection::op::{Op, Request};
use crate::collection::policy::Policy;
use crate::collection::record::{StoredSession, Successor};
use crate::collection::stamp::{CollectionTime, Epoch};
use crate::id::TrackId;
use crate::limits::Limit;

const EPOCH: Epoch = Epoch::from_number(7);

/// Short times, in microseconds.
fn policy(limits: u8) -> Policy {
    let mut policy = Policy::new(Duration::ZERO);
    policy.grace = Duration::from_micros(20);
    policy.hold = Duration::from_micros(5);
    policy.keep_ends = Duration::from_micros(60);
    policy.global =
        [None, Some(Limit::evict_oldest(6)), Some(Limit::reject(6))][limits as usize % 3];
    let floor = Duration::from_micros(5);
    let principal = [None, Some(Limit::evict_oldest(2).min_idle(floor)), Some(Limit::reject(2))];
    policy.per_principal = principal[limits as usize / 3 % 3];
    policy
}

fn at(micros: u64) -> CollectionTime {
    CollectionTime::from_micros(micros)
}

fn key(number: u8) -> RecordKey {
    RecordKey::from_bytes([number % 16; 16])
}

fn successor(number: u8) -> Successor {
    Successor { key: key(number), id: SealedId::from_bytes([number; 16]) }
}

fn op(what: u8, a: u8, b: u8, now: u64) -> Op {
    let ago = |span: u8| at((now + 10).saturating_sub(u64::from(span) % 40));
    match what % 16 {
        0..=4 => {
            let mut session = StoredSession::new(u32::from(a % 3), ago(b), vec![]);
            session.principal = (!b.is_multiple_of(4)).then(|| format!("p{}", b % 4));
            session.idle = (!a.is_multiple_of(5)).then(|| Duration::from_micros(u64::from(a)));
            session.deadline = b.is_multiple_of(5).then(|| at(now + u64::from(a)));
            session.busy_until = at(if a.is_multiple_of(4) { now + u64::from(b % 100) } else { 0 });
            let (not_after, epoch) = (at(now + 1 - u64::from(a % 9 / 7)), EPOCH);
            Op::Insert { session: Box::new(session), not_after, epoch }
        }
        5..=8 => {
            let busy_until = at(if b.is_multiple_of(2) { now + u64::from(b % 100) } else { 0 });
            Op::Touch { used: ago(a), busy_until }
        }
        9 | 10 => Op::Load,
        11 | 12 => Op::Remove { reason: format!("r{a}"), id: None, fence: b.is_multiple_of(2) },
        13 => Op::Rotate { to: successor(b), track: TrackId::from_bytes([b; 16]), id: None },
        _ => {
            let (nonce, version) = (u32::from(a % 3), u32::from(b % 4));
            Op::Update { nonce, version, token: u64::from(b % 8), data: vec![] }
        }
    }
}

proptest! {
    #[test]
    fn decisions_are_those_of_the_reference(
        limits in 0..9u8,
        steps in prop::collection::vec(any::<[u8; 4]>(), 1..250),
    ) {
        let meta = Meta { epoch: EPOCH, seq: 0, floor: 0, fingerprint: None };
        let policy = policy(limits);
        let mut twin = Twin { records: Records::new(policy, meta), policy, kept: BTreeMap::new() };
        let mut now = 100;
        for [what, place, a, b] in steps {
            now += u64::from(a % 4);
            match what {
                0..=15 => twin.expire(at(now), usize::from(b % 4)),
                16..=23 => twin.reopen(),
                24..=27 => twin.end_principal(at(now), a % 5, key(b), usize::from(b % 3)),
                _ => {
                    let request = Request { key: key(place), op: op(what, a, b, now) };
                    twin.apply(at(now), &request);
                }
            }
            twin.check(at(now));
        }
    }
}
