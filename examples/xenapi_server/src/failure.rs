//! XenAPI's errors: a code and further strings.

use std::fmt::Display;

use tenure::liveness::HostError;
use tenure::slot::LoginError;
use tenure::{AcquireError, CreateError, Tombstone};

use crate::peer::PeerError;
use crate::refs;

/// What went wrong with a call, as `ErrorDescription` has it. The first string is the code.
#[derive(Debug, PartialEq)]
pub(crate) struct Failure(Vec<String>);

impl Failure {
    fn new<const N: usize>(code: &str, strings: [String; N]) -> Self {
        Self(std::iter::once(code.to_owned()).chain(strings).collect())
    }

    pub(crate) fn code(&self) -> &str {
        self.0.first().map_or("", String::as_str)
    }

    pub(crate) fn into_strings(self) -> Vec<String> {
        self.0
    }

    /// `handle` is shortened already; see [`shortened`](crate::refs::shortened).
    pub(crate) fn session_invalid(handle: String, reason: impl Display) -> Self {
        Self::new("SESSION_INVALID", [handle, reason.to_string()])
    }

    pub(crate) fn session_ended(handle: String, tombstone: &Tombstone) -> Self {
        Self::session_invalid(handle, tombstone.reason())
    }

    /// Why a lookup of the caller's session failed.
    pub(crate) fn no_lease(handle: String, error: &AcquireError) -> Self {
        match error {
            AcquireError::Ended(tombstone) => Self::session_ended(handle, tombstone),
            AcquireError::TooManyLeases { .. } => Self::too_busy(error.to_string()),
            // The enum may grow; whatever it is, the caller has no session.
            AcquireError::Unknown | _ => Self::session_invalid(handle, error),
        }
    }

    pub(crate) fn too_busy(why: String) -> Self {
        Self::new("TOO_BUSY", [why])
    }

    pub(crate) fn authentication_failed() -> Self {
        let why = "the name, the password or the secret is wrong".to_owned();
        Self::new("SESSION_AUTHENTICATION_FAILED", [why])
    }

    pub(crate) fn not_in_a_pool() -> Self {
        let why = "this server is in no pool".to_owned();
        Self::new("SESSION_AUTHENTICATION_FAILED", [why])
    }

    pub(crate) fn permission_denied(method: &str, why: &str) -> Self {
        Self::new("RBAC_PERMISSION_DENIED", [method.to_owned(), why.to_owned()])
    }

    pub(crate) fn method_unknown(method: &str) -> Self {
        Self::new("MESSAGE_METHOD_UNKNOWN", [excerpt(method)])
    }

    pub(crate) fn parameter_count(method: &str, expected: usize, got: usize) -> Self {
        let numbers = [method.to_owned(), expected.to_string(), got.to_string()];
        Self::new("MESSAGE_PARAMETER_COUNT_MISMATCH", numbers)
    }

    /// `at` counts from 0, the message from 1.
    pub(crate) fn field_type(at: usize, expected: &str, got: &str) -> Self {
        let place = format!("parameter {}", at + 1);
        Self::new("FIELD_TYPE_ERROR", [place, format!("expected {expected}, got {got}")])
    }

    pub(crate) fn value_not_supported(field: &str, value: &str, why: &str) -> Self {
        Self::new("VALUE_NOT_SUPPORTED", [field.to_owned(), excerpt(value), why.to_owned()])
    }

    /// XenAPI's clients look for exactly this, with nothing after the code.
    pub(crate) fn events_lost() -> Self {
        Self::new("EVENTS_LOST", [])
    }

    pub(crate) fn session_not_registered(handle: String) -> Self {
        Self::new("SESSION_NOT_REGISTERED", [handle])
    }

    pub(crate) fn token_parse_failure(token: &str) -> Self {
        Self::new("EVENT_FROM_TOKEN_PARSE_FAILURE", [excerpt(token)])
    }

    /// Why there is no answer of another host.
    pub(crate) fn of_host(handle: String, error: &HostError<PeerError>) -> Self {
        match error {
            HostError::UnknownHost { .. } => Self::handle_invalid("host", handle),
            HostError::HostOffline { .. } => Self::new("HOST_OFFLINE", [handle]),
            HostError::CannotContact {
                error: PeerError::Transport(_) | PeerError::Unusable(_),
                ..
            } => Self::new("CANNOT_CONTACT_HOST", [handle]),
            error => Self::new("INTERNAL_ERROR", [error.to_string()]),
        }
    }

    pub(crate) fn handle_invalid(class: &str, handle: String) -> Self {
        Self::new("HANDLE_INVALID", [class.to_owned(), handle])
    }
}

impl From<CreateError> for Failure {
    fn from(error: CreateError) -> Self {
        let sentence = error.to_string();
        match error {
            CreateError::Full { limit, live, max, .. } => Self::new(
                "TOO_MANY_SESSIONS",
                [limit.to_string(), live.to_string(), max.to_string(), sentence],
            ),
            _ => Self::new("INTERNAL_ERROR", [sentence]),
        }
    }
}

impl From<LoginError> for Failure {
    fn from(error: LoginError) -> Self {
        match error {
            LoginError::Create(error) => error.into(),
            other => Self::new("INTERNAL_ERROR", [other.to_string()]),
        }
    }
}

impl From<HostError> for Failure {
    fn from(error: HostError) -> Self {
        match error {
            HostError::Create(error) | HostError::Login(LoginError::Create(error)) => error.into(),
            HostError::HostOffline { host, .. } => Self::new("HOST_OFFLINE", [refs::host(&host)]),
            error => Self::new("INTERNAL_ERROR", [error.to_string()]),
        }
    }
}

/// The start of what a client sent: an error must not repeat a megabyte.
fn excerpt(text: &str) -> String {
    const LONGEST: usize = 80;
    match text.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}...", &text[..end]),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_do_not_repeat_a_megabyte() {
        let strings = Failure::method_unknown(&"é".repeat(1 << 19)).into_strings();
        assert_eq!(strings[0], "MESSAGE_METHOD_UNKNOWN");
        assert_eq!(strings[1], format!("{}...", "é".repeat(80)));
    }
}
