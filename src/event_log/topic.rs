//! The subscriptions that want the same.

use std::collections::BTreeMap;
use std::mem;
use std::task::Waker;

use super::cursor::{Cursor, SubscriptionInfo, Wakers};
use super::event::Event;
use super::filter::Filter;
use super::matches::Matches;

/// The subscriptions with one filter, and the events of the ring that it wants.
///
/// A cursor is a place among those events, and one that falls behind is not told at once: what it
/// has lost is the difference of two places. So a new event costs the same for any number of
/// cursors that do not wait, unless the ring is full and it overwrites the event that the hindmost
/// cursor comes to next: then all cursors of the topic are looked at.
#[derive(Debug)]
pub(super) struct Topic {
    filter: Filter,
    matches: Matches,
    cursors: BTreeMap<u64, Cursor>,
    /// The wakers of the cursors that have taken everything and wait.
    wakers: BTreeMap<u64, Waker>,
    /// No cursor is before this place, but those that have a loss to be told of.
    hindmost: u64,
}

impl Topic {
    /// A topic that has looked at no event before the one of this number.
    pub(super) const fn new(filter: Filter, since: u64) -> Self {
        Self {
            filter,
            matches: Matches::new(since),
            cursors: BTreeMap::new(),
            wakers: BTreeMap::new(),
            hindmost: u64::MAX,
        }
    }

    pub(super) const fn filter(&self) -> &Filter {
        &self.filter
    }

    /// Notices what is no longer in the ring, whose oldest event has this number.
    pub(super) fn trim(&mut self, oldest: u64) {
        while let Some((place, number)) = self.matches.pop_before(oldest) {
            if self.hindmost <= place {
                self.miss(place, number);
            }
        }
    }

    /// The cursors at this place have missed the event there.
    fn miss(&mut self, place: u64, number: u64) {
        self.hindmost = u64::MAX;
        for cursor in self.cursors.values_mut() {
            if cursor.next == place {
                cursor.missed = Some(number);
            } else if cursor.next > place {
                self.hindmost = self.hindmost.min(cursor.next);
            }
        }
    }

    /// The event of this number is new, and wanted.
    pub(super) fn offer(&mut self, number: u64, oldest: u64, wakers: &mut Wakers) {
        self.trim(oldest);
        self.matches.push(number);
        if !self.wakers.is_empty() {
            wakers.to_wake.extend(self.take_wakers().into_values());
        }
    }

    /// The wakers of the cursors that wait. They must be woken now.
    pub(super) fn take_wakers(&mut self) -> BTreeMap<u64, Waker> {
        mem::take(&mut self.wakers)
    }

    /// A new cursor, after everything that there is.
    pub(super) fn open(&mut self, id: u64) {
        self.insert(id, Cursor::new(self.matches.end()));
    }

    fn insert(&mut self, id: u64, cursor: Cursor) {
        self.hindmost = self.hindmost.min(cursor.next);
        self.cursors.insert(id, cursor);
    }

    /// Frees a cursor. Returns whether it was the last.
    pub(super) fn free(&mut self, id: u64, wakers: &mut Wakers) -> bool {
        wakers.to_drop.extend(self.wakers.remove(&id));
        if let Some(mut cursor) = self.cursors.remove(&id) {
            cursor.release(u64::MAX, wakers);
        }
        self.cursors.is_empty()
    }

    pub(super) fn has(&self, id: u64) -> bool {
        self.cursors.contains_key(&id)
    }

    pub(super) fn cursor(&mut self, id: u64) -> Option<&mut Cursor> {
        self.cursors.get_mut(&id)
    }

    /// The number of the first event that it has looked at.
    pub(super) const fn since(&self) -> u64 {
        self.matches.since()
    }

