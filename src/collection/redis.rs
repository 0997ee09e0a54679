//! A collection in Redis or Valkey.

mod asynchronous;
mod batch;
mod blocking;
mod common;
mod failure;
mod follow;
mod frame;
mod layout;
mod listener;
mod options;
mod pool;
mod reply;
mod route;
mod scripts;
mod server;
#[cfg(test)]
mod tests;
mod tries;
mod wire;

pub use asynchronous::AsyncRedisCollection;
pub use blocking::RedisCollection;
pub use follow::{AsyncRedisFollower, Heard, RedisFollower};
pub use listener::{AsyncRedisListener, RedisListener};
pub use options::{Ack, RedisOptions};
