//! The store, with what its settings take and its operations return.
//!
//! Most of it is at the [root of the crate](crate): [`SessionStore`], [`StoreBuilder`],
//! [`Selector`]. What is only here is named rarely: an [`IdSource`] of your own, a [`Page`] of a
//! long list, the details of a refusal ([`Shortage`]).
//!
//! # Examples
//!
//! ```
//! use tenure::store::Shortage;
//! use tenure::{CreateError, Limit, Limits, NewSession, SessionStore};
//!
//! let limits = Limits::default().global(Limit::reject(1));
//! let store = SessionStore::builder().limits(limits).build()?;
//! store.create(NewSession::new(())).unwrap();
//! let refused = store.create(NewSession::new(())).unwrap_err();
//! assert!(matches!(refused, CreateError::Full { why: Shortage::Rejecting, .. }));
//! # Ok::<(), tenure::BuildError>(())
//! ```

mod builder;
mod bulk;
mod create;
mod create_leased;
mod deadline;
mod drain;
mod draining;
mod end;
mod enter;
mod handle;
#[cfg(all(test, not(any(loom, shuttle))))]
mod kept;
mod key;
mod limiting;
mod list;
#[cfg(any(feature = "shared", test))]
mod load;
mod lookup;
#[cfg(all(test, any(loom, shuttle)))]
pub(crate) mod models;
mod new_id;
mod newcomer;
mod reap;
mod report;
mod rotate;
mod selection;
mod selector;

pub use crate::error::Shortage;
pub use crate::id::{IdError, IdSource, ParseIdError, ParseTrackIdError};
pub use crate::limits::OnFull;
pub use crate::session::{IntoName, PageCursor, ParseCursorError, UntilEnded};
pub use builder::StoreBuilder;
pub use bulk::BulkEnd;
pub use draining::{Drained, Draining};
pub use end::{EndAs, EndOutcome};
pub use handle::{SessionStore, WeakSessionStore};
#[cfg(feature = "shared")]
pub(crate) use key::Named;
pub use key::SessionKey;
pub(crate) use key::{Key, Opaque};
pub use list::Page;
#[cfg(feature = "shared")]
pub(crate) use load::LoadError;
#[cfg(feature = "shared")]
pub(crate) use newcomer::Loaded;
pub use reap::ReapReport;
pub use selector::Selector;
