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
        let group = |kind, label: Option<&'a Arc<Label>>| Some(Scope::Group(kind, label?));
        let kept = ordinary.map_or(0, |_| limits.reserved());
        let scopes = [
            (LimitKind::Principal, group(PRINCIPAL, names.principal.as_ref()), 0),
            (LimitKind::Originator, group(ORIGINATOR, names.originator.as_ref()), 0),
            (LimitKind::Global, group(CLASS, ordinary), kept),
            (LimitKind::Global, Some(Scope::All), 0),
        ];
        let mut at = 0;
        Self(scopes.map(|(kind, scope, kept)| {
            at += 1;
            let scope = scope?;
            let name = if let Scope::Group(_, label) = scope { label.name() } else { "" };
            let limit = limits.of(kind, name)?;
            Some(Bound {
                at: at - 1,
                kind,
                limit,
                scope,
                room: limit.max().saturating_sub(kept),
                kept,
            })
        }))
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
