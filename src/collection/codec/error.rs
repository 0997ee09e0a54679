//! Why data has no bytes, or bytes are no data.

/// Why data was not encoded or decoded. None of the data is shown.
///
/// # Examples
///
/// ```
/// use tenure::collection::{Codec, CodecError, MessagePack};
///
/// let mut bytes = MessagePack.encode(&7_u32)?;
/// bytes.push(0);
/// let error = Codec::<u32>::decode(&MessagePack, &bytes).unwrap_err();
/// assert_eq!(error, CodecError::LeftOver { bytes: 1, of: 2 });
/// assert_eq!(error.to_string(), "data has 1 bytes left over, of 2");
/// # Ok::<(), CodecError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CodecError {
    /// The data cannot be encoded.
    #[error("data cannot be encoded: {reason}")]
    Encode {
        /// Why, without showing data.
        reason: String,
    },
    /// The bytes cannot be decoded.
    #[error("data cannot be decoded: {reason}")]
    Decode {
        /// Why, without showing data.
        reason: String,
    },
    /// There is more than the data: it is of another type, perhaps.
    #[error("data has {bytes} bytes left over, of {of}")]
    LeftOver {
        /// How many bytes are left over.
        bytes: usize,
        /// How many bytes there are.
        of: usize,
    },
}

impl CodecError {
    /// Data that cannot be encoded, for this reason, which shows none of it.
    pub fn encode(reason: impl Into<String>) -> Self {
        Self::Encode { reason: reason.into() }
    }

    /// Bytes that cannot be decoded, for this reason, which shows none of them.
    pub fn decode(reason: impl Into<String>) -> Self {
        Self::Decode { reason: reason.into() }
    }
}

/// What a message of serde's says of the type, without what it says of the data: "invalid type:
/// string "hush", expected u32" names the value that was found.
pub(super) fn without_data(message: &str) -> String {
    // Names of fields are the type's.
    if message.starts_with("missing field `") || message.starts_with("duplicate field `") {
        return message.to_owned();
    }
    let kinds = ["type", "value", "length"].map(|what| format!("invalid {what}"));
    let kinds = kinds.iter().map(String::as_str).chain(["unknown variant", "unknown field"]);
    let Some(kind) = kinds.into_iter().find(|kind| message.starts_with(kind)) else {
        return "the type refuses it".to_owned();
    };
    // The last one: what comes before may have been chosen by an attacker.
    match message.rsplit_once(", expected ") {
        Some((_, expected)) => format!("{kind}, expected {expected}"),
        None => kind.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_left_out_of_messages() {
        let cases = [
            ("invalid type: string \"hush\", expected u32", "invalid type, expected u32"),
            ("invalid type: string \"hush, expected hush\", expected u32 at line 1 column 7", {
                "invalid type, expected u32 at line 1 column 7"
            }),
            ("invalid length 3, expected an array of 4", "invalid length, expected an array of 4"),
            ("unknown variant `hush`, expected `a` or `b`", "unknown variant, expected `a` or `b`"),
            ("unknown variant `hush`, there are no variants", "unknown variant"),
            ("missing field `name`", "missing field `name`"),
            ("hush is no name", "the type refuses it"),
        ];
        for (message, expected) in cases {
            assert_eq!(without_data(message), expected);
        }
    }
}
