//! The limits that a new session meets, and whose place it may take.

use super::entry::{CLASS, ORDINARY, ORIGINATOR, PRINCIPAL, Scope, label};
use crate::end::LimitKind;
use crate::limits::{Limit, Limits};
use crate::session::{NewSession, Record};

/// How many limits a new session may meet: of its principal, of its originator, of ordinary sessions
/// where places are kept for privileged ones, and of all.
const LIMITS: usize = 4;

/// A limit that applies to a new session.
#[derive(Clone, Copy, Debug)]
pub(super) struct Bound<'a> {
    /// Its place in the order in which limits are served: the narrowest first.
    at: usize,
    pub(super) kind: LimitKind,
    pub(super) limit: Limit,
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
pub(super) type Bounds<'a> = Vec<Bound<'a>>;

/// The limits that apply to this session.
pub(super) fn bounds<'a, T>(new: &'a NewSession<T>, limits: &Limits) -> Bounds<'a> {
    let principal = new.principal.as_deref().map(|name| Scope::Group(PRINCIPAL, name));
    let originator = new.originator.as_deref().map(|name| Scope::Group(ORIGINATOR, name));
    let reserve = limits.reserved();
    let ordinary = (reserve > 0 && !new.privileged).then_some(Scope::Group(CLASS, ORDINARY));
    let scopes = [
        (LimitKind::Principal, principal, 0),
        (LimitKind::Originator, originator, 0),
        (LimitKind::Global, ordinary, reserve),
        (LimitKind::Global, Some(Scope::All), 0),
    ];
    let mut bounds = Vec::with_capacity(LIMITS);
    for (at, (kind, scope, kept)) in scopes.into_iter().enumerate() {
        let Some(scope) = scope else { continue };
        let name = if let Scope::Group(_, name) = scope { name } else { "" };
        if let Some(limit) = limits.of(kind, name) {
            let room = limit.max().saturating_sub(kept);
            bounds.push(Bound { at, kind, limit, scope, room, kept });
        }
    }
    bounds
}

impl Places {
    /// Whether there is one under this limit.
    pub(super) fn under(self, bound: &Bound<'_>) -> bool {
        self.0[bound.at]
    }

    /// These, and those that the end of this session would free for the new one.
    pub(super) fn with<T>(mut self, record: &Record<T>, bounds: &[Bound<'_>]) -> Self {
        for bound in bounds {
            self.0[bound.at] |= match bound.scope {
                Scope::All => true,
                Scope::Group(kind, name) => label(record, kind) == Some(name),
            };
        }
        self
    }
}
