//! What a collection must do.

use std::future::Future;
use std::time::Duration;

use super::error::CollectionError;
use super::key::{Fingerprint, RecordKey};
use super::op::Request;
use super::outcome::{Answer, Expired, Feed, Opened, PrincipalEnded};
use super::stamp::Cursor;

/// Where sessions are kept beyond one process, by calls that block.
///
/// The feature `conformance` has tests that any implementation can run.
///
/// # Examples
///
/// ```
/// use tenure::collection::{Collection, HashKey, MemoryCollection, Op, Outcome, Request};
///
/// let collection = MemoryCollection::default();
/// let key = HashKey::new([1; 32]);
/// let opened = collection.open(key.fingerprint())?;
/// let record = key.record_key(tenure::SessionId::from_bytes([7; 16]));
/// let answer = collection.apply(&[Request { key: record, op: Op::Load }])?;
/// assert_eq!(answer.outcomes, [Ok(Outcome::Missing)]);
/// assert_eq!(answer.stamp.epoch, opened.stamp.epoch);
/// # Ok::<(), tenure::collection::CollectionError>(())
/// ```
pub trait Collection: Send + Sync {
    /// Sets the collection up, if it is not, and returns its state. Called at the start of each
    /// refresh.
    ///
    /// # Errors
    ///
    /// [`CollectionError::OtherKey`] if it was set up with another fingerprint,
    /// [`CollectionError::OtherFormat`] if it was by another version, or what else is wrong.
    fn open(&self, fingerprint: Fingerprint) -> Result<Opened, CollectionError>;

    /// Does what each request asks, in order. Nothing is done about those that it has an error for,
    /// unless that [says otherwise](CollectionError::may_be_applied).
    ///
    /// # Errors
    ///
    /// That of the whole batch, if nothing is known of any request.
    fn apply(&self, requests: &[Request]) -> Result<Answer, CollectionError>;

    /// Lists what ended and what changed after a place, at most `at_most` entries.
    ///
    /// # Errors
    ///
    /// What is wrong; nothing has changed then.
    fn feed(&self, after: Cursor, at_most: usize) -> Result<Feed, CollectionError>;

    /// Ends sessions that are past their timeouts, and forgets old ends; at most `at_most` of both.
    ///
    /// - At `used` + idle timeout + grace + hold: ends as `idle_timeout`, unless it counts as in
    ///   use.
    /// - At its deadline: ends as `absolute_timeout`, in use or not, and whatever else is due.
    /// - Forgets ends and notes of changes older than the policy's `keep_ends`, and raises the
    ///   floor to the highest seq of them.
    ///
    /// # Errors
    ///
    /// What is wrong; some may have been dealt with.
    fn expire(&self, at_most: usize) -> Result<Expired, CollectionError>;

    /// Ends the sessions of a principal, at most `at_most`, but those under the keys of `except`.
    ///
    /// - Each becomes an end with this reason, the collection's time and the next seq, as by
    ///   [`Op::Remove`](crate::collection::Op::Remove) without an id; in use or not, due or not.
    /// - Each is one atomic step: one that is given another key meanwhile ends under one of both.
    /// - `more` says whether a session was left. Where there was none, each session ended that the
    ///   principal had as the first of these calls began.
    ///
    /// # Errors
    ///
    /// What is wrong; some may have ended. The call may be repeated without harm.
    fn end_principal(
        &self,
        principal: &str,
        reason: &str,
        except: &[RecordKey],
        at_most: usize,
    ) -> Result<PrincipalEnded, CollectionError>;

    /// How many requests a batch has at most.
    fn batch(&self) -> usize {
        1_000
    }

    /// Which run of its server the collection was in at the last [`open`](Collection::open).
    ///
    /// Where this changes, the server was restarted, or another took over: what it acknowledged
    /// last may be lost, so nodes send the ends of their last refreshes again. A collection that
    /// keeps all that it acknowledges is in one run for ever.
    fn incarnation(&self) -> u64 {
        0
    }

    /// For how long ends are remembered, as its [policy](crate::collection::Policy::keep_ends)
    /// says. A node whose insertions may take longer refuses the collection. `None`: that is not
    /// checked.
    fn keep_ends(&self) -> Option<Duration> {
        None
    }
}

/// As [`Collection`], by futures.
///
/// # Examples
///
/// ```
/// use tenure::collection::{AsyncCollection, CollectionError};
///
/// async fn seq(collection: &impl AsyncCollection) -> Result<u64, CollectionError> {
///     let fingerprint = tenure::collection::HashKey::new([1; 32]).fingerprint();
///     Ok(collection.open(fingerprint).await?.stamp.seq)
/// }
/// # let collection = tenure::collection::MemoryCollection::default();
/// # let mut seq = std::pin::pin!(seq(&collection));
/// # let waker = std::task::Waker::noop();
/// # let mut context = std::task::Context::from_waker(waker);
/// # let std::task::Poll::Ready(seq) = seq.as_mut().poll(&mut context) else { unreachable!() };
/// assert_eq!(seq, Ok(0));
/// ```
pub trait AsyncCollection: Send + Sync {
    /// As [`Collection::open`].
    fn open(
        &self,
        fingerprint: Fingerprint,
    ) -> impl Future<Output = Result<Opened, CollectionError>> + Send;

    /// As [`Collection::apply`]. Where the future is dropped, each of the requests may have been
    /// applied.
    fn apply(
        &self,
        requests: &[Request],
    ) -> impl Future<Output = Result<Answer, CollectionError>> + Send;

    /// As [`Collection::feed`].
    fn feed(
        &self,
        after: Cursor,
        at_most: usize,
    ) -> impl Future<Output = Result<Feed, CollectionError>> + Send;

    /// As [`Collection::expire`].
    fn expire(
        &self,
        at_most: usize,
    ) -> impl Future<Output = Result<Expired, CollectionError>> + Send;

    /// As [`Collection::end_principal`].
    fn end_principal(
        &self,
        principal: &str,
        reason: &str,
        except: &[RecordKey],
        at_most: usize,
    ) -> impl Future<Output = Result<PrincipalEnded, CollectionError>> + Send;

    /// As [`Collection::batch`].
    fn batch(&self) -> usize {
        1_000
    }

    /// As [`Collection::incarnation`].
    fn incarnation(&self) -> u64 {
        0
    }

    /// As [`Collection::keep_ends`].
    fn keep_ends(&self) -> Option<Duration> {
        None
    }
}
