//! What is still known of sessions whose records are forgotten: which event ended them.

use std::collections::{HashMap, VecDeque};

use crate::login::Viewer;

/// For each session whose record is remembered, this many ends are.
const FACTOR: usize = 16;

/// When sessions ended that are known by nothing else any more.
pub(crate) struct Gone {
    /// By public name.
    ends: HashMap<String, End>,
    /// Those names, the first that ended at the front.
    order: VecDeque<String>,
    most: usize,
    /// All sessions that are not known here have ended before this event.
    known_from: u64,
    /// The number after the last end in here, or before: of anybody's session.
    last: u64,
    /// The same of each user's. There are as many as may log in.
    last_of: HashMap<String, u64>,
}

struct End {
    principal: Option<String>,
    number: u64,
}

impl Gone {
    pub(crate) fn new(remembered: usize) -> Self {
        Self {
            ends: HashMap::new(),
            order: VecDeque::new(),
            most: remembered.saturating_mul(FACTOR),
            known_from: 0,
            last: 0,
            last_of: HashMap::new(),
        }
    }

    /// The record of a session is forgotten, which the event of this number has ended. They come in
    /// the order in which they ended.
    pub(crate) fn add(&mut self, name: String, principal: Option<&str>, number: u64) {
        self.last = number + 1;
        if let Some(user) = principal {
            self.last_of.insert(user.to_owned(), number + 1);
        }
        self.ends.insert(name.clone(), End { principal: principal.map(str::to_owned), number });
        self.order.push_back(name);
        if self.order.len() > self.most
            && let Some(end) = self.order.pop_front().and_then(|name| self.ends.remove(&name))
        {
            self.known_from = end.number + 1;
        }
    }

    /// From which event on every end is known, of the sessions that the client may see.
    pub(crate) fn all_known_from(&self, viewer: &Viewer) -> u64 {
        match viewer {
            Viewer::All => self.last,
            Viewer::User(user) => self.last_of.get(user).copied().unwrap_or(0),
        }
    }

    /// Whether this session, of which there is no record, has ended since, as far as the client may
    /// know. One that is not known here either may have.
    pub(crate) fn may_have_ended_since(&self, name: &str, since: u64, viewer: &Viewer) -> bool {
        match self.ends.get(name) {
            Some(end) => end.number >= since && viewer.sees_group(end.principal.as_deref()),
            None => since < self.known_from,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_end_is_known_for_longer_than_its_record() {
        let mut gone = Gone::new(1);
        let alice = Viewer::User("alice".to_owned());
        gone.add("a".to_owned(), Some("alice"), 1);
        for number in 2..=16 {
            gone.add(number.to_string(), Some("bob"), number);
        }
        assert_eq!((gone.all_known_from(&alice), gone.all_known_from(&Viewer::All)), (2, 17));
        for (since, ended) in [(0, true), (1, true), (2, false), (100, false)] {
            assert_eq!(gone.may_have_ended_since("a", since, &Viewer::All), ended, "{since}");
            assert_eq!(gone.may_have_ended_since("a", since, &alice), ended, "{since}");
        }
        // Another's, and one that never was.
        assert!(!gone.may_have_ended_since("16", 0, &alice));
        assert!(!gone.may_have_ended_since("x", 0, &Viewer::All));
        // Now it is not known whether that is one of the first.
        gone.add("17".to_owned(), None, 17);
        assert!(gone.may_have_ended_since("x", 1, &Viewer::All));
        assert!(!gone.may_have_ended_since("x", 2, &Viewer::All));
    }
}
