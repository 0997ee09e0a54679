//! Sessions and hosts, each with the numbers of the events that made it what it is.
//!
//! Like xapi, this stamps objects rather than keeping a list of changes: of what lives nothing is
//! ever lost, and of what is gone as much as is remembered.

use std::collections::{BTreeMap, HashMap, VecDeque};

use tenure::{SessionInfo, Tombstone};
use time::OffsetDateTime;

use crate::changes::Change;
use crate::classes::Classes;
use crate::directory::Directory;
use crate::feed::{HOST, SESSION};
use crate::gone::Gone;
use crate::login::Viewer;
use crate::position::Position;
use crate::refs::{self, SessionRef};

/// The most events in one answer of `event.from`, but for the first.
const MOST: usize = 256;

/// What there is, and what has been lately.
pub(crate) struct Objects {
    directory: Directory,
    /// By public name: those that live, and the last that ended.
    sessions: HashMap<String, Row>,
    /// The names of those that ended, the first at the front.
    ended: VecDeque<String>,
    /// How many of those are kept.
    remembered: usize,
    gone: Gone,
    hosts: BTreeMap<String, Stamp>,
}

/// The number of an event, and when it happened.
#[derive(Clone, Copy)]
pub(crate) struct Stamp {
    pub(crate) number: u64,
    pub(crate) at: OffsetDateTime,
}

struct Row {
    info: SessionInfo,
    created: Stamp,
    ended: Option<(Stamp, Option<Tombstone>)>,
}

/// Which sessions and hosts a client asks for.
#[derive(Clone, Copy)]
pub(crate) struct Question<'a> {
    pub(crate) wanted: &'a Classes,
    pub(crate) viewer: &'a Viewer,
    /// The names of all hosts, and their references.
    pub(crate) hosts: &'a [(&'a str, String)],
}

/// What happened up to one moment, and how things stood then.
pub(crate) struct Window {
    /// One an object, in the order in which they happened.
    pub(crate) changes: Vec<Change>,
    /// How many sessions there were that the client may see.
    pub(crate) sessions: usize,
    /// The moment.
    pub(crate) until: Position,
}

impl Objects {
    /// `remembered` sessions are known still after they have ended.
    pub(crate) fn new(directory: &Directory, remembered: usize) -> Self {
        Self {
            directory: directory.clone(),
            sessions: HashMap::new(),
            ended: VecDeque::new(),
            remembered,
            gone: Gone::new(remembered),
            hosts: BTreeMap::new(),
        }
    }

    /// A session was created, unless it is known.
    pub(crate) fn begin(&mut self, info: SessionInfo, created: Stamp) {
        let name = refs::name(info.track_id());
        self.sessions.entry(name).or_insert(Row { info, created, ended: None });
    }

    /// A session has ended.
    pub(crate) fn end(&mut self, name: String, stamp: Stamp, tombstone: Option<Tombstone>) {
        let Some(row) = self.sessions.get_mut(&name) else { return };
        row.ended = Some((stamp, tombstone));
        self.ended.push_back(name);
        if self.ended.len() > self.remembered
            && let Some(name) = self.ended.pop_front()
            && let Some(Row { info, ended: Some((stamp, _)), .. }) = self.sessions.remove(&name)
        {
            self.gone.add(name, info.principal(), stamp.number);
        }
    }

    pub(crate) fn host_changed(&mut self, name: &str, stamp: Stamp) {
        self.hosts.insert(name.to_owned(), stamp);
    }

    pub(crate) fn all_hosts_changed(&mut self, stamp: Stamp) {
        self.hosts.values_mut().for_each(|changed| *changed = stamp);
    }

