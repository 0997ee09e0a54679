//! The ways to name a session, on both sides.

use tenure::SessionId;

use crate::names::Found;
use crate::op::Pick;
use crate::pair::Pair;

/// A session named in one of the ways that the store takes.
#[derive(Clone, Debug)]
pub(crate) enum Key {
    Id(SessionId),
    /// The text of an id, if it is one.
    Text(Option<SessionId>, String),
    /// The handle of the session with this number, live or ended.
    Handle(usize),
    /// The lease at this place, and its session.
    Lease(usize, usize),
}

/// Calls a method of the store with a key of whichever kind.
macro_rules! call {
    ($pair:ident, $method:ident, $key:expr $(, $argument:expr)*) => {
        match $key {
            Key::Id(id) => $pair.store.$method(id $(, $argument)*),
            Key::Text(_, text) => $pair.store.$method(text $(, $argument)*),
            Key::Handle(number) => $pair.store.$method(&$pair.handles[*number] $(, $argument)*),
            Key::Lease(place, _) => $pair.store.$method(&$pair.leases[*place].1 $(, $argument)*),
        }
    };
}
pub(crate) use call;

impl Pair {
    pub(crate) fn key(&self, pick: Pick) -> Key {
        match pick {
            Pick::Live(_) | Pick::Any(_) | Pick::Stranger => Key::Id(self.id(pick)),
            Pick::Text(_) => Key::Text(Some(self.id(pick)), self.id(pick).expose()),
            Pick::Nonsense => Key::Text(None, self.id(pick).expose().replace('-', ":")),
            Pick::Handle(index) => match usize::from(index).checked_rem(self.handles.len()) {
                Some(number) => Key::Handle(number),
                None => Key::Id(self.id(pick)),
            },
            Pick::Lease(index) => match usize::from(index).checked_rem(self.leases.len()) {
                Some(place) => Key::Lease(place, self.leases[place].0),
                None => Key::Id(self.id(pick)),
            },
        }
    }

    /// Whom a key leads to, before anybody looks at deadlines. Where more than one answer is right,
    /// all of them.
    pub(crate) fn leads(&self, key: &Key) -> Vec<Found> {
        self.leads_by(key, |id| self.reference.resolve(id))
    }

    /// The same for those who do not go by an id in its grace.
    pub(crate) fn leads_now(&self, key: &Key) -> Vec<Found> {
        self.leads_by(key, |id| self.reference.resolve_current(id))
    }

    fn leads_by(&self, key: &Key, resolve: impl Fn(SessionId) -> Vec<Found>) -> Vec<Found> {
        match key {
            Key::Id(id) | Key::Text(Some(id), _) => resolve(*id),
            Key::Text(None, _) => vec![Found::Unknown],
            // A handle never forgets.
            Key::Handle(number) | Key::Lease(_, number) => {
                let end = self.reference.sessions[*number].end;
                vec![end.map_or(Found::Session(*number), Found::Ended)]
            }
        }
    }

    /// Checks where the store says that a key leads. An expired session is ended by it.
    pub(crate) fn agree(&mut self, key: &Key, found: Found) -> crate::pair::Outcome {
        let possible = self.leads(key);
        self.agree_among(&possible, found)
    }
}
