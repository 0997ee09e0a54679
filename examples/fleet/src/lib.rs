//! Nodes that share their sessions over one Redis.

mod server;

pub use server::RedisServer;
