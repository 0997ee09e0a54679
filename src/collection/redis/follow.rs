//! Listeners that connect again by themselves.

use std::fmt;
use std::pin::Pin;
use std::time::Duration;

use tokio::time::{Sleep, sleep};

use super::asynchronous::AsyncRedisCollection;
use super::blocking::RedisCollection;
use super::listener::{AsyncRedisListener, RedisListener};
use crate::collection::error::CollectionError;
use crate::collection::key::RecordKey;
use crate::collection::outcome::Change;
use crate::sync::Parker;

/// What a [`RedisFollower`] hears.
///
/// # Examples
///
/// ```
/// use tenure::collection::{CollectionError, Heard};
///
/// let lost = Heard::Lost(CollectionError::not_applied("connection refused"));
/// assert_ne!(lost, Heard::Listening);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Heard {
    /// A session ended, or its data changed: for
    /// [`hear`](crate::shared::SharedSessions::hear).
    Change(RecordKey, Change),
    /// There is a connection, for the first time or again. What happened before it was not heard:
    /// refresh.
    Listening,
    /// There is no connection, for this reason. The next call tries again, after a while.
    Lost(CollectionError),
}

const FIRST: Duration = Duration::from_millis(100);
const LONGEST: Duration = Duration::from_secs(10);

/// How long to wait before the next attempt: twice as long each time, less up to a half at random,
/// so that the nodes of a fleet do not come at once.
#[derive(Debug, Default)]
struct Backoff(u32);

impl Backoff {
    fn next(&mut self) -> Duration {
        let most = FIRST.saturating_mul(1 << self.0).min(LONGEST);
        self.0 = (self.0 + 1).min(10);
        let mut random = [0];
        // Without randomness it is the longest.
        let _ = getrandom::fill(&mut random);
        most.saturating_sub(most * u32::from(random[0]) / 512)
    }
}

/// Hears of ends and changes as they happen, by calls that block, and connects again by itself.
/// Made by [`RedisCollection::follow`].
///
/// # Examples
///
/// ```
/// use std::time::Duration;
/// use tenure::collection::{Heard, Policy, RedisCollection, RedisOptions};
///
/// let options = RedisOptions::new(Policy::new(Duration::from_secs(300)));
/// let nobody_listens = RedisCollection::new("redis://127.0.0.1:1", options)?;
/// let mut follower = nobody_listens.follow();
/// assert!(matches!(follower.recv_timeout(Duration::from_secs(1)), Some(Heard::Lost(_))));
/// # Ok::<(), tenure::collection::CollectionError>(())
/// ```
pub struct RedisFollower<'a> {
    collection: &'a RedisCollection,
    listener: Option<RedisListener>,
    wait: Duration,
    backoff: Backoff,
}

impl RedisCollection {
    /// As [`listen`](Self::listen), and connects again whenever the connection is lost.
    pub fn follow(&self) -> RedisFollower<'_> {
        let (listener, wait, backoff) = (None, Duration::ZERO, Backoff::default());
        RedisFollower { collection: self, listener, wait, backoff }
    }
}

impl RedisFollower<'_> {
    /// Waits for what happens next, for about so long at most, and for a connection besides.
    pub fn recv_timeout(&mut self, timeout: Duration) -> Option<Heard> {
        if let Some(listener) = &mut self.listener {
            return match listener.recv_timeout(timeout) {
                Ok(heard) => heard.map(|(key, change)| Heard::Change(key, change)),
                Err(error) => Some(self.lost(error)),
            };
        }
        let now = self.wait.min(timeout);
        Parker::default().park(now);
        self.wait = self.wait.saturating_sub(now);
        if !self.wait.is_zero() {
            return None;
        }
        match self.collection.listen() {
            Ok(listener) => {
                (self.listener, self.backoff) = (Some(listener), Backoff::default());
                Some(Heard::Listening)
            }
            Err(error) => Some(self.lost(error)),
        }
    }

    fn lost(&mut self, error: CollectionError) -> Heard {
        (self.listener, self.wait) = (None, self.backoff.next());
        Heard::Lost(error)
    }
}

impl fmt::Debug for RedisFollower<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RedisFollower").field("listener", &self.listener).finish_non_exhaustive()
    }
}

/// As [`RedisFollower`], by futures. Made by [`AsyncRedisCollection::follow`].
///
/// # Examples
///
/// ```
/// use tenure::collection::{AsyncRedisCollection, Heard};
///
/// async fn first(collection: &AsyncRedisCollection) {
///     let heard = collection.follow().recv().await;
///     assert!(matches!(heard, Heard::Listening | Heard::Lost(_)));
/// }
/// ```
pub struct AsyncRedisFollower<'a> {
    collection: &'a AsyncRedisCollection,
    listener: Option<AsyncRedisListener>,
    pause: Option<Pin<Box<Sleep>>>,
    backoff: Backoff,
}

impl AsyncRedisCollection {
    /// As [`RedisCollection::follow`].
    pub fn follow(&self) -> AsyncRedisFollower<'_> {
        let (listener, pause, backoff) = (None, None, Backoff::default());
        AsyncRedisFollower { collection: self, listener, pause, backoff }
    }
}

impl AsyncRedisFollower<'_> {
    /// Waits for what happens next. Where the future is dropped, nothing is lost; a connection that
    /// was being made is made again.
    pub async fn recv(&mut self) -> Heard {
        let error = if let Some(listener) = &mut self.listener {
            match listener.recv().await {
                Ok((key, change)) => return Heard::Change(key, change),
                Err(error) => error,
            }
        } else {
            if let Some(pause) = &mut self.pause {
                pause.as_mut().await;
                self.pause = None;
            }
            match self.collection.listen().await {
                Ok(listener) => {
                    (self.listener, self.backoff) = (Some(listener), Backoff::default());
                    return Heard::Listening;
                }
                Err(error) => error,
            }
        };
        (self.listener, self.pause) = (None, Some(Box::pin(sleep(self.backoff.next()))));
        Heard::Lost(error)
    }
}

impl fmt::Debug for AsyncRedisFollower<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let listener = &self.listener;
        f.debug_struct("AsyncRedisFollower").field("listener", listener).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_grow_to_a_bound_and_differ() {
        let mut backoff = Backoff::default();
        let waits: Vec<_> = (0..20).map(|_| backoff.next()).collect();
        assert!(waits[0] >= FIRST / 2 && waits[0] <= FIRST);
        assert!(waits[10..].iter().all(|wait| *wait >= LONGEST / 2 && *wait <= LONGEST));
        assert!(waits[10..].windows(2).any(|pair| pair[0] != pair[1]));
    }
}
