//! What happens in a store, as it happens: subscriptions, filters, tokens.
//!
//! Use it to log and count what happens to sessions, to keep a table of the live ones elsewhere, or
//! to tell clients of changes. For the end of one session alone,
//! [`Session::on_end`](crate::Session::on_end) and [`Session::ended`](crate::Session::ended) are
//! simpler.
//!
//! | you want | use |
//! |---|---|
//! | events from now on | [`subscribe`](crate::SessionStore::subscribe) with a [`Filter`] |
//! | a table of the live sessions that is kept | [`watch`](crate::SessionStore::watch) |
//! | the same, with the losses dealt with by you | [`subscribe_with_snapshot`] and [`resync`] |
//! | to go on where another subscription was | [`EventToken`] and [`subscribe_from`] |
//! | to know that a subscriber has dealt with something | [`SubscriptionWatcher::barrier`] |
//!
//! A [`Subscription`] is read by a thread ([`recv_timeout`](Subscription::recv_timeout)), by
//! asynchronous code of any runtime ([`recv`](Subscription::recv)), or as a `Stream` with the
//! feature `stream`; a [`Watch`] likewise.
//!
//! - Events are numbered in the order in which their changes took effect.
//! - One bounded ring holds the last events for all subscribers. One that is too slow is told how
//!   many it lost, and delays no other.
//! - Nothing is recorded while there is no subscription, unless the store
//!   [keeps its events](crate::StoreBuilder::keep_events).
//! - An event shows no secret id, and never the application's data.
//!
//! # Examples
//!
//! ```
//! use std::time::Duration;
//! use tenure::events::{EventKind, Filter};
//! use tenure::{NewSession, SessionStore};
//!
//! let store = SessionStore::builder().build()?;
//! let mut events = store.subscribe(Filter::all().kinds([EventKind::Ended]));
//! let session = store.create(NewSession::new(()).principal("alice")).unwrap();
//! store.end(&session.id());
//!
//! let event = events.recv_timeout(Duration::from_secs(1))?.expect("there is one");
//! assert_eq!(event.session().unwrap().principal(), Some("alice"));
//! assert!(events.try_recv()?.is_none());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! [`resync`]: crate::SessionStore::resync
//! [`subscribe_from`]: crate::SessionStore::subscribe_from
//! [`subscribe_with_snapshot`]: crate::SessionStore::subscribe_with_snapshot

mod batch;
mod error;
#[cfg(all(test, shuttle))]
mod models;
mod receive;
#[cfg(feature = "stream")]
mod stream;
mod subscribe;
mod subscription;
mod update;
mod watch;
mod watcher;

pub use crate::event_log::{
    Event, EventKind, EventToken, Filter, ParseTokenError, StaleToken, SubscriptionInfo,
};
pub use error::{BarrierError, EventError};
pub use subscription::Subscription;
pub use update::Update;
pub use watch::{Updates, Watch};
pub use watcher::SubscriptionWatcher;
