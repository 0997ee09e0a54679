//! How many sessions ended, by reason.

use std::fmt;

use super::application::ApplicationReason;
use super::reason::EndReason;

/// How many sessions ended, by reason.
///
/// Of the reasons of your program's own, the first 32 that occur are counted apart; all others
/// together, as [`ApplicationReason::OTHERS`].
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
/// // As a metric, by reason:
/// let labels: Vec<&str> = ended.iter().map(|(reason, _)| reason.as_str()).collect();
/// assert!(labels.contains(&"evicted_global"));
/// # Ok::<(), tenure::BuildError>(())
/// ```
#[derive(Clone, Default, PartialEq, Eq)]
pub struct EndCounts {
    own: [u64; EndReason::ALL.len()],
    application: Vec<(ApplicationReason, u64)>,
    others: u64,
}

/// How many reasons of the application's are counted apart.
const APART: usize = 32;

impl EndCounts {
    /// How many ended for this reason. Of an application's reason that is not counted apart: 0.
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

    /// How many ended for reasons of the application's.
    #[must_use]
    pub fn application(&self) -> u64 {
        self.application.iter().map(|(_, count)| count).sum::<u64>() + self.others
    }

    /// How many ended in all.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.own.iter().sum::<u64>() + self.application()
    }

    /// Every reason with its count: those of the crate, zeros included, and then those of the
    /// application that have occurred. The counts add up to the [total](Self::total).
    #[must_use = "iterators are lazy"]
    pub fn iter(&self) -> impl Iterator<Item = (EndReason, u64)> + '_ {
        let others = (self.others > 0).then_some((ApplicationReason::OTHERS, self.others));
        let application = self.application.iter().copied().chain(others);
        let application = application.map(|(own, count)| (EndReason::Application(own), count));
        EndReason::ALL.into_iter().zip(self.own.iter().copied()).chain(application)
    }

    pub(crate) fn add(&mut self, reason: EndReason) {
        match reason {
            EndReason::Application(own) if own != ApplicationReason::OTHERS => {
                self.add_application(own);
            }
            reason => match reason.place() {
                Some(place) => self.own[place] += 1,
                None => self.others += 1,
            },
        }
    }

    fn add_application(&mut self, reason: ApplicationReason) {
        if let Some((_, count)) = self.application.iter_mut().find(|(own, _)| *own == reason) {
            *count += 1;
        } else if self.application.len() < APART {
            self.application.push((reason, 1));
        } else {
            self.others += 1;
        }
    }
}

impl fmt::Debug for EndCounts {
    /// The reasons that have occurred.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let occurred = self.iter().filter(|(_, count)| *count > 0);
        f.debug_map().entries(occurred.map(|(reason, count)| (reason.as_str(), count))).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NAMES: [&str; APART + 2] = ["own"; APART + 2];

    fn own(code: usize) -> EndReason {
        let number = u32::try_from(code).unwrap();
        EndReason::Application(ApplicationReason::new(number, NAMES[code]))
    }

    #[test]
    fn counts_add_up_by_reason() {
        let mut counts = EndCounts::default();
        for reason in EndReason::ALL {
            counts.add(reason);
        }
        counts.add(EndReason::Killed);
        assert_eq!(counts.count(EndReason::Killed), 2);
        assert_eq!(counts.evicted(), 3);
        assert_eq!(counts.total(), EndReason::ALL.len() as u64 + 1);
    }

    #[test]
    fn application_reasons_are_counted_apart_up_to_a_bound() {
        let mut counts = EndCounts::default();
        for code in 0..APART + 2 {
            counts.add(own(code));
            counts.add(own(code));
        }
        assert!((0..APART).all(|code| counts.count(own(code)) == 2));
        let others = EndReason::Application(ApplicationReason::OTHERS);
        assert_eq!((counts.count(own(APART)), counts.count(others)), (0, 4));
        counts.add(others);
        assert_eq!((counts.application(), counts.total()), (2 * (APART as u64 + 2) + 1, 69));
        assert_eq!(counts.iter().map(|(_, count)| count).sum::<u64>(), counts.total());
        assert_eq!(counts.iter().count(), EndReason::ALL.len() + APART + 1);
    }

    #[test]
    fn counts_show_what_has_occurred() {
        let mut counts = EndCounts::default();
        counts.add(EndReason::IdleTimeout);
        counts.add(own(0));
        assert_eq!(format!("{counts:?}"), r#"{"idle_timeout": 1, "own": 1}"#);
    }
}
