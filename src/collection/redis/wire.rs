//! The connection that all futures share.

use std::fmt;

use redis::aio::MultiplexedConnection;
use redis::{AsyncConnectionConfig, RedisError};

use super::common::Common;
use crate::sync::Mutex;

/// The connection, if there is one. One call at a time makes it; those that wait meanwhile have
/// what comes of it.
#[derive(Default)]
pub(super) struct Wire {
    state: Mutex<State>,
    making: tokio::sync::Mutex<()>,
}

#[derive(Default)]
struct State {
    link: Option<Link>,
    /// How often a connection was made, or could not be.
    made: u64,
    /// Why the last could not be made, and the number of its route.
    failed: Option<(RedisError, u64)>,
}

/// A connection.
#[derive(Clone)]
pub(super) struct Link {
    pub(super) number: u64,
    /// The number of its route.
    pub(super) by: u64,
    pub(super) connection: MultiplexedConnection,
}

impl Wire {
    /// The connection; or why there is none, and the number of the route.
    pub(super) async fn link(&self, common: &Common) -> Result<Link, (RedisError, u64)> {
        let seen = {
            let state = self.state.lock();
            if let Some(link) = &state.link {
                return Ok(link.clone());
            }
            state.made
        };
        let _making = self.making.lock().await;
        {
            let state = self.state.lock();
            if let Some(link) = &state.link {
                return Ok(link.clone());
            }
            if let (true, Some(failed)) = (state.made != seen, &state.failed) {
                return Err(failed.clone());
            }
        }
        let options = &common.options;
        let config = AsyncConnectionConfig::new()
            .set_connection_timeout(Some(options.connection_timeout))
            .set_response_timeout(Some(options.response_timeout));
        let (by, client) = common.client();
        let made = client.get_multiplexed_async_connection_with_config(&config).await;
        let mut state = self.state.lock();
        state.made += 1;
        match made {
            Ok(connection) => {
                state.failed = None;
                let number = state.made;
                Ok(state.link.insert(Link { number, by, connection }).clone())
            }
            Err(error) => Err(state.failed.insert((error, by)).clone()),
        }
    }

    /// The next call has another connection than this.
    pub(super) fn give_up(&self, number: u64) {
        let mut state = self.state.lock();
        let given_up = state.link.take_if(|link| link.number == number);
        drop(state);
        drop(given_up);
    }
}

impl fmt::Debug for Wire {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let connected = self.state.lock().link.is_some();
        f.write_str(if connected { "connected" } else { "not connected" })
    }
}
