//! A collection in Redis or Valkey.

mod asynchronous;
mod batch;
mod blocking;
mod common;
mod failure;
mod frame;
mod idle;
mod layout;
mod listener;
mod options;
mod reply;
mod route;
mod scripts;
mod server;
#[cfg(test)]
mod tests;

pub use asynchronous::AsyncRedisCollection;
pub use blocking::RedisCollection;
pub use listener::{AsyncRedisListener, RedisListener};
pub use options::{Ack, RedisOptions};
