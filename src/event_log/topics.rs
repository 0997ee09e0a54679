//! All topics, found by what they ask for.

use std::collections::HashMap;
use std::hash::{BuildHasher, RandomState};

use super::cursor::Wakers;
use super::event::Event;
use super::filter::Filter;
use super::subject::{COMBINATIONS, Conditions, Subject};
use super::topic::Topic;

/// A subscription in the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct CursorId {
    key: Key,
    /// No other has it.
    pub(super) number: u64,
}

/// What a topic asks an event to be about: which conditions, and the hash of what they ask for.
type Key = (Conditions, u64);

/// The topics, in groups that ask for the same names and the same session. Those of a group differ
/// in the kinds of events that they want, unless two hashes were equal.
///
/// An event is looked up once for each combination of conditions that any topic asks for, so it
/// does not meet the topics that ask for other names.
#[derive(Debug, Default)]
pub(super) struct Topics {
    groups: HashMap<Key, Vec<Topic>>,
    /// The group of those that ask for no name and no session.
    general: Vec<Topic>,
    /// How many groups ask for each combination of conditions.
    asked: [usize; COMBINATIONS],
    hasher: RandomState,
}

impl Topics {
    fn key(&self, subject: &Subject<'_>) -> Key {
        let conditions = subject.conditions();
        let general = conditions == Conditions::NONE;
        (conditions, if general { 0 } else { self.hasher.hash_one(subject) })
    }

    fn group(&mut self, key: Key) -> Option<&mut Vec<Topic>> {
        if key.0 == Conditions::NONE { Some(&mut self.general) } else { self.groups.get_mut(&key) }
    }

    /// Gives a new event to the topics that want it.
    pub(super) fn offer(&mut self, event: &Event, oldest: u64, wakers: &mut Wakers) {
        self.each_about(&event.subject(), |topic| {
            if topic.filter().matches(event) {
                topic.offer(event.sequence(), oldest, wakers);
            }
        });
    }

    /// Calls `meet` with the topics that ask for nothing but what this subject is.
    fn each_about(&mut self, subject: &Subject<'_>, mut meet: impl FnMut(&mut Topic)) {
        for conditions in subject.conditions().each_part() {
            if self.asked[conditions.index()] > 0 {
                let key = self.key(&subject.part(conditions));
                self.group(key).into_iter().flatten().for_each(&mut meet);
            }
        }
    }

    /// A new cursor with this number, before the event of the number `next`.
    pub(super) fn open(&mut self, filter: Filter, number: u64, next: u64) -> CursorId {
        let key = self.key(&filter.subject());
        if self.group(key).is_none_or(|group| group.is_empty()) {
            self.asked[key.0.index()] += 1;
        }
        let group = if key.0 == Conditions::NONE {
            &mut self.general
        } else {
            self.groups.entry(key).or_default()
        };
        let known = group.iter().position(|topic| *topic.filter() == filter);
        let at = known.unwrap_or_else(|| {
            group.push(Topic::new(filter, next));
            group.len() - 1
        });
        group[at].open(number);
        CursorId { key, number }
    }

    /// Frees a cursor, and with the last one its topic.
    pub(super) fn free(&mut self, id: CursorId, wakers: &mut Wakers) {
        let Some(group) = self.group(id.key) else { return };
        let Some(at) = group.iter().position(|topic| topic.has(id.number)) else {
            return;
        };
        if group[at].free(id.number, wakers) {
            group.swap_remove(at);
            if group.is_empty() {
                group.shrink_to_fit();
                self.asked[id.key.0.index()] -= 1;
                self.groups.remove(&id.key);
                if self.groups.len() < self.groups.capacity() / 8 {
                    self.groups.shrink_to(self.groups.len() * 2);
                }
            }
        }
    }

    /// The topic of a cursor.
    pub(super) fn of(&mut self, id: CursorId) -> Option<&mut Topic> {
        let mut topics = self.group(id.key)?.iter_mut();
        topics.find(|topic| topic.has(id.number))
    }

    pub(super) fn is_empty(&self) -> bool {
        self.general.is_empty() && self.groups.is_empty()
    }

    pub(super) fn each(&mut self) -> impl Iterator<Item = &mut Topic> {
        self.general.iter_mut().chain(self.groups.values_mut().flatten())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event_log::EventKind;

    fn met(topics: &mut Topics, names: [Option<&str>; 3]) -> usize {
        let mut met = 0;
        topics.each_about(&Subject { names, session: Some(0) }, |_| met += 1);
        met
    }

    #[test]
    fn an_event_meets_only_the_topics_that_ask_for_its_names() {
        let (mut topics, mut wakers) = (Topics::default(), Wakers::default());
        let name = |number: u64| format!("p{number}");
        let filters = (0..1_000).map(|number| Filter::all().principal(name(number)));
        let mut ids: Vec<_> =
            filters.zip(0..).map(|(filter, number)| topics.open(filter, number, 0)).collect();
        let both = Filter::all().principal("p1").originator("o1");
        ids.push(topics.open(both, 1_000, 0));
        ids.push(topics.open(Filter::all().kinds([EventKind::Ended]), 1_001, 0));
        assert_eq!(met(&mut topics, [Some("p7"), Some("o1"), None]), 2);
        assert_eq!(met(&mut topics, [Some("p1"), Some("o1"), Some("h1")]), 3);
        assert_eq!(met(&mut topics, [None, Some("p7"), None]), 1);

        for id in ids {
            topics.free(id, &mut wakers);
        }
        assert!(topics.is_empty() && topics.asked == [0; COMBINATIONS]);
        assert!(topics.groups.capacity() < 100 && topics.general.capacity() == 0);
    }

    #[test]
    fn equal_filters_share_a_topic() {
        let mut topics = Topics::default();
        let kinds = [EventKind::Ended, EventKind::Created, EventKind::Ended];
        for (number, kinds) in (0..).zip([&kinds[..], &kinds[..2], &kinds[1..]]) {
            let filter = Filter::all().principal("alice").kinds(kinds.iter().copied());
            topics.open(filter, number, 0);
        }
        assert_eq!(met(&mut topics, [Some("alice"), None, None]), 1);
        topics.open(Filter::all().principal("alice"), 3, 0);
        assert_eq!(met(&mut topics, [Some("alice"), None, None]), 2);
    }
}
