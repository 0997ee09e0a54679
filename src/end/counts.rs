//! How many sessions ended, by reason.

use super::reason::EndReason;

/// How many sessions ended, by reason.
///
/// # Examples
///
/// ```
/// use tenure::stats::EndCounts;
/// use tenure::{EndReason, NewSession, SessionStore};
///
/// let store = SessionStore::builder().build()?;
/// let session = store.create(NewSession::new(())).unwrap();
/// store.end(&session);
///
/// let ended: EndCounts = store.stats().ended;
/// assert_eq!((ended.count(EndReason::LoggedOut), ended.evicted(), ended.total()), (1, 0, 1));
/// # Ok::<(), tenure::BuildError>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct EndCounts([u64; EndReason::ALL.len()]);

impl EndCounts {
    /// How many ended for this reason.
    #[must_use]
    pub fn count(&self, reason: EndReason) -> u64 {
        self.iter().find(|(known, _)| *known == reason).map_or(0, |(_, count)| count)
    }

    /// How many were evicted, whichever limit did it.
    #[must_use]
    pub fn evicted(&self) -> u64 {
        let evicted = |(reason, _): &(EndReason, u64)| matches!(reason, EndReason::Evicted { .. });
        self.iter().filter(evicted).map(|(_, count)| count).sum()
    }

    /// How many ended in all.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.0.iter().sum()
    }

    /// Every reason with its count, zeros included.
    pub fn iter(&self) -> impl Iterator<Item = (EndReason, u64)> + '_ {
        EndReason::ALL.into_iter().zip(self.0.iter().copied())
    }

    pub(crate) fn add(&mut self, reason: EndReason) {
        self.0[reason.place()] += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_add_up_by_reason() {
        let mut counts = EndCounts::default();
        for reason in EndReason::ALL {
            counts.add(reason);
        }
        counts.add(EndReason::Killed);
        assert!((0..).zip(EndReason::ALL).all(|(at, reason)| reason.place() == at));
        assert_eq!(counts.count(EndReason::Killed), 2);
        assert_eq!(counts.evicted(), 3);
        assert_eq!(counts.total(), 12);
    }
}
