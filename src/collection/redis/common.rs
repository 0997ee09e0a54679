//! What the blocking and the asynchronous collection have in common: all but sending and waiting.

use std::fmt;

use redis::{Client, Cmd, Value, cmd};

use super::batch::{acknowledged, wait};
use super::failure::strange;
use super::frame::Frame;
use super::options::{Ack, RedisOptions};
use super::reply::{Reply, bytes, change, is_unknown_script, number};
use super::route::{Route, address};
use super::server::Server;
use super::tries::Tries;
use crate::collection::error::CollectionError;
use crate::collection::key::{Fingerprint, RecordKey};
use crate::collection::outcome::{Change, Expired, Feed, Opened, PrincipalEnded};
use crate::collection::stamp::Cursor;
use crate::sync::Mutex;

/// How many entries one call of the feed lists, or the pruner deals with, at most.
const PAGE: usize = 100;

/// Where the server is, how it is used, and what is known of it.
pub(super) struct Common {
    pub(super) route: Route,
    pub(super) frame: Frame,
    pub(super) options: RedisOptions,
    known: Mutex<Known>,
}

#[derive(Default)]
struct Known {
    fingerprint: Option<Fingerprint>,
    server: Server,
}

impl Common {
    pub(super) fn new(url: &str, options: RedisOptions) -> Result<Self, CollectionError> {
        options.check()?;
        let route = Route::new(address(url)?, &options.other_nodes);
        let route = route.ok_or_else(|| CollectionError::not_applied("other nodes: host:port"))?;
        Ok(Self { route, frame: Frame::new(&options), options, known: Mutex::default() })
    }

    /// The number of the route, and the server that it leads to.
    pub(super) fn client(&self) -> (u64, Client) {
        self.route.client()
    }

