//! `MessagePack`, with the names of fields.

use rmp_serde::decode::Error;
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::contract::Codec;
use super::error::{CodecError, without_data};

/// Encodes data as [MessagePack](https://msgpack.org), structs as maps with the names of their
/// fields: other languages can read it, and fields can be added.
///
/// A field that is added needs `#[serde(default)]`, so that data of before can be read; data of
/// after can be read by a program without the field, unless the type denies unknown fields.
///
/// # Examples
///
/// ```
/// # use tenure::collection::CodecError;
/// use serde::{Deserialize, Serialize};
/// use tenure::collection::{Codec, MessagePack};
///
/// #[derive(Serialize, Deserialize)]
/// struct Before {
///     name: String,
/// }
///
/// #[derive(Serialize, Deserialize)]
/// struct After {
///     name: String,
///     #[serde(default)]
///     visits: u32,
/// }
///
/// let bytes = MessagePack.encode(&Before { name: "alice".into() })?;
/// let after: After = MessagePack.decode(&bytes)?;
/// assert_eq!((after.name.as_str(), after.visits), ("alice", 0));
/// # Ok::<(), CodecError>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct MessagePack;

impl<T: Serialize + DeserializeOwned> Codec<T> for MessagePack {
    fn encode(&self, data: &T) -> Result<Vec<u8>, CodecError> {
        to_message_pack(data)
    }

    fn decode(&self, bytes: &[u8]) -> Result<T, CodecError> {
        from_message_pack(bytes)
    }
}

pub(in crate::collection) fn to_message_pack(data: &impl Serialize) -> Result<Vec<u8>, CodecError> {
    // What is wrong is said by the type, and may show what is in it.
    rmp_serde::to_vec_named(data).map_err(|_| CodecError::encode("the type refuses it"))
}

pub(in crate::collection) fn from_message_pack<T: DeserializeOwned>(
    bytes: &[u8],
) -> Result<T, CodecError> {
    let mut rest = bytes;
    let mut decoder = rmp_serde::Deserializer::new(&mut rest);
    let data = T::deserialize(&mut decoder).map_err(|error| CodecError::decode(reason(&error)))?;
    match rest.len() {
        0 => Ok(data),
        left => Err(CodecError::LeftOver { bytes: left, of: bytes.len() }),
    }
}

fn reason(error: &Error) -> String {
    let reason = match error {
        Error::InvalidMarkerRead(_) | Error::InvalidDataRead(_) => "it ends too early",
        // The marker may be a number that was found.
        Error::TypeMismatch(_) => "a value is of another type",
        Error::OutOfRange => "a number is out of range",
        Error::LengthMismatch(_) => "a list has another length",
        Error::Utf8Error(_) => "a text is not in UTF-8",
        Error::DepthLimitExceeded => "it is nested too deeply",
        Error::Uncategorized(message) | Error::Syntax(message) => return without_data(message),
    };
    reason.to_owned()
}
