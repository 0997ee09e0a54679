//! What a node does in memory, and which calls it makes.

use crate::call::{Call, Flight, Lane};
use crate::rule::Rule;
use crate::setup::Setup;
use crate::state::{Held, Keys, Node, Pending, Reason, World, bit};

impl World {
    pub(crate) fn flight(&mut self, node: usize, lane: Lane) -> &mut Option<Flight> {
        &mut self.nodes[node].flights[lane as usize]
    }

    pub(crate) fn send(&mut self, node: usize, lane: Lane, call: Call, setup: &Setup) {
        let sent = if setup.bounds.is_some() { self.now } else { 0 };
        *self.flight(node, lane) = Some(Flight { call, answer: None, sent });
        // With bounds only stores are slow or fail; else there would be too much to try.
        if setup.bounds.is_some() && !matches!(call, Call::Store { .. }) {
            self.apply(node, lane, setup);
            self.hear(node, lane, setup);
        }
    }

    pub(crate) fn create(&mut self, node: usize, key: u8) {
        let nonce = u8::try_from(node).expect("a few nodes");
        self.seat(node, key).held = Some(Held {
            nonce,
            active: self.now,
            stored: 0,
            inserted: false,
            suspect: false,
            doubt: false,
            not_after: None,
            epoch: 0,
        });
        self.history.created |= bit(key);
        self.history.touched[usize::from(key)] = self.now;
    }

    pub(crate) fn touch(&mut self, node: usize, key: u8) {
        let now = self.now;
        if let Some(held) = self.held(node, key) {
            held.active = now;
        }
        self.history.touched[usize::from(key)] = now;
    }

    /// Takes a session out of memory, which is no end.
    pub(crate) fn unload(&mut self, node: usize, key: u8, setup: &Setup) {
        let seat = self.seat(node, key);
        if let Some(held) = seat.held.take()
            && held.active > held.stored
            && setup.has(Rule::UnloadKeepsTouch)
        {
            seat.late = Some((held.active, held.nonce));
        }
    }

    /// The application ends what a client names, whether or not it is here.
    pub(crate) fn end(&mut self, node: usize, key: u8) {
        let loading = self.loads(node, key);
        let seat = self.seat(node, key);
        let known = seat.held.is_some();
        let unsaved = seat.held.filter(|held| !held.inserted || held.doubt);
        let fence = unsaved.and_then(|held| held.not_after);
        // What was never sent is nowhere else.
        let elsewhere = unsaved.is_none() || fence.is_some();
        seat.pending = elsewhere.then_some(Pending { fence, known });
        seat.ended_meanwhile = loading;
        seat.rotating = false;
        self.bury_here(node, key);
        if known {
            self.history.ended_here[node] |= bit(key);
        }
        self.history.excused = Keys::MAX;
    }

    /// Whether a load is under way.
    pub(crate) fn loads(&self, node: usize, key: u8) -> bool {
        let flight = self.nodes[node].flights[Lane::Load as usize];
        flight.is_some_and(|it| it.call == Call::Load { key })
    }

    /// A session is no more at this node, and the node knows that.
    pub(crate) fn bury_here(&mut self, node: usize, key: u8) {
        let seat = self.seat(node, key);
        seat.held = None;
        seat.leased = false;
        seat.late = None;
        seat.tombstone = true;
    }

    /// The node hears that a session has ended. It remembers that of what it holds alone.
    pub(crate) fn hear_of_end(&mut self, node: usize, key: u8) {
        let seat = self.seat(node, key);
        seat.late = None;
        if seat.held.is_some() {
            self.bury_here(node, key);
        }
    }

    pub(crate) fn remove_call(&self, node: usize, key: u8, setup: &Setup) -> Option<Call> {
        let Node { flights, seats, .. } = self.nodes[node];
        let pending = seats[usize::from(key)].pending?;
        let removes = |it: &Flight| matches!(it.call, Call::Remove { key: it, .. } if it == key);
        if setup.has(Rule::OneRemoveAtOnce) && flights.iter().flatten().any(removes) {
            return None;
        }
        let reason = Reason::By(u8::try_from(node).expect("a few nodes"));
        Some(Call::Remove { key, reason, fence: pending.fence })
    }