    /// The attempts to send commands, elsewhere each time.
    pub(super) fn tries(&self) -> Tries<'_> {
        let retries = usize::try_from(self.options.retries).unwrap_or(usize::MAX);
        Tries::new(&self.route, retries.saturating_add(self.route.nodes()))
    }

    /// That which the collection was opened with.
    pub(super) fn fingerprint(&self) -> Result<Fingerprint, CollectionError> {
        let known = self.known.lock().fingerprint;
        known.ok_or_else(|| CollectionError::not_applied("the collection is not open"))
    }

    pub(super) fn warning(&self) -> Option<String> {
        self.known.lock().server.warning()
    }

    pub(super) fn incarnation(&self) -> u64 {
        self.known.lock().server.run()
    }

    /// What is sent to open the collection.
    pub(super) fn open(&self, of: Fingerprint, load: bool) -> Result<Vec<Cmd>, CollectionError> {
        let mut commands = vec![cmd("INFO"), self.frame.open(of, load)?];
        if self.options.acknowledge == Ack::Disk {
            commands.extend(wait(&self.options));
        }
        Ok(commands)
    }

    /// What is answered to that; `None` if the script has to be loaded.
    pub(super) fn opened(
        &self,
        fingerprint: Fingerprint,
        replies: Vec<Value>,
    ) -> Result<Option<Opened>, CollectionError> {
        let mut replies = replies.into_iter();
        let server = Server::read(replies.next().unwrap_or_default())?;
        server.check(self.options.acknowledge)?;
        let reply = replies.next();
        let Some(reply) = Self::read(reply)? else { return Ok(None) };
        if let Some(waited) = replies.next() {
            acknowledged(waited, &self.options)?;
        }
        *self.known.lock() = Known { fingerprint: Some(fingerprint), server };
        Ok(Some(Opened { stamp: reply.stamp, floor: reply.floor }))
    }

    /// How many entries are asked for at a time.
    pub(super) fn page(at_most: usize) -> usize {
        at_most.min(PAGE)
    }

    /// The answer to the feed's call; `None` if the script has to be loaded.
    pub(super) fn listed(replies: Vec<Value>) -> Result<Option<Feed>, CollectionError> {
        let Some(Reply { stamp, results, .. }) = Self::read(replies.into_iter().next())? else {
            return Ok(None);
        };
        let [Value::BulkString(verdict), upto, more, rest @ ..] = &results[..] else {
            return Err(strange());
        };
        let upto = number(upto).ok_or_else(strange)?;
        let (more, gap) = (*more == Value::Int(1), verdict == b"gap");
        let mut changes = Vec::new();
        if let [Value::Array(entries)] = rest {
            for entry in entries.iter().cloned().filter_map(bytes) {
                changes.push(change(&entry)?);
            }
        }
        Ok(Some(Feed { stamp, changes, upto, more, gap }))
    }

    /// The answer to the pruner's call for so many; `None` if the script has to be loaded.
    pub(super) fn expired(
        replies: Vec<Value>,
        page: usize,
    ) -> Result<Option<Expired>, CollectionError> {
        let Some(Reply { stamp, results, .. }) = Self::read(replies.into_iter().next())? else {
            return Ok(None);
        };
        let numbers: Vec<u64> = results.iter().filter_map(number).collect();
        let [ended, forgotten, passed, more] = numbers[..] else { return Err(strange()) };
        // A call that could do something and did nothing is not repeated.
        let more = more == 1 && (page == 0 || ended + forgotten + passed > 0);
        Ok(Some(Expired { stamp, ended, forgotten, more }))
    }

    /// What is sent to end sessions of a principal.
    pub(super) fn end_principal(
        &self,
        load: bool,
        of: (&str, &str),
        except: &[RecordKey],
        at_most: usize,
    ) -> Result<Vec<Cmd>, CollectionError> {
        let command = self.frame.end_principal(self.fingerprint()?, load, of, except, at_most)?;
        Ok(std::iter::once(command).chain(wait(&self.options)).collect())
    }

    /// What is answered to that; `None` if the script has to be loaded.
    pub(super) fn principal_ended(
        &self,
        replies: Vec<Value>,
        page: usize,
    ) -> Result<Option<PrincipalEnded>, CollectionError> {
        let mut replies = replies.into_iter();
        let Some(Reply { stamp, results, .. }) = Self::read(replies.next())? else {
            return Ok(None);
        };
        let [more, passed, Value::Array(entries)] = &results[..] else { return Err(strange()) };
        let more = *more == Value::Int(1);
        if more && page > 0 && *passed == Value::Int(0) && entries.is_empty() {
            // Another call would do nothing either, and not all have ended.
            return Err(strange());
        }
        let mut ended = Vec::with_capacity(entries.len());
        for entry in entries.iter().cloned().filter_map(bytes) {
            if let (key, Change::Ended(end)) = change(&entry)? {
                ended.push((key, *end));
            }
        }
        if let Some(waited) = replies.next() {
            acknowledged(waited, &self.options)?;
        }
        Ok(Some(PrincipalEnded { stamp, ended, more }))
    }

    /// How many sessions of a principal the next call is to end, if there is to be one.
    pub(super) fn ends_left(total: Option<&PrincipalEnded>, at_most: usize) -> Option<usize> {
        let Some(total) = total else { return Some(Self::page(at_most)) };
        let left = at_most.saturating_sub(total.ended.len());
        (total.more && left > 0).then(|| Self::page(left))
    }

    /// Adds what that call ended. All had ended as of the last call.
    pub(super) fn add_ended(total: &mut Option<PrincipalEnded>, mut next: PrincipalEnded) {
        if let Some(before) = total.take() {
            next.ended.splice(0..0, before.ended);
        }
        *total = Some(next);
    }

    /// Adds what the feed's next call listed, and returns where to go on, if there is room for
    /// more. Where another epoch begins meanwhile, the next feed finds that out.
    pub(super) fn append(total: &mut Option<Feed>, next: Feed, at_most: usize) -> Option<Cursor> {
        let feed = match total {
            None => total.insert(next),
            Some(feed) if next.gap => {
                feed.more = true;
                return None;
            }
            Some(feed) => {
                feed.changes.extend(next.changes);
                (feed.upto, feed.more) = (next.upto, next.more);
                feed
            }
        };
        let goes_on = feed.more && feed.changes.len() < at_most;
        goes_on.then_some(Cursor { epoch: feed.stamp.epoch, seq: feed.upto })
    }

    /// Adds what the pruner's next call did. Returns how much it may still do.
    pub(super) fn add(total: &mut Option<Expired>, next: Expired, at_most: usize) -> usize {
        let total = total.get_or_insert(Expired { ended: 0, forgotten: 0, ..next });
        total.ended += next.ended;
        total.forgotten += next.forgotten;
        total.more = next.more;
        let did = usize::try_from(total.ended + total.forgotten).unwrap_or(usize::MAX);
        if next.more { at_most.saturating_sub(did) } else { 0 }
    }

    fn read(reply: Option<Value>) -> Result<Option<Reply>, CollectionError> {
        let reply = reply.unwrap_or_default();
        if is_unknown_script(&reply) {
            return Ok(None);
        }
        Reply::read(reply).map(Some)
    }
}

/// Where the server is, without the password.
impl fmt::Debug for Common {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let address = self.client().1.get_connection_info().addr().to_string();
        f.debug_struct("Redis")
            .field("address", &address)
            .field("options", &self.options)
            .finish_non_exhaustive()
    }
}
