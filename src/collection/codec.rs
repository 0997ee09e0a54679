//! How the data of your program becomes bytes, and comes back.

mod contract;
mod error;
#[cfg(feature = "json")]
mod json;
mod message_pack;
#[cfg(test)]
mod tests;

pub use contract::Codec;
pub use error::CodecError;
#[cfg(feature = "json")]
pub use json::Json;
pub use message_pack::MessagePack;
pub(super) use message_pack::{from_message_pack, to_message_pack};
