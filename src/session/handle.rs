//! The application's handle of a session.

use std::fmt;

use super::record::Record;
use super::until_ended::UntilEnded;
use crate::end::Tombstone;
use crate::id::{SessionId, TrackId};
use crate::sync::Arc;
use crate::tick::Tick;

/// A handle of a session. Cheap to clone; it keeps the session's data, not the session, alive.
///
/// Holding a handle does not mark the session as in use: take a [`Lease`](crate::Lease) for that.
/// A handle can still be asked after the session has ended, and then knows why. Handles of one
/// session are equal, and may be keys of maps.
///
/// # Examples
///
/// ```
/// use tenure::{EndReason, NewSession, SessionStore};
///
/// let store = SessionStore::builder().build()?;
/// let session = store.create(NewSession::new(42).principal("alice")).unwrap();
/// assert_eq!(*session.data(), 42);
/// assert!(!session.is_ended());
///
/// store.end(&session.id());
/// assert!(session.is_ended());
/// assert_eq!(session.tombstone().unwrap().reason(), EndReason::LoggedOut);
/// # Ok::<(), tenure::BuildError>(())
/// ```
pub struct Session<T> {
    pub(crate) record: Arc<Record<T>>,
}

impl<T> Session<T> {
    pub(crate) fn new(record: Arc<Record<T>>) -> Self {
        Self { record }
    }

    /// The secret id, as of the last rotation. Give it to the client, and nowhere else.
    #[must_use]
    pub fn id(&self) -> SessionId {
        self.record.id()
    }

    /// The name of the session that is safe to log. Computed on each call.
    #[must_use]
    pub fn track_id(&self) -> TrackId {
        self.record.track_id()
    }

    /// The application's own data, shared by all who have a handle: see
    /// [how to change it](crate::guide::data).
    #[must_use]
    pub fn data(&self) -> &T {
        &self.record.data
    }

    /// Who logged in.
    #[must_use]
    pub fn principal(&self) -> Option<&str> {
        self.record.names.as_str().principal
    }

    /// Which software logged in.
    #[must_use]
    pub fn originator(&self) -> Option<&str> {
        self.record.names.as_str().originator
    }

    /// The host that the session belongs to.
    #[must_use]
    pub fn host(&self) -> Option<&str> {
        self.record.names.as_str().host
    }

    /// When it was created.
    #[must_use]
    pub fn created_at(&self) -> Tick {
        self.record.created()
    }

    /// When it was last active, exact to the store's touch resolution.
    #[must_use]
    pub fn last_active(&self) -> Tick {
        self.record.word.load().last_active()
    }

    /// How many leases of it are held. While there is one, the session is in use.
    #[must_use]
    pub fn leases(&self) -> u32 {
        self.record.word.load().leases()
    }

    /// Whether it is exempt from limits, eviction and idle timeout.
    #[must_use]
    pub fn is_pinned(&self) -> bool {
        self.record.pinned()
    }

    /// Whether it may take a place of the reserve.
    #[must_use]
    pub fn is_privileged(&self) -> bool {
        self.record.privileged()
    }

    /// Whether it has ended, or is past its deadline by the store's clock.
    ///
    /// In the second case the store ends it as soon as the reaper or a lookup comes by; until then
    /// there is no [`tombstone`](Session::tombstone) and no hook has run. With a collection, one
    /// that is past its idle deadline alone does not end so, and goes on if it is loaded again.
    #[must_use]
    pub fn is_ended(&self) -> bool {
        self.record.word.load().ended() || self.record.look(self.record.context.now()).is_err()
    }

    /// When and why it ended, once it has. Never forgotten while a handle is held.
    #[must_use]
    pub fn tombstone(&self) -> Option<Tombstone> {
        self.record.tombstone()
    }

    /// Runs `hook` once when the session ends, in the thread that ends it, outside every lock of
    /// the store; at once if it has ended already.
    ///
    /// The hook may use the store; one that creates a session in a full store may end another,
    /// whose hook runs inside it, so that a chain of thousands overflows the stack. A hook cannot
    /// be taken back: it stays until the session ends. It gets the session as an argument: one that
    /// captures a handle of its own session keeps it in memory as long. A panic in the hook is
    /// caught and counted in
    /// [`Stats::application_panics`](crate::stats::Stats::application_panics).
    ///
    /// # Examples
    ///
    /// ```
    /// use std::sync::mpsc;
    /// use tenure::{EndAs, EndReason, NewSession, SessionStore};
    ///
    /// let (tell, told) = mpsc::channel();
    /// let store = SessionStore::builder().build()?;
    /// let session = store.create(NewSession::new(())).unwrap();
    /// session.on_end(move |session, tombstone| {
    ///     tell.send((session.track_id(), tombstone.reason())).unwrap();
    /// });
    /// store.end_as(&session, EndAs::killed());
    /// assert_eq!(told.recv().unwrap(), (session.track_id(), EndReason::Killed));
    /// # Ok::<(), tenure::BuildError>(())
    /// ```
    pub fn on_end(&self, hook: impl FnOnce(&Self, &Tombstone) + Send + 'static)
    where
        T: 'static,
    {
        let mut hook = Some(hook);
        let ended = self.record.with_cold(|cold| {
            if cold.tombstone.is_none()
                && let Some(hook) = hook.take()
            {
                cold.add_hook(Box::new(move |record: &Arc<Record<T>>, tombstone: &Tombstone| {
                    hook(&Session::new(Arc::clone(record)), tombstone);
                }));
            }
            cold.tombstone
        });
        if let (Some(tombstone), Some(hook)) = (ended, hook) {
            self.record.context.run_application_code(|| hook(self, &tombstone));
        }
    }

    /// A future of the end of the session. See [`UntilEnded`].
    pub fn ended(&self) -> UntilEnded<T> {
        UntilEnded::new(&self.record)
    }
}

impl<T> Clone for Session<T> {
    fn clone(&self) -> Self {
        Self::new(Arc::clone(&self.record))
    }
}

impl<T> fmt::Debug for Session<T> {
    /// Leaves out the secret id, and the application's data, which may be secret too.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Session")
            .field("track_id", &self.track_id())
            .field("principal", &self.principal())
            .field("originator", &self.originator())
            .field("tombstone", &self.tombstone())
            .finish_non_exhaustive()
    }
}
