//! The events of the ring that a filter wants.

use std::collections::VecDeque;

use super::event::Event;
use super::filter::Filter;

/// The numbers of the events that a filter wants, in order.
///
/// Each has a place on the list, which it keeps: places count up without gaps, from where the list
/// began, and those at the front are taken off once the ring has no such events any more.
#[derive(Debug)]
pub(super) struct Matches {
    numbers: VecDeque<u64>,
    /// The place of the first of them.
    first: u64,
    /// The number of the first event that was looked at.
    since: u64,
}

impl Matches {
    /// The list when no event before the one of this number was looked at.
    pub(super) const fn new(since: u64) -> Self {
        // Of the events before, no more can be wanted than there were.
        Self { numbers: VecDeque::new(), first: since, since }
    }

    /// The place of the first event.
    pub(super) const fn first(&self) -> u64 {
        self.first
    }

    /// The place of the next event.
    pub(super) fn end(&self) -> u64 {
        self.first + self.numbers.len() as u64
    }

    /// The number of the event at this place; of the first, if that place is gone.
    pub(super) fn at(&self, place: u64) -> Option<u64> {
        let at = usize::try_from(place.saturating_sub(self.first)).ok()?;
        self.numbers.get(at).copied()
    }

    /// The place of the first event that has this number, or a later one.
    pub(super) fn place_of(&self, number: u64) -> u64 {
        self.first + self.numbers.partition_point(|known| *known < number) as u64
    }

    pub(super) fn push(&mut self, number: u64) {
        self.numbers.push_back(number);
    }

    /// Takes the first event off the list, if it is before the one numbered `oldest`. Returns its
    /// place and its number.
    pub(super) fn pop_before(&mut self, oldest: u64) -> Option<(u64, u64)> {
        let number = *self.numbers.front().filter(|number| **number < oldest)?;
        self.numbers.pop_front();
        self.first += 1;
        Some((self.first - 1, number))
    }

    /// Looks at events before those that it knows, the latest first, down to the one numbered `to`.
    /// Returns whether it came there.
    pub(super) fn look_back<'a>(
        &mut self,
        filter: &Filter,
        to: u64,
        before: impl Iterator<Item = &'a Event>,
    ) -> bool {
        for event in before.take_while(|event| event.sequence() >= to) {
            self.since = event.sequence();
            if filter.matches(event) {
                self.numbers.push_front(event.sequence());
                self.first -= 1;
            }
        }
        self.since <= to
    }

    pub(super) const fn since(&self) -> u64 {
        self.since
    }
}
