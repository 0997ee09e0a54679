//! Watching how far a peer's wall clock is from the local one.

use time::Duration;

/// xapi's alert rises above this.
const RAISE_ABOVE: Duration = Duration::seconds(300);
/// It can rise again once the skew was under this.
const CLEAR_UNDER: Duration = Duration::seconds(150);

/// A host's wall clock has gone too far from the local one, or come back to it. No session ends
/// because of it: no timeout is measured on wall clocks.
///
/// # Examples
///
/// ```
/// use tenure::liveness::{HostLiveness, SkewAlert};
/// use tenure::time::Duration;
/// use tenure::{Clock, ManualClock, SessionStore};
///
/// let clock = ManualClock::new();
/// let store = SessionStore::<()>::builder().clock(clock.clone()).build()?;
/// let hosts = HostLiveness::new(&store, "ada");
/// let skew = Duration::seconds(301);
/// let heartbeat = hosts.heartbeat_at("bob", clock.wall() + skew).unwrap();
/// assert_eq!(heartbeat.skew, Some(SkewAlert::Raised { skew }));
/// # Ok::<(), tenure::BuildError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SkewAlert {
    /// More than 300 seconds apart, and there was no alert yet.
    Raised {
        /// By how much the host is ahead.
        skew: Duration,
    },
    /// Less than 150 seconds apart after an alert.
    Cleared {
        /// By how much the host is ahead.
        skew: Duration,
    },
}

/// One host's skew.
#[derive(Debug, Default)]
pub(super) struct Skew {
    pub(super) last: Option<Duration>,
    raised: bool,
}

impl Skew {
    pub(super) fn observe(&mut self, skew: Duration) -> Option<SkewAlert> {
        self.last = Some(skew);
        let apart = skew.unsigned_abs();
        if !self.raised && apart > RAISE_ABOVE.unsigned_abs() {
            self.raised = true;
            Some(SkewAlert::Raised { skew })
        } else if self.raised && apart < CLEAR_UNDER.unsigned_abs() {
            self.raised = false;
            Some(SkewAlert::Cleared { skew })
        } else {
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_alert_until_the_clocks_are_near_again() {
        let seconds = [0, 300, -300, 301, 400, -400, 150, 299, 149, 300, -301];
        let mut skew = Skew::default();
        let alerts: Vec<i64> = seconds
            .into_iter()
            .filter(|seconds| skew.observe(Duration::seconds(*seconds)).is_some())
            .collect();
        assert_eq!(alerts, [301, 149, -301]);
        assert_eq!(skew.observe(Duration::ZERO), Some(SkewAlert::Cleared { skew: Duration::ZERO }));
        assert!(skew.observe(Duration::MIN).is_some());
    }
}
