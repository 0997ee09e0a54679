//! The commands that are sent: keys, and what every script is told.

use redis::{Cmd, cmd};

use super::layout::{self, FORMAT, digits, micros};
use super::options::{Ack, RedisOptions};
use super::scripts::Script;
use crate::collection::error::CollectionError;
use crate::collection::key::{Fingerprint, RecordKey};
use crate::collection::op::{Op, Request};
use crate::collection::policy::Policy;
use crate::collection::stamp::{CollectionTime, Cursor};
use crate::limits::{Limit, OnFull};

/// For how long after the pruner should have forgotten something Redis does it.
const MARGIN: u64 = 86_400_000_000;

/// What the commands of one collection have in common.
#[derive(Debug)]
pub(super) struct Frame {
    prefix: String,
    policy: Policy,
    /// Whether more than the server has to have a change.
    waits: bool,
}

impl Frame {
    pub(super) fn new(options: &RedisOptions) -> Self {
        let bounded = |limit: Option<Limit>| limit.filter(|limit| limit.max() < usize::MAX);
        let mut policy = options.policy;
        policy.global = bounded(policy.global);
        policy.per_principal = bounded(policy.per_principal);
        Self {
            prefix: format!("{{{}}}:", options.prefix),
            policy,
            waits: options.acknowledge != Ack::Memory,
        }
    }

    pub(super) fn policy(&self) -> &Policy {
        &self.policy
    }

    /// Where ends are published.
    pub(super) fn channel(&self) -> String {
        format!("{}ends", self.prefix)
    }

    /// Whether insertions may find no room.
    pub(super) fn is_limited(&self) -> bool {
        self.policy.global.is_some() || self.policy.per_principal.is_some()
    }

    pub(super) fn open(&self, fingerprint: Fingerprint, load: bool) -> Result<Cmd, Failed> {
        self.script(Script::Open, load, fingerprint, &[], false)
    }

    pub(super) fn feed(
        &self,
        fingerprint: Fingerprint,
        load: bool,
        after: Cursor,
        at_most: usize,
    ) -> Result<Cmd, Failed> {
        let mut call = self.script(Script::Feed, load, fingerprint, &[], false)?;
        let epoch = format!("{:016x}", after.epoch.number());
        call.arg(epoch).arg(after.seq.min((1 << 53) - 1)).arg(at_most);
        Ok(call)
    }

    pub(super) fn expire(
        &self,
        fingerprint: Fingerprint,
        load: bool,
        at_most: usize,
    ) -> Result<Cmd, Failed> {
        let mut call = self.script(Script::Expire, load, fingerprint, &[], false)?;
        call.arg(at_most);
        Ok(call)
    }

    pub(super) fn end_principal(
        &self,
        fingerprint: Fingerprint,
        load: bool,
        (principal, reason): (&str, &str),
        except: &[RecordKey],
        at_most: usize,
    ) -> Result<Cmd, Failed> {
        let mut call = self.script(Script::Principal, load, fingerprint, &[], self.waits)?;
        call.arg(principal).arg(layout::tail(reason, None, None)).arg(at_most);
        for key in except {
            call.arg(key.as_bytes());
        }
        Ok(call)
    }

    /// The call that does what these requests ask.
    pub(super) fn apply<'a>(
        &self,
        script: Script,
        load: bool,
        fingerprint: Fingerprint,
        requests: impl Iterator<Item = &'a Request> + Clone,
    ) -> Result<Cmd, Failed> {
        let keys: Vec<_> = requests.clone().map(|request| self.key(request.key)).collect();
        let writes = requests.clone().any(|request| !matches!(request.op, Op::Load));
        let mut call = self.script(script, load, fingerprint, &keys, self.waits && writes)?;
        add_limit(&mut call, self.policy.per_principal);
        add_limit(&mut call, self.policy.global);
        for request in requests {
            self.request(&mut call, &request.op)?;
        }
        Ok(call)
    }

    fn request(&self, call: &mut Cmd, op: &Op) -> Result<(), Failed> {
        match op {
            Op::Insert { session, not_after, epoch } => {
                call.arg("I").arg(format!("{:016x}", epoch.number()));
                call.arg(digits(not_after.as_micros())).arg(layout::live(session)?);
            }
            Op::Touch { used, busy_until } => {
                let [used, busy] = [used, busy_until].map(|time| digits(time.as_micros()));
                call.arg("T").arg(used).arg(busy);
            }
            Op::Remove { reason, id, fence } => {
                call.arg("R").arg(layout::tail(reason, *id, None)).arg(u8::from(*fence));
            }
            Op::Load => {
                call.arg("G");
            }
            Op::Update { nonce, version, token, data } => {
                call.arg("U").arg(&nonce.to_be_bytes()).arg(&version.to_be_bytes());
                call.arg(&version.wrapping_add(1).to_be_bytes()).arg(&token.to_be_bytes());
                call.arg(data);
            }
            Op::Rotate { to, track, id } => {
                call.arg("X").arg(self.key(to.key)).arg(layout::tail("replaced", *id, Some(*to)));
                call.arg(&layout::successor(to)).arg(track.as_bytes());
            }
        }
        Ok(())
    }

    fn key(&self, key: RecordKey) -> Vec<u8> {
        [self.prefix.as_bytes(), b"s:", key.as_bytes()].concat()
    }

    /// A call of a script, by its text if it is to be loaded.
    fn script(
        &self,
        script: Script,
        load: bool,
        fingerprint: Fingerprint,
        records: &[Vec<u8>],
        waits: bool,
    ) -> Result<Cmd, Failed> {
        let mut epoch = [0; 8];
        getrandom::fill(&mut epoch).map_err(|error| {
            CollectionError::not_applied(format!("no epoch could be drawn: {error}"))
        })?;
        let mut call = if load { cmd("EVAL") } else { cmd("EVALSHA") };
        call.arg(if load { script.text() } else { script.hash() }).arg(4 + records.len());
        for name in ["meta", "feed", "due", "used"] {
            call.arg(format!("{}{name}", self.prefix));
        }
        for key in records {
            call.arg(key);
        }
        call.arg(FORMAT).arg(fingerprint.to_string());
        call.arg(format!("{:016x}", u64::from_be_bytes(epoch)));
        call.arg(&self.prefix);
        let Policy { grace, hold, keep_ends, .. } = self.policy;
        call.arg(micros(grace)).arg(micros(hold)).arg(micros(keep_ends)).arg(MARGIN);
        call.arg(u8::from(waits));
        Ok(call)
    }
}

fn add_limit(call: &mut Cmd, limit: Option<Limit>) {
    let (evicts, min_idle) = match limit.map(|limit| limit.on_full()) {
        Some(OnFull::EvictOldest { min_idle }) => (1, micros(min_idle)),
        _ => (0, 0),
    };
    match limit {
        Some(limit) => call.arg(limit.max()),
        None => call.arg(-1),
    };
    call.arg(evicts).arg(min_idle);
}

/// Why a command cannot be made.
type Failed = CollectionError;

/// A time of the collection, from the digits of a script.
pub(super) fn time(digits: &[u8]) -> Option<CollectionTime> {
    std::str::from_utf8(digits).ok()?.parse().ok().map(CollectionTime::from_micros)
}
