//! A call to another server, over HTTP.

use std::fmt;
use std::net::SocketAddr;

use dxr::Value;
use http_body_util::{BodyExt, Full, Limited};
use hyper::body::Bytes;
use hyper::client::conn::http1;
use hyper::header::{CONTENT_TYPE, HOST};
use hyper::{Request, StatusCode};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use tokio::task::JoinSet;

use crate::rpc;

/// The longest answer that is read, in bytes.
const LONGEST_ANSWER: usize = 1 << 20;
/// The longest code of a failure, in bytes.
const LONGEST_CODE: usize = 64;
/// What stands for a code that does not look like one.
const ODD_CODE: &str = "ODD_ERROR_CODE";

/// Why a call had no result. Never holds what was sent.
#[derive(Debug)]
pub(crate) enum PeerError {
    /// The call or its answer did not get through.
    Transport(String),
    /// There is no answer yet, or none that is of use. The way there may be fine.
    Unusable(String),
    /// The other server said no, with this code. The strings after it may hold part of what was
    /// sent.
    Refused(String),
}

impl PeerError {
    /// Whether the other server does not know the session.
    pub(crate) fn is_session_invalid(&self) -> bool {
        matches!(self, Self::Refused(code) if code == "SESSION_INVALID")
    }
}

impl fmt::Display for PeerError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Transport(why) | Self::Unusable(why) => f.write_str(why),
            Self::Refused(code) => write!(f, "it refuses: {code}"),
        }
    }
}

impl std::error::Error for PeerError {}

/// Calls a method of the server at this address. Takes as long as that does: the caller bounds it.
pub(crate) async fn call(
    address: SocketAddr,
    method: &str,
    params: Vec<Value>,
) -> Result<Value, PeerError> {
    let xml = rpc::write_call(method, params)
        .map_err(|_| PeerError::Transport("the call cannot be written as XML-RPC".to_owned()))?;
    let body = exchange(address, xml).await?;
    rpc::read_answer(&body).map_err(|refused| match refused {
        Some(strings) => PeerError::Refused(code(strings)),
        None => PeerError::Transport("the answer is not XenAPI's".to_owned()),
    })
}

/// The code of a failure. It goes to the log and to clients, so that it must look like one.
fn code(strings: Vec<String>) -> String {
    let looks_like_one = |code: &String| {
        (1..=LONGEST_CODE).contains(&code.len())
            && code.bytes().all(|byte| byte.is_ascii_uppercase() || byte == b'_')
    };
    strings.into_iter().next().filter(looks_like_one).unwrap_or_else(|| ODD_CODE.to_owned())
}

/// Posts a body and returns the one that comes back.
async fn exchange(address: SocketAddr, body: String) -> Result<Bytes, PeerError> {
    let broken = |error: &dyn fmt::Display| PeerError::Transport(error.to_string());
    let request = Request::post("/RPC2")
        .header(HOST, address.to_string())
        .header(CONTENT_TYPE, "text/xml")
        .body(Full::new(Bytes::from(body)))
        .map_err(|error| broken(&error))?;
    let stream = TcpStream::connect(address).await.map_err(|error| broken(&error))?;
    let (mut sender, connection) =
        http1::handshake(TokioIo::new(stream)).await.map_err(|error| broken(&error))?;
    // Goes with this call, however that ends.
    let mut driver = JoinSet::new();
    driver.spawn(connection);
    let response = sender.send_request(request).await.map_err(|error| broken(&error))?;
    if response.status() != StatusCode::OK {
        return Err(PeerError::Transport(format!("HTTP status {}", response.status())));
    }
    let body = Limited::new(response.into_body(), LONGEST_ANSWER).collect().await;
    Ok(body.map_err(|error| broken(&error))?.to_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_cannot_forge_a_line() {
        let code_of = |text: &str| code(vec![text.to_owned(), "more".to_owned()]);
        let longest = "X".repeat(LONGEST_CODE);
        for fine in ["SESSION_INVALID", "A", &longest] {
            assert_eq!(code_of(fine), fine);
        }
        for odd in ["", "A\nerror forged", "a", "A B", "A1", "É", &format!("{longest}X")] {
            assert_eq!(code_of(odd), ODD_CODE, "{odd:?}");
        }
        assert_eq!(code(Vec::new()), ODD_CODE);
    }
}
