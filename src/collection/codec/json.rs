//! JSON.

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::error::Category;

use super::contract::Codec;
use super::error::{CodecError, without_data};

/// Encodes data as JSON: longer than [`MessagePack`](crate::collection::MessagePack), and readable
/// by people.
///
/// # Examples
///
/// ```
/// use tenure::collection::{Codec, CodecError, Json};
///
/// let bytes = Json.encode(&vec![7, 8])?;
/// assert_eq!(bytes, b"[7,8]");
/// assert_eq!(Json.decode(&bytes), Ok(vec![7, 8]));
/// # Ok::<(), CodecError>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Json;

impl<T: Serialize + DeserializeOwned> Codec<T> for Json {
    fn encode(&self, data: &T) -> Result<Vec<u8>, CodecError> {
        // What is wrong is said by the type, and may show what is in it.
        serde_json::to_vec(data).map_err(|_| CodecError::encode("the type refuses it"))
    }

    fn decode(&self, bytes: &[u8]) -> Result<T, CodecError> {
        let mut values = serde_json::Deserializer::from_slice(bytes).into_iter();
        let data = match values.next() {
            None => return Err(CodecError::decode("it is empty")),
            Some(data) => data.map_err(|error| CodecError::decode(reason(&error)))?,
        };
        let end = values.byte_offset();
        match bytes[end..].trim_ascii().len() {
            0 => Ok(data),
            left => Err(CodecError::LeftOver { bytes: left, of: bytes.len() }),
        }
    }
}

fn reason(error: &serde_json::Error) -> String {
    let place = format!("at line {} column {}", error.line(), error.column());
    match error.classify() {
        Category::Eof => format!("it ends too early {place}"),
        // The message has the place, where there is one.
        Category::Data => without_data(&error.to_string()),
        Category::Syntax | Category::Io => format!("it is not JSON {place}"),
    }
}
