//! What a codec does.

use super::error::CodecError;

/// Encodes the data of sessions for a collection, and decodes it.
///
/// [`MessagePack`] is the default, `Json` is there with the feature `json`, and your own is a few
/// lines: encryption or compression, for instance, around one of those. All nodes need the same.
///
/// [`MessagePack`]: crate::collection::MessagePack
///
/// # Security
///
/// The data may be from any node, or from anyone else who can write to the collection: decoding
/// must not panic, and should not need more memory than the bytes justify.
///
/// # Examples
///
/// ```
/// use tenure::collection::{Codec, CodecError};
///
/// struct Counter;
///
/// impl Codec<u32> for Counter {
///     fn encode(&self, data: &u32) -> Result<Vec<u8>, CodecError> {
///         Ok(data.to_be_bytes().to_vec())
///     }
///
///     fn decode(&self, bytes: &[u8]) -> Result<u32, CodecError> {
///         let found = bytes.len();
///         let bytes = bytes.try_into();
///         bytes.map(u32::from_be_bytes).map_err(|_| {
///             CodecError::decode(format!("a counter has 4 bytes, this is {found}"))
///         })
///     }
/// }
///
/// let codec: Box<dyn Codec<u32>> = Box::new(Counter);
/// assert_eq!(codec.decode(&codec.encode(&7)?), Ok(7));
/// assert!(codec.decode(b"seven").is_err());
/// # Ok::<(), CodecError>(())
/// ```
pub trait Codec<T>: Send + Sync {
    /// The bytes of this data.
    ///
    /// # Errors
    ///
    /// Why there are none.
    fn encode(&self, data: &T) -> Result<Vec<u8>, CodecError>;

    /// The data of these bytes, all of them.
    ///
    /// # Errors
    ///
    /// What is wrong with them, without showing any of them.
    fn decode(&self, bytes: &[u8]) -> Result<T, CodecError>;
}
