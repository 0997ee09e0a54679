//! The state of the model: plain data, small enough to be copied and hashed millions of times.
//!
//! Times are ticks of one true clock, which is also the collection's but for a jump at a failover.

use crate::budget::Budget;
use crate::call::{Call, Flight};
use crate::fault::Fault;
use crate::setup::{KEYS, NODES, START};

/// A set of keys, as bits.
pub(crate) type Keys = u8;

/// All there is.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct World {
    pub(crate) now: u8,
    pub(crate) collection: Collection,
    pub(crate) nodes: [Node; NODES],
    /// Calls that a node has given up, and that may yet be applied.
    pub(crate) wire: [Option<Call>; 2],
    /// What may still happen.
    pub(crate) left: Budget,
    pub(crate) history: History,
    pub(crate) fault: Option<Fault>,
}

#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Collection {
    pub(crate) epoch: u8,
    pub(crate) seq: u8,
    pub(crate) floor: u8,
    /// By how much its clock has jumped back.
    pub(crate) behind: u8,
    pub(crate) rows: [Row; KEYS],
}

/// What the collection has for a key.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Row {
    Nothing,
    Live { nonce: u8, used: u8 },
    Tombstone { reason: Reason, at: u8, seq: u8, successor: Option<u8> },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Reason {
    /// Ended by the application; each node gives a reason of its own.
    By(u8),
    Idle,
    Replaced,
}

#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Node {
    pub(crate) up: bool,
    pub(crate) epoch: u8,
    /// The seq up to which it has heard of ends.
    pub(crate) cursor: u8,
    /// The collection's time that it heard last.
    pub(crate) heard: u8,
    /// How far its times are off: the error of the translation.
    pub(crate) error: u8,
    pub(crate) seats: [Seat; KEYS],
    /// The next batch of the refresh in progress.
    pub(crate) refresh: Option<u8>,
    /// No step of this refresh has failed.
    pub(crate) good: bool,
    /// With bounds alone: when it last read its sessions, and how many refreshes failed since.
    pub(crate) read: u8,
    pub(crate) failed: u8,
    /// Calls under way, by lane.
    pub(crate) flights: [Option<Flight>; 3],
}

/// What a node knows of a key.
#[allow(clippy::struct_excessive_bools)]
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Seat {
    pub(crate) held: Option<Held>,
    /// The application has a lease of it.
    pub(crate) leased: bool,
    pub(crate) tombstone: bool,
    pub(crate) pending: Option<Pending>,
    /// A touch of an unloaded session that is not stored: when, and the nonce.
    pub(crate) late: Option<(u8, u8)>,
    /// It was ended here while a load was under way.
    pub(crate) ended_meanwhile: bool,
    /// It is being replaced, and nobody knows yet whether it is.
    pub(crate) rotating: bool,
}

/// A session in a node's memory.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Held {
    pub(crate) nonce: u8,
    pub(crate) active: u8,
    pub(crate) stored: u8,
    pub(crate) inserted: bool,
    pub(crate) suspect: bool,
    /// An insert was given up without an answer.
    pub(crate) doubt: bool,
    /// Of the attempts to insert it; none before the first.
    pub(crate) not_after: Option<u8>,
    pub(crate) epoch: u8,
}

/// An end that the collection has not acknowledged.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Pending {
    /// The `not_after` of its own insert, if that is not acknowledged.
    pub(crate) fence: Option<u8>,
    /// It ended a session that was here, not just a key that a client named.
    pub(crate) known: bool,
}

/// What happened, as one sees it who watches everything. No step depends on it.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct History {
    /// Created; acknowledged as inserted; allowed to be lost.
    pub(crate) created: Keys,
    pub(crate) saved: Keys,
    pub(crate) excused: Keys,
    /// Once had a tombstone, or was lost in a flush: must never be live again.
    pub(crate) gone: Keys,
    /// The collection has acknowledged the end.
    pub(crate) acknowledged: Keys,
    /// The reason that was first given, as long as the collection remembers it.
    pub(crate) reasons: [Option<Reason>; KEYS],
    /// When it was last used by a client.
    pub(crate) touched: [u8; KEYS],
    /// The key that the client presents.
    pub(crate) client: u8,
    /// Of each node: what it has ended itself since it started.
    pub(crate) ended_here: [Keys; NODES],
    /// Of each node: what was acknowledged before its refresh began, and before its last good one.
    pub(crate) began: [Keys; NODES],
    pub(crate) must_know: [Keys; NODES],
}

pub(crate) const fn bit(key: u8) -> Keys {
    1 << key
}

impl World {
    pub(crate) fn new(left: Budget) -> Self {
        let seat = Seat {
            held: None,
            leased: false,
            tombstone: false,
            pending: None,
            late: None,
            ended_meanwhile: false,
            rotating: false,
        };
        let node = Node {
            up: true,
            epoch: 0,
            cursor: 0,
            heard: START,
            error: 0,
            seats: [seat; KEYS],
            refresh: None,
            good: false,
            read: 0,
            failed: 0,
            flights: [None; 3],
        };
        let history = History {
            created: 0,
            saved: 0,
            excused: 0,
            gone: 0,
            acknowledged: 0,
            reasons: [None; KEYS],
            touched: [0; KEYS],
            client: 0,
            ended_here: [0; NODES],
            began: [0; NODES],
            must_know: [0; NODES],
        };
        let collection =
            Collection { epoch: 0, seq: 0, floor: 0, behind: 0, rows: [Row::Nothing; KEYS] };
        let (now, wire, nodes) = (START, [None; 2], [node; NODES]);
        Self { now, collection, nodes, wire, left, history, fault: None }
    }

    pub(crate) fn seat(&mut self, node: usize, key: u8) -> &mut Seat {
        &mut self.nodes[node].seats[usize::from(key)]
    }

    /// A session in a node's memory, to be changed.
    pub(crate) fn held(&mut self, node: usize, key: u8) -> Option<&mut Held> {
        self.seat(node, key).held.as_mut()
    }

    pub(crate) fn row(&self, key: u8) -> Row {
        self.collection.rows[usize::from(key)]
    }

    pub(crate) fn is_live(&self, key: u8) -> bool {
        matches!(self.row(key), Row::Live { .. })
    }

    /// The first thing that went wrong is what is reported.
    pub(crate) fn fail(&mut self, fault: Fault) {
        self.fault = self.fault.or(Some(fault));
    }
}
