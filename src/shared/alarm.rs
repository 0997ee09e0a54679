//! The alarm of a node that heard of the ends of others too long ago. Plain data.

use std::collections::VecDeque;
use std::time::Duration;

/// That this node heard of all ends too long ago, or did so again. Told by
/// [`on_alarm`](crate::shared::SharedBuilder::on_alarm).
///
/// # Examples
///
/// ```
/// use std::sync::mpsc;
/// use std::time::Duration;
/// use tenure::collection::{Fault, HashKey, MemoryCollection};
/// use tenure::shared::SharedSessions;
/// use tenure::{ManualClock, SessionStore};
///
/// let (clock, collection) = (ManualClock::new(), MemoryCollection::default());
/// let (tell, told) = mpsc::channel();
/// let sessions = SharedSessions::<(), _>::builder(collection.clone(), HashKey::new([1; 32]))
///     .store(SessionStore::builder().clock(clock.clone()))
///     .alarm_above(Duration::from_secs(600))
///     .on_alarm(move |alarm| tell.send((alarm.raised, alarm.staleness.as_secs())).unwrap())
///     .build()?;
/// sessions.refresh()?;
///
/// // Twice the collection cannot be reached.
/// for _ in 0..2 {
///     clock.advance(Duration::from_secs(301));
///     collection.fail_next(Fault::Refused);
///     assert!(sessions.refresh().is_err());
/// }
/// assert!(sessions.shared_stats().alarm);
/// sessions.refresh()?;
/// assert_eq!(told.try_iter().collect::<Vec<_>>(), [(true, 602), (false, 602)]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct StalenessAlarm {
    /// Whether the alarm is raised; else a refresh that heard of all ends has cleared it.
    pub raised: bool,
    /// How long ago the last such refresh began, before the one that cleared it.
    pub staleness: Duration,
}

/// The closure of the application that is told.
pub(super) type OnAlarm = Box<dyn Fn(StalenessAlarm) + Send + Sync>;

/// Whether the alarm is raised, and the changes that are yet to be delivered, in order. One thread
/// delivers at a time.
#[derive(Debug, Default)]
pub(super) struct Alarm {
    pub(super) raised: bool,
    untold: VecDeque<StalenessAlarm>,
    telling: bool,
}

impl Alarm {
    pub(super) fn set(&mut self, raised: bool, staleness: Duration) {
        if self.raised != raised {
            self.raised = raised;
            self.untold.push_back(StalenessAlarm { raised, staleness });
        }
    }

    /// The next change to deliver, unless another thread is delivering one. The caller must note
    /// when it has [delivered](Alarm::delivered) it.
    pub(super) fn tell_next(&mut self) -> Option<StalenessAlarm> {
        let next = if self.telling { None } else { self.untold.pop_front() };
        self.telling |= next.is_some();
        next
    }

    pub(super) fn delivered(&mut self) {
        self.telling = false;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn alarms_are_told_once_in_order_and_by_one_thread() {
        let (mut alarm, age) = (Alarm::default(), Duration::from_secs(9));
        alarm.set(false, age);
        assert_eq!(alarm.tell_next(), None, "it is not raised");
        for raised in [true, true, false, true] {
            alarm.set(raised, age);
        }
        let mut raised = Vec::new();
        while let Some(next) = alarm.tell_next() {
            assert_eq!(alarm.tell_next(), None, "another thread is telling");
            raised.push(next.raised);
            alarm.delivered();
        }
        assert_eq!(raised, [true, false, true]);
    }
}
