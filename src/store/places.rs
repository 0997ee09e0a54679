//! The limits that a new session meets, and whose place it may take.

use super::entry::{CLASS, Labels, ORIGINATOR, PRINCIPAL, Scope};
use crate::end::LimitKind;
use crate::limits::{Limit, Limits};
use crate::session::{Label, Names};
use crate::sync::Arc;

/// How many limits a new session may meet: of its principal, of its originator, of ordinary sessions
/// where places are kept for privileged ones, and of all.
const LIMITS: usize = 4;

/// A limit that applies to a new session.
#[derive(Clone, Copy, Debug)]
pub(super) struct Bound<'a> {
    /// Its place in the order in which limits are served: the narrowest first.
    at: usize,
    pub(super) kind: LimitKind,
    pub(super) limit: &'a Limit,
    /// The sessions that count under it.
    pub(super) scope: Scope<'a>,
    /// How many of them there may be.
    pub(super) room: usize,
    /// How many places under it are kept for others.
    pub(super) kept: usize,
}

/// The limits that would have a place to give once the victims of a plan have gone.
#[derive(Clone, Copy, Default)]
pub(super) struct Places([bool; LIMITS]);

/// The limits that apply to a new session, narrowest first.
#[derive(Default)]
pub(super) struct Bounds<'a>([Option<Bound<'a>>; LIMITS]);

impl<'a> Bounds<'a> {
    /// Those of a session with these names; `ordinary` is the label of its class, if that is a class
    /// which must leave places to others.
    pub(super) fn new(
        names: &'a Names,
        ordinary: Option<&'a Arc<Label>>,
        limits: &'a Limits,
    ) -> Self {
        let mut bounds = Self::default();
        let mut add = |at: usize, kind: LimitKind, scope: Scope<'a>, kept: usize| {
            let name = if let Scope::Group(_, label) = scope { label.name() } else { "" };
            if let Some(limit) = limits.of(kind, name) {
                let room = limit.max().saturating_sub(kept);
                bounds.0[at] = Some(Bound { at, kind, limit, scope, room, kept });
            }
        };
        if let Some(label) = &names.principal {
            add(0, LimitKind::Principal, Scope::Group(PRINCIPAL, label), 0);
        }
        if let Some(label) = &names.originator {
            add(1, LimitKind::Originator, Scope::Group(ORIGINATOR, label), 0);
        }
        if let Some(label) = ordinary {
            add(2, LimitKind::Global, Scope::Group(CLASS, label), limits.reserved());
        }
        add(3, LimitKind::Global, Scope::All, 0);
        bounds
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &Bound<'a>> {
        self.0.iter().flatten()
    }
}

impl Places {
    /// Whether there is one under this limit.
    pub(super) fn under(self, bound: &Bound<'_>) -> bool {
        self.0[bound.at]
    }

    /// These, and those that the end of a session with these labels would free for the new one.
    pub(super) fn with(mut self, its: Labels<'_>, bounds: &Bounds<'_>) -> Self {
        for bound in bounds.iter() {
            self.0[bound.at] |= match bound.scope {
                Scope::All => true,
                Scope::Group(kind, label) => its[kind].is_some_and(|its| Arc::ptr_eq(its, label)),
            };
        }
        self
    }
}
