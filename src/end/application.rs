//! Reasons of the application's own.

use std::fmt;

/// A reason of your program's own to end a session: a code and a name.
///
/// Tombstones, events and counters carry it as
/// [`EndReason::Application`](crate::EndReason::Application). Two are the same if code and name
/// are. Define each once, as a constant.
///
/// # Examples
///
/// ```
/// use tenure::{ApplicationReason, EndReason, NewSession, SessionStore};
///
/// const PASSWORD_CHANGED: ApplicationReason = ApplicationReason::new(1, "password_changed");
///
/// let store = SessionStore::builder().build()?;
/// let session = store.create(NewSession::new(())).unwrap();
/// store.end_as(&session, PASSWORD_CHANGED);
///
/// let reason = session.tombstone().unwrap().reason();
/// assert_eq!(reason, EndReason::Application(PASSWORD_CHANGED));
/// assert_eq!((reason.as_str(), store.stats().ended.count(reason)), ("password_changed", 1));
/// # Ok::<(), tenure::BuildError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ApplicationReason {
    code: u32,
    name: &'static str,
}

impl ApplicationReason {
    /// The entry under which [`EndCounts`](crate::stats::EndCounts) sums reasons beyond the first
    /// 32.
    pub const OTHERS: Self = Self::new(u32::MAX, "other_application_reasons");

    /// A reason with this code and this name.
    ///
    /// The code is for programs that compare or store it. The name is a metric's label: let it be
    /// in snake case. One that is the crate's own has `application_` in front of it as a label: see
    /// [`EndReason::as_str`](crate::EndReason::as_str).
    #[must_use]
    pub const fn new(code: u32, name: &'static str) -> Self {
        Self { code, name }
    }

    /// The code.
    #[must_use]
    pub const fn code(self) -> u32 {
        self.code
    }

    /// The name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        self.name
    }

    /// The name, or another where it is one of the crate's own.
    pub(super) const fn label(self) -> &'static str {
        match self.name.as_bytes() {
            b"logged_out" => "application_logged_out",
            b"killed" => "application_killed",
            b"evicted_principal" => "application_evicted_principal",
            b"evicted_originator" => "application_evicted_originator",
            b"evicted_global" => "application_evicted_global",
            b"idle_timeout" => "application_idle_timeout",
            b"absolute_timeout" => "application_absolute_timeout",
            b"host_dead" => "application_host_dead",
            b"replaced" => "application_replaced",
            b"store_closed" => "application_store_closed",
            b"removed" => "application_removed",
            b"other_application_reasons" if self.code != Self::OTHERS.code => {
                "application_other_application_reasons"
            }
            _ => self.name,
        }
    }
}

impl fmt::Display for ApplicationReason {
    /// The name.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name)
    }
}
