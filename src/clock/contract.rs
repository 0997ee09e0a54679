//! What a store asks of a clock.

use time::OffsetDateTime;

use crate::sync::Arc;
use crate::tick::Tick;

/// The time, as a store sees it.
///
/// [`now`](Clock::now) is monotonic time: every timeout and every order is measured on it.
/// [`wall`](Clock::wall) is for people to read and decides nothing, so a wall clock that jumps by
/// days ends no session.
///
/// The clocks that there are, and for whom each is, are listed [beside it](crate::clock). An `Arc`
/// or a `Box` of a clock is one too, `Arc<dyn Clock>` among them.
///
/// A store calls its clock while it holds no lock, so a clock may block, though every operation
/// waits for it then. One that stands still, runs backwards or jumps makes sessions end early or
/// late; it changes no count and makes nothing panic. One that panics does so into the caller of
/// the store, which has then changed nothing; a call that ends many sessions may have ended some.
///
/// # Examples
///
/// ```
/// use std::sync::Arc;
/// use std::time::Duration;
/// use tenure::time::OffsetDateTime;
/// use tenure::{Clock, SessionStore, Tick};
///
/// /// Counts the frames of a simulation, 60 a second.
/// struct Frames(std::sync::atomic::AtomicU64);
///
/// impl Clock for Frames {
///     fn now(&self) -> Tick {
///         let frames = self.0.load(std::sync::atomic::Ordering::Relaxed);
///         Tick::START.saturating_add(Duration::from_micros(frames * 1_000_000 / 60))
///     }
///     fn wall(&self) -> OffsetDateTime {
///         OffsetDateTime::UNIX_EPOCH + self.now().since(Tick::START)
///     }
/// }
///
/// assert_eq!(Frames(120.into()).now().since(Tick::START), Duration::from_secs(2));
///
/// // Chosen when the program starts:
/// let clock: Arc<dyn Clock> = Arc::new(Frames(120.into()));
/// let store = SessionStore::<()>::builder().clock(Arc::clone(&clock)).build()?;
/// assert_eq!(store.now(), clock.now());
/// let store = SessionStore::<()>::builder().clock(Box::new(clock)).build()?;
/// assert_eq!(store.now(), Tick::START + Duration::from_secs(2));
/// # Ok::<(), tenure::BuildError>(())
/// ```
pub trait Clock: Send + Sync + 'static {
    /// Monotonic time since an origin near the start of the program.
    ///
    /// The origin must be recent: [`Tick::MAX`] is only 8.9 years after it. Do not count from the
    /// Unix epoch. A session cannot be [restored](crate::NewSession::age) that began before the
    /// origin, so start at [`Tick::START`], a year after it.
    fn now(&self) -> Tick;

    /// The time of day, for display.
    fn wall(&self) -> OffsetDateTime;
}

impl<C: Clock + ?Sized> Clock for Arc<C> {
    fn now(&self) -> Tick {
        (**self).now()
    }

    fn wall(&self) -> OffsetDateTime {
        (**self).wall()
    }
}

impl<C: Clock + ?Sized> Clock for Box<C> {
    fn now(&self) -> Tick {
        (**self).now()
    }

    fn wall(&self) -> OffsetDateTime {
        (**self).wall()
    }
}
