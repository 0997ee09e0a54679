//! `OpaqueRef:…`: what XenAPI calls things by.

use tenure::{SessionId, TrackId};

/// The reference to nothing.
pub(crate) const NULL: &str = "OpaqueRef:NULL";
/// The one pool there is.
pub(crate) const POOL: &str = "OpaqueRef:pool";
/// The host that this server is.
pub(crate) const HOST: &str = "OpaqueRef:host";

/// How much of a host's reference is repeated.
const LONGEST_HOST: usize = 80;

const PREFIX: &str = "OpaqueRef:";
const HOST_PREFIX: &str = "OpaqueRef:host-";
const NAME_PREFIX: &str = "OpaqueRef:trackid-";

/// What a client may mean a session by.
pub(crate) enum SessionRef {
    /// The bearer secret that the login returned.
    Secret(SessionId),
    /// A public name, from `session.get_all`.
    Name,
}

/// Reads a session's reference or name. There is none in the null reference, nor in nonsense.
pub(crate) fn parse(text: &str) -> Option<SessionRef> {
    if text.starts_with(NAME_PREFIX) {
        return Some(SessionRef::Name);
    }
    text.strip_prefix(PREFIX)?.parse().ok().map(SessionRef::Secret)
}

/// The reference to hand to the client that logged in, and to nobody else.
pub(crate) fn secret(id: &SessionId) -> String {
    format!("{PREFIX}{}", id.expose())
}

/// The public name of a session.
pub(crate) fn name(track_id: TrackId) -> String {
    format!("{NAME_PREFIX}{track_id}")
}

/// The public name in the form of a UUID.
pub(crate) fn uuid(track_id: TrackId) -> String {
    let hex = track_id.to_string();
    let mut uuid = String::with_capacity(36);
    for (at, digit) in hex.chars().enumerate() {
        if matches!(at, 8 | 12 | 16 | 20) {
            uuid.push('-');
        }
        uuid.push(digit);
    }
    uuid
}

/// A user's reference. There is no class of users here; it only has to be the same each time. A
/// member of the pool is no user.
pub(crate) fn user(name: &str) -> String {
    if name.is_empty() { NULL.to_owned() } else { format!("{PREFIX}user-{name}") }
}

/// The reference of another host.
pub(crate) fn host(name: &str) -> String {
    format!("{HOST_PREFIX}{name}")
}

/// The name in the reference of a host.
pub(crate) fn host_name(reference: &str) -> Option<&str> {
    reference.strip_prefix(HOST_PREFIX)
}

/// What to repeat of a reference in an error: enough for its owner to tell which it was, too little
/// to use it. A host's is repeated as it is, as far as it is not long. Text that is no reference is
/// not repeated.
pub(crate) fn shortened(text: &str) -> String {
    match parse(text) {
        Some(SessionRef::Secret(id)) => {
            let start: String = id.expose().chars().take(8).collect();
            format!("{PREFIX}{start}...")
        }
        Some(SessionRef::Name) => text.chars().take(NAME_PREFIX.len() + 32).collect(),
        // The name of a host is no secret, but it may be mistyped and long.
        None if text.starts_with(HOST) => text.chars().take(LONGEST_HOST).collect(),
        None => NULL.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECRET: &str = "OpaqueRef:0a1b2c3d-4e5f-4071-8293-a4b5c6d7e8f9";

    #[test]
    fn secrets_and_names_are_told_apart() {
        assert!(matches!(parse(SECRET), Some(SessionRef::Secret(id)) if secret(&id) == SECRET));
        let name = "OpaqueRef:trackid-00112233445566778899aabbccddeeff";
        assert!(matches!(parse(name), Some(SessionRef::Name)));
        for nonsense in [NULL, "", "OpaqueRef:", &SECRET[10..], &SECRET[..45], "opaqueref:é"] {
            assert!(parse(nonsense).is_none(), "{nonsense:?}");
        }
    }

    #[test]
    fn errors_do_not_repeat_a_secret() {
        assert_eq!(shortened(SECRET), "OpaqueRef:0a1b2c3d...");
        assert_eq!(shortened("hunter2"), NULL);
        assert_eq!(shortened("OpaqueRef:host-c"), "OpaqueRef:host-c");
        assert_eq!(shortened(&format!("{}é", "OpaqueRef:host-".repeat(1000))).len(), LONGEST_HOST);
    }
}
