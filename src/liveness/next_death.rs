//! When a host may die next, and what the application was told of it. Plain data.

use crate::tick::Tick;

/// When a host may die next.
#[derive(Debug, Default)]
pub(super) struct NextDeath {
    /// No live host dies before this.
    earliest: Option<Tick>,
    /// What the application was last told.
    announced: Option<Tick>,
}

impl NextDeath {
    /// Whether a host may have died by `now`.
    pub(super) fn may_be_due(&self, now: Tick) -> bool {
        self.earliest.is_some_and(|earliest| now >= earliest)
    }

    /// The earliest is known anew.
    pub(super) fn set(&mut self, earliest: Option<Tick>) {
        self.earliest = earliest;
    }

    /// A host lives on until this deadline. Returns whether that is earlier than the application
    /// was told, which it is from now on taken to know.
    pub(super) fn bring_forward(&mut self, deadline: Tick) -> bool {
        self.earliest = Some(self.earliest.map_or(deadline, |earliest| earliest.min(deadline)));
        let earlier = self.announced.is_some_and(|announced| deadline < announced);
        if earlier {
            self.announced = Some(deadline);
        }
        earlier
    }

    /// The tick before which no host dies, which the application is now told.
    pub(super) fn announce(&mut self) -> Option<Tick> {
        self.announced = Some(self.earliest.unwrap_or(Tick::MAX));
        self.earliest
    }
}
