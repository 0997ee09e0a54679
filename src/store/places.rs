//! Whose place a new session may take.

use crate::end::LimitKind;
use crate::session::{Label, NewSession, Record};

/// The limits, narrowest first, that have a place to give because somebody was evicted. An eviction
/// hands its permits on.
#[derive(Clone, Copy, Default)]
pub(super) struct Places([bool; LimitKind::ALL.len()]);

/// The group that a new session would count in under this limit; `None` if the limit does not apply.
pub(super) fn group_name<T>(kind: LimitKind, new: &NewSession<T>) -> Option<&str> {
    match kind {
        LimitKind::Principal => new.principal.as_deref(),
        LimitKind::Originator => new.originator.as_deref(),
        LimitKind::Global => Some(""),
    }
}

impl Places {
    /// Whether there is one under this limit.
    pub(super) fn under(self, limit: LimitKind) -> bool {
        LimitKind::ALL.into_iter().zip(self.0).any(|(kind, place)| kind == limit && place)
    }

    /// These, and those that the end of this session would free for the new one.
    pub(super) fn with<T>(mut self, record: &Record<T>, new: &NewSession<T>) -> Self {
        for (place, kind) in self.0.iter_mut().zip(LimitKind::ALL) {
            let label = match kind {
                LimitKind::Principal => record.names.principal.as_deref().map(Label::name),
                LimitKind::Originator => record.names.originator.as_deref().map(Label::name),
                LimitKind::Global => Some(""),
            };
            *place |= label.is_some() && label == group_name(kind, new);
        }
        self
    }
}
