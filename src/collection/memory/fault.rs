//! Failures that a test asks for.

use std::hash::{BuildHasher, BuildHasherDefault, DefaultHasher};

use crate::collection::error::CollectionError;
use crate::collection::op::Request;
use crate::sync::{AtomicU64, Ordering};

/// A call of a [`MemoryCollection`](crate::collection::MemoryCollection), or one request of it,
/// that may be made to [fail](Fault).
///
/// # Examples
///
/// ```
/// use tenure::collection::{Call, Op, RecordKey, Request};
///
/// let request = Request { key: RecordKey::from_bytes([1; 16]), op: Op::Load };
/// assert_eq!(Call::Request(&request).name(), "load");
/// assert_eq!(Call::Apply(&[request]).name(), "apply");
/// ```
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub enum Call<'a> {
    /// An [`open`](crate::collection::Collection::open).
    Open,
    /// A whole batch.
    Apply(&'a [Request]),
    /// One request of a batch that is not refused or lost as a whole.
    Request(&'a Request),
    /// A [`feed`](crate::collection::Collection::feed).
    Feed,
    /// An [`expire`](crate::collection::Collection::expire).
    Expire,
    /// An [`end_principal`](crate::collection::Collection::end_principal).
    EndPrincipal,
}

impl Call<'_> {
    /// A name: of a request, that of its operation.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Apply(_) => "apply",
            Self::Request(request) => request.op.name(),
            Self::Feed => "feed",
            Self::Expire => "expire",
            Self::EndPrincipal => "end_principal",
        }
    }
}

/// How a call of a [`MemoryCollection`](crate::collection::MemoryCollection) fails, or one request
/// of it.
///
/// # Examples
///
/// ```
/// use tenure::collection::{
///     Call, Collection, CollectionError, Fault, HashKey, MemoryCollection,
/// };
///
/// let collection = MemoryCollection::default();
/// let fingerprint = HashKey::new([1; 32]).fingerprint();
/// collection.fail_next(Fault::Refused);
/// let refused = collection.open(fingerprint).unwrap_err();
/// assert!(!refused.may_be_applied());
/// assert!(collection.open(fingerprint).is_ok());
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Fault {
    /// It does not fail.
    #[default]
    None,
    /// Nothing is done, and the error says so.
    Refused,
    /// Nothing is done, and the error [leaves that open](CollectionError::InDoubt).
    Lost,
    /// It is done, and the error leaves that open. Of a batch, each request may fail besides.
    AnswerLost,
    /// Nothing is done yet, and the error leaves that open: the requests are done by
    /// [`deliver`](crate::collection::MemoryCollection::deliver). A call that is no batch is lost.
    Delayed,
}

impl Fault {
    /// Faults at random, one call or request in `one_in` on average: the same of a seed, if the
    /// calls are the same. Of those, each kind is as likely as the others. None if `one_in` is 0.
    ///
    /// # Examples
    ///
    /// ```
    /// use tenure::collection::{Call, Fault};
    ///
    /// let (faults, same) = (Fault::seeded(7, 3), Fault::seeded(7, 3));
    /// let drawn: Vec<Fault> = (0..99).map(|_| faults(&Call::Open)).collect();
    /// assert!(drawn.iter().all(|fault| *fault == same(&Call::Open)));
    /// assert!(drawn.contains(&Fault::None) && drawn.contains(&Fault::AnswerLost));
    /// ```
    pub fn seeded(seed: u64, one_in: u64) -> impl Fn(&Call<'_>) -> Fault + Send + Sync + 'static {
        let calls = AtomicU64::new(0);
        move |_| {
            // The order of the calls is all that is shared.
            let call = calls.fetch_add(1, Ordering::Relaxed);
            let drawn = BuildHasherDefault::<DefaultHasher>::default().hash_one((seed, call));
            if one_in == 0 || !drawn.is_multiple_of(one_in) {
                return Self::None;
            }
            let kinds = [Self::Refused, Self::Lost, Self::AnswerLost, Self::Delayed];
            kinds[(drawn / one_in % 4) as usize]
        }
    }

    /// Whether what it is about is done at once.
    pub(super) const fn is_done(self) -> bool {
        matches!(self, Self::None | Self::AnswerLost)
    }

    /// The error, if it is one.
    pub(super) fn check(self) -> Result<(), CollectionError> {
        match self {
            Self::None => Ok(()),
            Self::Refused => Err(CollectionError::not_applied("a test refused it")),
            Self::Lost | Self::AnswerLost | Self::Delayed => {
                Err(CollectionError::in_doubt("a test lost the answer"))
            }
        }
    }
}