    /// Moves a new cursor back to the event of the number `to`, looking at some more of the events
    /// `before` those that the topic has looked at, the latest first. Returns whether it came
    /// there.
    pub(super) fn rewind<'a>(
        &mut self,
        id: u64,
        to: u64,
        before: impl Iterator<Item = &'a Event>,
    ) -> bool {
        let there = self.matches.look_back(&self.filter, to, before);
        if there {
            self.insert(id, Cursor::new(self.matches.place_of(to)));
        }
        there
    }

    /// Reads on, `afresh` if the subscriber has dealt with what it took before: the number of an
    /// event, if there is one. An error is how many were missed before that; a subscriber that does
    /// not come afresh is told of them the next time.
    pub(super) fn read(&mut self, id: u64, afresh: bool) -> Result<Option<u64>, u64> {
        let Some(cursor) = self.cursors.get_mut(&id) else { return Ok(None) };
        if afresh {
            cursor.in_hand = None;
        }
        if cursor.missed.is_none() {
            let number = self.matches.at(cursor.next);
            if let Some(number) = number {
                cursor.next += 1;
                cursor.in_hand.get_or_insert(number);
            }
            return Ok(number);
        }
        if !afresh {
            return Ok(None);
        }
        let first = self.matches.first();
        let count = first - cursor.next;
        cursor.in_hand = cursor.missed.take();
        (cursor.next, cursor.lost) = (first, cursor.lost + count);
        self.hindmost = self.hindmost.min(first);
        Err(count)
    }

    /// The number of the first event that a subscriber has yet to take, or to be told that it
    /// missed. `end` is the number of the next event of all.
    pub(super) fn position(&self, id: u64, end: u64) -> Option<u64> {
        let cursor = self.cursors.get(&id)?;
        Some(cursor.missed.or_else(|| self.matches.at(cursor.next)).unwrap_or(end))
    }

    /// Up to where a subscriber has dealt with everything.
    pub(super) fn dealt_with(&self, id: u64, end: u64) -> Option<u64> {
        let cursor = self.cursors.get(&id)?;
        if cursor.done {
            return Some(u64::MAX);
        }
        cursor.in_hand.or_else(|| self.position(id, end))
    }

    /// Lets go those that wait for what a subscriber has dealt with.
    pub(super) fn release(&mut self, id: u64, end: u64, wakers: &mut Wakers) {
        if let Some(dealt_with) = self.dealt_with(id, end)
            && let Some(cursor) = self.cursors.get_mut(&id)
        {
            cursor.release(dealt_with, wakers);
        }
    }

    /// A subscriber waits for more by this waker, or does not wait.
    pub(super) fn wait(&mut self, id: u64, waker: Option<Waker>, wakers: &mut Wakers) {
        wakers.to_drop.extend(self.wakers.remove(&id));
        self.wakers.extend(waker.map(|waker| (id, waker)));
    }

    /// Moves a cursor to where another is, which has missed what that missed and nothing before.
    pub(super) fn go_on_as(&mut self, id: u64, fresh: u64) {
        let Some(&Cursor { next, missed, .. }) = self.cursors.get(&fresh) else { return };
        let lost = self.lost(id);
        if let Some(cursor) = self.cursors.get_mut(&id) {
            cursor.lost = lost;
            (cursor.next, cursor.missed, cursor.in_hand) = (next, missed, None);
        }
    }

    /// How many events a subscriber has lost, whether or not it was told.
    fn lost(&self, id: u64) -> u64 {
        let untold = |cursor: &Cursor| self.matches.first().saturating_sub(cursor.next);
        self.cursors.get(&id).map_or(0, |cursor| cursor.lost + untold(cursor))
    }

    pub(super) fn info(&self, id: u64, end: u64) -> Option<SubscriptionInfo> {
        let untaken = self.matches.at(self.cursors.get(&id)?.next);
        Some(SubscriptionInfo {
            id,
            filter: self.filter.clone(),
            lag: untaken.map_or(0, |untaken| end - untaken),
            lost: self.lost(id),
            waiting: self.wakers.contains_key(&id),
        })
    }

    pub(super) fn infos(&self, end: u64) -> impl Iterator<Item = SubscriptionInfo> + '_ {
        self.cursors.keys().filter_map(move |id| self.info(*id, end))
    }
}
