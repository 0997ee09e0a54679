//! Nodes that share their sessions over one Redis, and a simulation of many.

mod server;
pub mod simulation;

pub use server::RedisServer;
