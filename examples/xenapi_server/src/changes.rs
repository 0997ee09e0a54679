//! Events in XenAPI's form.

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

#[derive(Clone, Copy)]
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

    /// That a session was created. It is `None` if it is not known any more.
    pub(crate) fn created(
        id: u64,
        at: OffsetDateTime,
        reference: &str,
        session: Option<Session<Login>>,
    ) -> Self {
        let object = Object::Session(session, None);
        Self { id, at, operation: Operation::Add, reference: reference.to_owned(), object }
    }

    /// That a session has ended, and how, as far as that is known.
    pub(crate) fn ended(
        id: u64,
        at: OffsetDateTime,
        reference: &str,
        session: Option<Session<Login>>,
        tombstone: Option<Tombstone>,
    ) -> Self {
        let object = Object::Session(session, tombstone);
        Self { id, at, operation: Operation::Delete, reference: reference.to_owned(), object }
    }

    /// That a host has changed, or that it is there.
    pub(crate) fn of_host(
        id: u64,
        at: OffsetDateTime,
        name: &str,
        reference: &str,
        is_new: bool,
    ) -> Self {
        let operation = if is_new { Operation::Add } else { Operation::Modify };
        let object = Object::Host(name.to_owned(), None);
        Self { id, at, operation, reference: reference.to_owned(), object }
    }

    /// The number of the event.
    pub(crate) fn id(&self) -> u64 {
        self.id
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
