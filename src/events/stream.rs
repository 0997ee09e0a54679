//! A subscription, and a live table, as streams, with the feature `stream`.

use std::pin::Pin;
use std::task::{Context, Poll};

use futures_core::Stream;

use super::error::EventError;
use super::subscription::Subscription;
use super::update::Update;
use super::watch::Watch;
use crate::event_log::Event;

/// The events of [`recv`](Subscription::recv). After the end of the session that it is bound to, or
/// of the store, the stream says so once and ends; it goes on if the subscription is bound to
/// another session, or resynchronised.
impl Stream for Subscription {
    type Item = Result<Event, EventError>;

    fn poll_next(self: Pin<&mut Self>, task: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = self.get_mut();
        if this.done {
            return Poll::Ready(None);
        }
        let read = this.poll_recv(task);
        this.done =
            matches!(read, Poll::Ready(Err(EventError::SessionEnded(_) | EventError::Closed)));
        read.map(Some)
    }
}

/// The updates of [`recv`](Watch::recv). It ends with the store, or with the session that the watch
/// is bound to.
impl Stream for Watch {
    type Item = Update;

    fn poll_next(self: Pin<&mut Self>, task: &mut Context<'_>) -> Poll<Option<Update>> {
        self.get_mut().poll_recv(task).map(Result::ok)
    }
}
