//! What the peers keep of a session, and the id and clock that they all pay the same price for.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use tenure::SessionId;

use super::table::Login;

/// The idle timeout of every table that has one. No benchmark runs for so long.
pub const IDLE: Duration = Duration::from_secs(3_600);

/// The record that a program would write for itself. The names are made anew from the borrowed ones
/// at each login, as they would be from a request.
pub struct PeerSession {
    pub data: u64,
    pub principal: Box<str>,
    pub originator: Box<str>,
    pub created: u64,
    /// In microseconds of the table's [`Stopwatch`].
    pub last_active: AtomicU64,
}

impl PeerSession {
    pub fn new(login: Login<'_>, now: u64) -> Arc<Self> {
        Arc::new(Self {
            data: login.data,
            principal: login.principal.into(),
            originator: login.originator.into(),
            created: now,
            last_active: AtomicU64::new(now),
        })
    }

    pub fn mark(&self, now: u64) {
        self.last_active.store(now, Ordering::Relaxed);
    }
}

/// The end of a request, in a table without leases: the session that was touched at its start is
/// marked once more. Returns whether there is one.
#[inline]
pub fn mark_again(session: Option<Arc<PeerSession>>, clock: &Stopwatch) -> bool {
    session.map(|session| session.mark(clock.now())).is_some()
}

/// 128 bits from the operating system, as tenure draws them.
///
/// # Panics
///
/// If the operating system has no randomness to give.
pub fn draw_id() -> SessionId {
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes).expect("the operating system gives randomness");
    SessionId::from_bytes(bytes)
}

/// The monotonic clock of a table that has none of its own: what `SystemClock` reads, in whole
/// microseconds.
pub struct Stopwatch(Instant);

impl Stopwatch {
    pub fn start() -> Self {
        Self(Instant::now())
    }

    pub fn now(&self) -> u64 {
        u64::try_from(self.0.elapsed().as_micros()).unwrap_or(u64::MAX)
    }
}