    /// The names of the sessions that have not ended.
    pub(crate) fn live(&self) -> impl Iterator<Item = String> + '_ {
        let live = self.sessions.iter().filter(|(_, row)| row.ended.is_none());
        live.map(|(name, _)| name.clone())
    }

    /// Whether all is known that happened, from this event on, to what the client watches.
    pub(crate) fn are_known_since(&self, since: u64, question: Question<'_>) -> bool {
        let Question { wanted, viewer, .. } = question;
        let is_known = |name: &str| {
            self.sessions.contains_key(name)
                || !matches!(refs::parse(name), Some(SessionRef::Name))
                || !self.gone.may_have_ended_since(name, since, viewer)
        };
        let all = !wanted.want_all(SESSION) || since >= self.gone.all_known_from(viewer);
        all && wanted.objects(SESSION).all(is_known)
    }

    /// What happened from this event on, or all there is. `now` is after all that happened.
    pub(crate) fn window(
        &self,
        from: Option<u64>,
        now: Position,
        question: Question<'_>,
    ) -> Window {
        let since = from.unwrap_or(0);
        let end = if from.is_some() { self.end_of_answer(since, question) } else { None };
        let until = end.unwrap_or(now.next);
        let (mut sessions, mut changes) = (0, Vec::new());
        for (name, row) in self.seen_by(question.viewer) {
            sessions += usize::from(row.was_live(until));
            if row.has_changed(since) && question.wanted.want(SESSION, name) {
                changes.extend(self.change(name, row, since, until));
            }
        }
        for (name, reference) in question.hosts {
            let stamp = self.hosts.get(*name);
            let is_new = stamp.is_some_and(|stamp| (since..until).contains(&stamp.number));
            if (is_new || from.is_none()) && question.wanted.want(HOST, reference) {
                let (id, at) =
                    stamp.map_or((0, OffsetDateTime::now_utc()), |it| (it.number, it.at));
                changes.push(Change::of_host(id, at, name, reference, from.is_none()));
            }
        }
        changes.sort_by_key(Change::id);
        Window { changes, sessions, until: Position { next: until, ..now } }
    }

    /// What became of a session in this time.
    fn change(&self, name: &str, row: &Row, since: u64, until: u64) -> Option<Change> {
        let Row { created, ended, .. } = row;
        let is_new = created.number >= since;
        let session = self.directory.recall(name);
        match ended {
            Some((Stamp { number, at }, tombstone)) if *number < until => {
                (!is_new).then(|| Change::ended(*number, *at, name, session, *tombstone))
            }
            _ => (is_new && created.number < until)
                .then(|| Change::created(created.number, created.at, name, session)),
        }
    }

    /// The number after the last event of an answer, if there are more than it may have.
    fn end_of_answer(&self, since: u64, question: Question<'_>) -> Option<u64> {
        let Question { wanted, viewer, hosts } = question;
        let rows = self
            .seen_by(viewer)
            .filter(|(name, row)| row.has_changed(since) && wanted.want(SESSION, name));
        let of_sessions = rows.flat_map(|(_, row)| {
            [Some(row.created), row.ended.map(|(stamp, _)| stamp)].into_iter().flatten()
        });
        let hosts = hosts.iter().filter(|(_, reference)| wanted.want(HOST, reference));
        let of_hosts = hosts.filter_map(|(name, _)| self.hosts.get(*name).copied());
        let numbers = of_sessions.chain(of_hosts).map(|stamp| stamp.number);
        let mut numbers: Vec<_> = numbers.filter(|number| *number >= since).collect();
        numbers.sort_unstable();
        (numbers.len() > MOST).then(|| numbers[MOST - 1] + 1)
    }

    /// The sessions that clients may know of and this one may see.
    fn seen_by<'a>(&'a self, viewer: &'a Viewer) -> impl Iterator<Item = (&'a String, &'a Row)> {
        self.sessions.iter().filter(move |(name, row)| {
            // Pinned sessions that nobody was given: the server's own at other hosts, and those of
            // a login to the pool's shared session that another login outran.
            let is_public = !row.info.is_pinned() || self.directory.recall(name).is_some();
            is_public && viewer.sees_group(row.info.principal())
        })
    }
}

impl Row {
    /// Whether it was created or has ended since.
    fn has_changed(&self, since: u64) -> bool {
        self.created.number >= since || self.ended.is_some_and(|(stamp, _)| stamp.number >= since)
    }

    /// Whether it was live right before the event of this number.
    fn was_live(&self, until: u64) -> bool {
        self.created.number < until && self.ended.is_none_or(|(stamp, _)| stamp.number >= until)
    }
}
