//! What is encoded is decoded, and what is not is refused without being shown.

use serde::{Deserialize, Serialize};

use super::contract::Codec;
use super::error::CodecError;
#[cfg(feature = "json")]
use super::json::Json;
use super::message_pack::MessagePack;

#[derive(Debug, PartialEq, Serialize, Deserialize)]
enum Role {
    Guest,
    Member { since: u32 },
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Account {
    name: String,
    role: Role,
    tags: Vec<Option<i64>>,
}

/// Made of text that must not be shown.
#[derive(Serialize)]
struct Other<'a> {
    name: &'a str,
    role: &'a str,
    tags: &'a str,
}

const HUSH: &str = "hush, expected hush";
const OTHER: Other<'static> = Other { name: HUSH, role: HUSH, tags: HUSH };

fn account() -> Account {
    let tags = vec![None, Some(-1), Some(i64::MAX)];
    Account { name: "Ærøskøbing \0".into(), role: Role::Member { since: 7 }, tags }
}

fn check(codec: &dyn Codec<Account>, other: &[u8]) {
    let bytes = codec.encode(&account()).unwrap();
    assert_eq!(codec.decode(&bytes), Ok(account()));
    for cut in 0..bytes.len() {
        assert!(matches!(codec.decode(&bytes[..cut]), Err(CodecError::Decode { .. })), "{cut}");
    }
    for text in ["{}", "\u{1}", "x"] {
        let longer = [bytes.as_slice(), text.as_bytes()].concat();
        let (left, of) = (text.len(), longer.len());
        assert_eq!(codec.decode(&longer), Err(CodecError::LeftOver { bytes: left, of }));
    }
    let refused = codec.decode(other).unwrap_err().to_string();
    assert!(!refused.contains("hush"), "{refused}");
    assert!(refused.contains("unknown variant, expected"), "{refused}");
}

#[test]
fn message_pack_is_strict_and_shows_nothing() {
    check(&MessagePack, &rmp_serde::to_vec_named(&OTHER).unwrap());
    let bytes = MessagePack.encode(&account()).unwrap();
    assert!(bytes.windows(4).any(|window| window == b"tags"), "fields have their names");
}

#[cfg(feature = "json")]
#[test]
fn json_is_strict_and_shows_nothing() {
    check(&Json, &serde_json::to_vec(&OTHER).unwrap());
    let refused = Codec::<Account>::decode(&Json, b"hush").unwrap_err();
    assert_eq!(refused, CodecError::decode("it is not JSON at line 1 column 1"));
    assert_eq!(Json.decode(b" 7 \n"), Ok(7));
    // Numbers need a byte behind them to have an end.
    assert_eq!(Codec::<u32>::decode(&Json, b"7 8"), Err(CodecError::LeftOver { bytes: 1, of: 3 }));
}