    /// An attempt to insert what is not inserted, and what the node notes about it.
    pub(crate) fn insert_call(&mut self, node: usize, key: u8, setup: &Setup) -> Option<Call> {
        let Node { heard, epoch, flights, seats, .. } = self.nodes[node];
        let mut held = seats[usize::from(key)].held.filter(|held| !held.inserted)?;
        let inserts = |it: &Flight| matches!(it.call, Call::Insert { key: it, .. } if it == key);
        if setup.has(Rule::OneInsertAtOnce) && flights.iter().flatten().any(inserts) {
            return None;
        }
        if !held.doubt || !setup.has(Rule::NotAfterStays) {
            held.not_after = Some(heard + setup.window);
        }
        if !held.doubt || !setup.has(Rule::EpochStays) {
            held.epoch = epoch;
        }
        self.seat(node, key).held = Some(held);
        let Held { nonce, active, epoch, .. } = held;
        let not_after = held.not_after?;
        let used = self.translated(node, active, setup);
        Some(Call::Insert { key, nonce, used, not_after, epoch })
    }

    /// A store of a dirty session, or of a late touch.
    pub(crate) fn store_call(&mut self, node: usize, key: u8, setup: &Setup) -> Option<Call> {
        let now = self.now;
        let seat = self.seat(node, key);
        let leased = seat.leased;
        let (used, nonce) = match seat.held.as_mut().filter(|held| held.inserted) {
            Some(held) if held.suspect || leased || held.active > held.stored => {
                if leased && setup.has(Rule::LeasedIsUsedNow) {
                    held.active = now;
                }
                (held.active, held.nonce)
            }
            Some(_) => return None,
            None => seat.late?,
        };
        let used = self.translated(node, used, setup);
        Some(Call::Store { key, nonce, used })
    }

    /// A time of this node as the collection's.
    fn translated(&self, node: usize, time: u8, setup: &Setup) -> u8 {
        let error = self.nodes[node].error;
        if setup.has(Rule::TimesAreEarly) { time - error } else { time + error }
    }

    /// The time of this node that it once translated.
    pub(crate) fn translated_back(&self, node: usize, time: u8, setup: &Setup) -> u8 {
        let error = self.nodes[node].error;
        if setup.has(Rule::TimesAreEarly) { time + error } else { time - error }
    }

    /// What there is to send at once about a key, outside the refresh.
    pub(crate) fn direct_call(&mut self, node: usize, key: u8, setup: &Setup) -> Option<Call> {
        if self.seat(node, key).rotating {
            return Some(Call::Rotate { old: key, new: key + 1 });
        }
        self.remove_call(node, key, setup).or_else(|| self.insert_call(node, key, setup))
    }

    /// All that is in memory is lost. What was sent may yet arrive.
    pub(crate) fn crash(&mut self, node: usize) {
        let lost = self.nodes[node];
        for flight in lost.flights.into_iter().flatten() {
            if flight.answer.is_none() && flight.call.writes() {
                self.abandon(flight.call);
            }
        }
        for (key, seat) in (0..).zip(lost.seats) {
            let unsaved = seat.held.is_some() && self.history.saved & bit(key) == 0;
            if unsaved || seat.rotating {
                self.history.excused = Keys::MAX;
            }
        }
        self.nodes[node] = World::new(self.left).nodes[node];
        self.nodes[node].up = false;
        self.history.ended_here[node] = 0;
        self.history.began[node] = 0;
        self.history.must_know[node] = 0;
    }

    /// Starts again with an empty memory.
    pub(crate) fn start(&mut self, node: usize) {
        self.history.must_know[node] = self.history.acknowledged;
        let heard = self.collection_time();
        let (epoch, cursor) = (self.collection.epoch, self.collection.seq);
        self.nodes[node] = Node { up: true, epoch, cursor, heard, ..self.nodes[node] };
    }

    /// Leaves a call on the wire, where it may be applied later, or never.
    pub(crate) fn abandon(&mut self, call: Call) {
        if let Some(free) = self.wire.iter_mut().find(|call| call.is_none()) {
            *free = Some(call);
        }
    }
}
