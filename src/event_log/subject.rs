//! What an event is about, and what a filter asks it to be about.

use crate::session::Names;

/// The names of a session: principal, originator, host; and its creation number. An event that is
/// about no session has a host at most.
#[derive(Clone, Copy, Debug, Default, Hash)]
pub(super) struct Subject<'a> {
    pub(super) names: [Option<&'a str>; 3],
    pub(super) session: Option<u64>,
}

/// Which parts of a subject there are, a bit each: the names in their order, then the session.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Conditions(u8);

/// How many combinations of conditions there are.
pub(super) const COMBINATIONS: usize = 1 << 4;

impl Conditions {
    pub(super) const NONE: Self = Self(0);

    pub(super) fn index(self) -> usize {
        usize::from(self.0)
    }

    /// All combinations of these conditions, none among them.
    pub(super) fn each_part(self) -> impl Iterator<Item = Self> {
        (0..=self.0).filter(move |part| part & !self.0 == 0).map(Self)
    }
}

impl<'a> Subject<'a> {
    pub(super) const fn new(names: Names<&'a str>, session: Option<u64>) -> Self {
        Self { names: [names.principal, names.originator, names.host], session }
    }

    pub(super) fn conditions(&self) -> Conditions {
        let names = self.names.iter().map(Option::is_some);
        let all = names.chain([self.session.is_some()]).enumerate();
        Conditions(all.fold(0, |bits, (bit, given)| bits | u8::from(given) << bit))
    }

    /// What it says of these conditions alone.
    pub(super) fn part(mut self, conditions: Conditions) -> Self {
        let asks_for = |bit: usize| conditions.0 & 1 << bit != 0;
        for (bit, name) in self.names.iter_mut().enumerate() {
            *name = name.filter(|_| asks_for(bit));
        }
        self.session = self.session.filter(|_| asks_for(3));
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_told_apart() {
        let subject = Subject { names: [Some("a"), None, Some("c")], session: Some(1) };
        let parts: Vec<_> = subject.conditions().each_part().collect();
        assert_eq!(parts.len(), 8);
        for part in &parts {
            assert_eq!(subject.part(*part).conditions(), *part);
        }
        assert_eq!(Subject::default().conditions(), Conditions::NONE);
        assert_eq!(Conditions::NONE.each_part().collect::<Vec<_>>(), [Conditions::NONE]);
    }
}
