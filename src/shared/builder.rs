//! Setting up shared sessions.

use std::time::Duration;

use super::alarm::{OnAlarm, StalenessAlarm};
use super::data::SharedData;
use super::error::SharedBuildError;
use super::handle::SharedSessions;
use super::inner::{Inner, Settings};
use super::keeper::LockedNode;
use crate::collection::{Codec, HashKey, MessagePack};
use crate::end::ApplicationReason;
use crate::store::{SessionStore, StoreBuilder};
use crate::sync::Arc;

/// Sets up [`SharedSessions`].
///
/// | setting | default |
/// |---|---|
/// | [`store`](Self::store) | a store with the defaults of [`StoreBuilder`] |
/// | [`codec`](Self::codec) | [`MessagePack`] |
/// | [`create_behind`](Self::create_behind) | no: a creation waits for the collection |
/// | [`end_behind`](Self::end_behind) | no: an end waits for the collection |
/// | [`insertion_window`](Self::insertion_window) | 1 h |
/// | [`clock_jump`](Self::clock_jump) | 10 minutes |
/// | [`busy_for`](Self::busy_for) | 15 minutes |
/// | [`max_staleness`](Self::max_staleness) | none |
/// | [`alarm_above`](Self::alarm_above) | none |
/// | [`reasons`](Self::reasons) | none |
///
/// # Examples
///
/// ```
/// use std::time::Duration;
/// use tenure::collection::{HashKey, MemoryCollection};
/// use tenure::shared::SharedSessions;
/// use tenure::SessionStore;
///
/// let store = SessionStore::builder().max_sessions(100_000);
/// let (collection, key) = (MemoryCollection::default(), HashKey::new([7; 32]));
/// let sessions = SharedSessions::<String, _>::builder(collection, key)
///     .store(store.idle_timeout(Duration::from_secs(1_800)))
///     .build()?;
/// assert!(sessions.store().is_empty());
/// # Ok::<(), tenure::shared::SharedBuildError>(())
/// ```
#[must_use = "a builder does nothing until it builds"]
pub struct SharedBuilder<T, C, K = MessagePack> {
    collection: C,
    key: HashKey,
    store: StoreBuilder<SharedData<T>>,
    codec: K,
    settings: Settings,
    on_alarm: Option<OnAlarm>,
}

impl<T: Send + Sync + 'static, C> SharedSessions<T, C> {
    /// Begins to set up the sessions of this node. The key is the same on each node, and secret.
    pub fn builder(collection: C, key: HashKey) -> SharedBuilder<T, C> {
        let settings = Settings {
            window: Duration::from_secs(3_600),
            clock_jump: Duration::from_secs(600),
            busy_for: Duration::from_secs(900),
            wait_for_creation: true,
            wait_for_end: true,
            max_staleness: None,
            alarm_above: None,
            reasons: Vec::new(),
        };
        let (store, codec) = (SessionStore::builder(), MessagePack);
        SharedBuilder { collection, key, store, codec, settings, on_alarm: None }
    }
}

