//! Leave to seat one session.

/// Leave to seat one session. Minted by admission alone, which has made sure of a place under every
/// limit; consumed by seating.
#[derive(Debug)]
#[must_use = "a permit holds a place until it is used"]
pub(crate) struct Permit {
    counted: bool,
    /// The row of the evicted session whose place the new one takes. It is on the list still.
    instead_of: Option<usize>,
}

impl Permit {
    /// For admission only.
    pub(crate) fn mint(counted: bool) -> Self {
        Self { counted, instead_of: None }
    }

    /// For admission only: the counted session at this row is evicted for another, which takes its
    /// place.
    pub(crate) fn instead_of(row: usize) -> Self {
        Self { counted: true, instead_of: Some(row) }
    }

    /// Uses the permit up. Returns whether the session counts under the limits, and the row of the
    /// one whose place it takes.
    pub(crate) fn redeem(self) -> (bool, Option<usize>) {
        (self.counted, self.instead_of)
    }
}
