//! Events in XenAPI's form.

use std::collections::BTreeMap;

use dxr::Value;
use tenure::events::{Event, EventKind};
use tenure::{Session, SessionInfo, Tombstone};
use time::OffsetDateTime;

use crate::classes::Classes;
use crate::feed::{HOST, SESSION};
use crate::login::Login;
use crate::methods::Api;
use crate::records;
use crate::refs;
use crate::rpc::{number, structure, text};

/// One event, as XenAPI has it: something was added, modified or deleted.
pub(crate) struct Change {
    id: u64,
    at: OffsetDateTime,
    operation: Operation,
    reference: String,
    object: Object,
}

#[derive(Clone, Copy, PartialEq)]
enum Operation {
    Add,
    Modify,
    Delete,
}

enum Object {
    /// `None` if it is known no longer, which takes a client that is very late.
    Session(Option<Session<Login>>, Option<Tombstone>),
    /// A host by name, and whether it was live, where the event is about that.
    Host(String, Option<bool>),
}

impl Change {
    /// All that these events say about what is wanted, in their order.
    pub(crate) fn all(api: &Api, events: &[Event], wanted: &Classes) -> Vec<Self> {
        api.sessions.directory.settle();
        events.iter().filter_map(|event| Self::new(api, event, wanted)).collect()
    }

    /// That a live session is there. `None` if it is not wanted.
    pub(crate) fn of_live(api: &Api, info: &SessionInfo, wanted: &Classes) -> Option<Self> {
        let (reference, session) = look_up(api, info, wanted)?;
        Some(Self {
            id: 0,
            at: OffsetDateTime::now_utc(),
            operation: Operation::Add,
            reference,
            object: Object::Session(session, None),
        })
    }

    /// That a host is there. `None` if it is not wanted.
    pub(crate) fn of_host(api: &Api, name: &str, wanted: &Classes) -> Option<Self> {
        let reference = api.hosts.reference(name);
        wanted.want(HOST, &reference).then(|| Self {
            id: 0,
            at: OffsetDateTime::now_utc(),
            operation: Operation::Add,
            reference,
            object: Object::Host(name.to_owned(), None),
        })
    }

    fn new(api: &Api, event: &Event, wanted: &Classes) -> Option<Self> {
        let operation = match event.kind() {
            EventKind::Created | EventKind::HostAdded => Operation::Add,
            EventKind::Ended | EventKind::HostForgotten => Operation::Delete,
            _ => Operation::Modify,
        };
        let (reference, object) = if let Some(info) = event.session() {
            let (reference, session) = look_up(api, info, wanted)?;
            (reference, Object::Session(session, event.tombstone()))
        } else {
            let live = match event.kind() {
                EventKind::HostDead => Some(false),
                EventKind::HostAdded | EventKind::HostBack => Some(true),
                _ => None,
            };
            let name = event.host()?;
            let reference = api.hosts.reference(name);
            if !wanted.want(HOST, &reference) {
                return None;
            }
            (reference, Object::Host(name.to_owned(), live))
        };
        Some(Self { id: event.sequence(), at: event.wall(), operation, reference, object })
    }

    /// The struct that the client gets. The snapshot of what is gone says how it was last, and why
    /// it ended.
    pub(crate) fn into_value(self, api: &Api) -> Value {
        let (class, snapshot) = match self.object {
            Object::Session(session, tombstone) => {
                (SESSION, session.map(|session| records::session(api, &session, tombstone)))
            }
            Object::Host(name, live) => (HOST, api.hosts.record(&name, live)),
        };
        let seconds = (self.at - OffsetDateTime::UNIX_EPOCH).as_seconds_f64();
        let mut fields = vec![
            ("id", number(self.id)),
            ("timestamp", text(format!("{seconds:.3}"))),
            ("class", text(class)),
            ("operation", text(self.operation.name())),
            ("ref", text(self.reference)),
        ];
        fields.extend(snapshot.map(|snapshot| ("snapshot", snapshot)));
        structure(fields)
    }
}

impl Operation {
    const fn name(self) -> &'static str {
        match self {
            Self::Add => "add",
            Self::Modify => "mod",
            Self::Delete => "del",
        }
    }
}

/// A session's public name and the session, if clients may know of it and this one wants to.
fn look_up(
    api: &Api,
    info: &SessionInfo,
    wanted: &Classes,
) -> Option<(String, Option<Session<Login>>)> {
    let name = refs::name(info.track_id());
    if !wanted.want(SESSION, &name) {
        return None;
    }
    let session = api.sessions.directory.recall(&name);
    // Pinned sessions that nobody was given: the server's own at other hosts, and those of a
    // login to the pool's shared session that another login outran.
    (session.is_some() || !info.is_pinned()).then_some((name, session))
}

/// Changes with one an object: what became of it.
#[derive(Default)]
pub(crate) struct Coalesced(BTreeMap<String, Change>);

impl Coalesced {
    pub(crate) fn add(&mut self, changes: impl IntoIterator<Item = Change>) {
        for mut change in changes {
            let before = self.0.remove(&change.reference);
            let was_added = before.is_some_and(|before| before.operation == Operation::Add);
            if was_added && change.operation == Operation::Modify {
                // It is still new to the client.
                change.operation = Operation::Add;
            }
            self.0.insert(change.reference.clone(), change);
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The structs that the client gets, in the order in which things happened last.
    pub(crate) fn into_values(self, api: &Api) -> Vec<Value> {
        let mut changes: Vec<Change> = self.0.into_values().collect();
        changes.sort_by_key(|change| change.id);
        changes.into_iter().map(|change| change.into_value(api)).collect()
    }
}