impl<T: Send + Sync + 'static, C, K> SharedBuilder<T, C, K> {
    /// The store that is this node's memory. Its timeouts are those of the sessions, everywhere.
    /// Its limit on all sessions bounds this node's memory: the oldest is unloaded, and stays in
    /// the collection. Limits on logins are the collection's, in its
    /// [`Policy`](crate::collection::Policy).
    pub fn store(mut self, store: StoreBuilder<SharedData<T>>) -> Self {
        self.store = store;
        self
    }

    /// How data becomes bytes. The same on each node. With a codec of your own, the data need not
    /// know serde.
    ///
    /// # Examples
    ///
    /// ```
    /// use tenure::collection::{Codec, CodecError, HashKey, MemoryCollection};
    /// use tenure::shared::SharedSessions;
    ///
    /// struct Visits(u8);
    /// struct OneByte;
    ///
    /// impl Codec<Visits> for OneByte {
    ///     fn encode(&self, data: &Visits) -> Result<Vec<u8>, CodecError> {
    ///         Ok(vec![data.0])
    ///     }
    ///
    ///     fn decode(&self, bytes: &[u8]) -> Result<Visits, CodecError> {
    ///         let [visits] = bytes else { return Err(CodecError::decode("it is one byte")) };
    ///         Ok(Visits(*visits))
    ///     }
    /// }
    ///
    /// let builder = SharedSessions::builder(MemoryCollection::default(), HashKey::new([7; 32]));
    /// let sessions = builder.codec(OneByte).build()?;
    /// let id = sessions.create(tenure::NewSession::new(Visits(3)))?.id();
    /// assert_eq!(sessions.acquire_or_load(id)?.data().get().0, 3);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn codec<K2: Codec<T>>(self, codec: K2) -> SharedBuilder<T, C, K2> {
        let Self { collection, key, store, settings, on_alarm, .. } = self;
        SharedBuilder { collection, key, store, codec, settings, on_alarm }
    }

    /// A creation does not wait for the collection, which learns of it at the next refresh. Until
    /// then no other node knows the session, and it is lost if this one fails. A limit of the
    /// collection may end it then.
    pub fn create_behind(mut self) -> Self {
        self.settings.wait_for_creation = false;
        self
    }

    /// An end does not wait for the collection, which learns of it at the next refresh. It is lost
    /// if this node fails before that.
    pub fn end_behind(mut self) -> Self {
        self.settings.wait_for_end = false;
        self
    }

    /// For how long an insertion may be under way until the collection refuses it. At most as long
    /// as the collection [remembers ends](crate::collection::Policy::keep_ends), less twice the
    /// [`clock_jump`](Self::clock_jump): what is late by more could undo an end. Checked whenever
    /// the collection is opened
    /// ([`ForgetsTooSoon`](crate::collection::CollectionError::ForgetsTooSoon)).
    pub fn insertion_window(mut self, window: Duration) -> Self {
        self.settings.window = window;
        self
    }

    /// By how much the collection's clock may go back at a failover. An insertion that is too late
    /// could be in time again, so an end whose session may yet arrive is kept for this much longer
    /// than the [`insertion_window`](Self::insertion_window), and tells the collection to refuse
    /// it.
    pub fn clock_jump(mut self, span: Duration) -> Self {
        self.settings.clock_jump = span;
        self
    }

    /// For how long a session counts as in use after a refresh found it so: longer than an interval
    /// of refreshes. No limit of the collection evicts it meanwhile.
    pub fn busy_for(mut self, span: Duration) -> Self {
        self.settings.busy_for = span;
        self
    }

    /// Refuses sessions once this node [heard of all
    /// ends](crate::shared::RefreshReport::heard_all) longer ago than this: a node that is cut off
    /// serves what others have ended. Of a refresh that heard of them it does not matter what it
    /// could not tell the collection.
    ///
    /// That is what [`acquire_or_load`](SharedSessions::acquire_or_load),
    /// [`acquire`](SharedSessions::acquire) and [`rotate`](SharedSessions::rotate) do. Calls that
    /// ask the collection about the session itself go on, such as
    /// [`update_data`](SharedSessions::update_data); so do ends, and whatever the
    /// [store](SharedSessions::store) is asked for, which is memory alone.
    pub fn max_staleness(mut self, max: impl Into<Option<Duration>>) -> Self {
        self.settings.max_staleness = max.into();
        self
    }

    /// Raises an alarm once this node [heard of all
    /// ends](crate::shared::RefreshReport::heard_all) longer ago than this, until it does again:
    /// longer than two intervals of refreshes, and shorter than what is lost with it (see
    /// [`grace`](crate::collection::Policy::grace) and [`max_staleness`](Self::max_staleness)).
    ///
    /// Raised and cleared once each time: in [`SharedStats::alarm`](crate::shared::SharedStats), as
    /// events ([`StalenessRaised`](crate::events::EventKind::StalenessRaised)), and by
    /// [`on_alarm`](Self::on_alarm). Each refresh looks at its beginning and at its end; so do each
    /// load of a session, and each call of [`shared_stats`](SharedSessions::shared_stats), which
    /// notice it where a refresh hangs.
    pub fn alarm_above(mut self, age: impl Into<Option<Duration>>) -> Self {
        self.settings.alarm_above = age.into();
        self
    }

    /// Calls `tell` when that alarm is raised, and when it is cleared: in this order, one at a
    /// time, by a thread that noticed it, outside every lock. A panic in it is caught and counted.
    pub fn on_alarm(mut self, tell: impl Fn(StalenessAlarm) + Send + Sync + 'static) -> Self {
        self.on_alarm = Some(Box::new(tell));
        self
    }

    /// The application's own [reasons](ApplicationReason) that ends of other nodes may have. One
    /// that is not among them is [`ApplicationReason::OTHERS`] here.
    pub fn reasons(mut self, reasons: impl IntoIterator<Item = ApplicationReason>) -> Self {
        self.settings.reasons = reasons.into_iter().collect();
        self
    }

    /// Builds them. Does not ask the collection yet.
    ///
    /// # Errors
    ///
    /// [`SharedBuildError`] says what is wrong.
    pub fn build(self) -> Result<SharedSessions<T, C>, SharedBuildError>
    where
        K: Codec<T> + 'static,
    {
        if let Some(what) = self.store.limits_of_logins() {
            return Err(SharedBuildError::LimitOfOneNode { what });
        }
        let locked = Arc::new(LockedNode::new(self.key));
        let keeper = Arc::clone(&locked);
        let store = self.store.keeper(keeper).build().map_err(SharedBuildError::Store)?;
        let built = store.now();
        let Self { settings, on_alarm, .. } = self;
        let codec = Box::new(self.codec);
        let inner = Inner { store, locked, codec, settings, built, on_alarm };
        Ok(SharedSessions { inner: Arc::new(inner), collection: Arc::new(self.collection) })
    }
}
