//! Groups by kind, and the sessions that count under a limit.

use std::ops::{Index, IndexMut};

use crate::session::{Label, Record};
use crate::sync::Arc;

/// A kind of group.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum GroupKind {
    Principal,
    Originator,
    Host,
    /// The kind with one group at most: all sessions that are not privileged. There is one where
    /// places are reserved for those that are.
    Ordinary,
}

/// One thing for each kind of group.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct PerKind<V>([V; GroupKind::ALL.len()]);

/// The labels of the groups of a session.
pub(crate) type GroupLabels<'a> = PerKind<Option<&'a Arc<Label>>>;

/// The sessions that count under a limit.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Scope<'a> {
    /// All of the store.
    All,
    /// Those of the group of this kind and label.
    Group(GroupKind, &'a Arc<Label>),
}

impl GroupKind {
    pub(crate) const ALL: [Self; 4] =
        [Self::Principal, Self::Originator, Self::Host, Self::Ordinary];
}

impl<V> PerKind<V> {
    pub(crate) fn iter_mut(&mut self) -> impl Iterator<Item = (GroupKind, &mut V)> {
        GroupKind::ALL.into_iter().zip(&mut self.0)
    }
}

impl<V> Index<GroupKind> for PerKind<V> {
    type Output = V;

    fn index(&self, kind: GroupKind) -> &V {
        &self.0[kind as usize]
    }
}

impl<V> IndexMut<GroupKind> for PerKind<V> {
    fn index_mut(&mut self, kind: GroupKind) -> &mut V {
        &mut self.0[kind as usize]
    }
}

impl<'a> GroupLabels<'a> {
    /// Those of this session; `ordinary` is the label of the ordinary sessions, if they have a
    /// group.
    pub(crate) fn of<T>(record: &'a Record<T>, ordinary: Option<&'a Arc<Label>>) -> Self {
        let names = &record.names;
        let ordinary = ordinary.filter(|_| !record.privileged());
        Self([names.principal.as_ref(), names.originator.as_ref(), names.host.as_ref(), ordinary])
    }

    /// The groups that there are.
    pub(crate) fn each(self) -> impl Iterator<Item = (GroupKind, &'a Arc<Label>)> {
        GroupKind::ALL.into_iter().zip(self.0).filter_map(|(kind, label)| Some((kind, label?)))
    }
}
