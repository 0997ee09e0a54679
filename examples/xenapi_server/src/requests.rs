//! One HTTP request: is it a call at all, and is its body fit to be read?

use std::time::Duration;

use http_body_util::{BodyExt, Full};
use hyper::body::{Bytes, Incoming};
use hyper::header::{ALLOW, CONNECTION, CONTENT_TYPE, HeaderName, HeaderValue};
use hyper::{Method, Request, Response, StatusCode};

use crate::methods::Api;
use crate::places::Place;
use crate::rpc;

/// The longest body that is read as a call, in bytes.
const LONGEST_BODY: usize = 1 << 20;
/// How much of a longer one is read and thrown away. A client sends its whole body before it reads
/// the answer; if the connection closed under it, it would not see the answer.
const LONGEST_DISCARDED: usize = 16 << 20;

/// What every request gets. Refusals are plain text, for people.
pub(crate) async fn answer(
    api: &Api,
    place: &Place,
    timeout: Duration,
    request: Request<Incoming>,
) -> Response<Full<Bytes>> {
    match call(api, place, timeout, request).await {
        Ok(xml) => response(StatusCode::OK, CONTENT_TYPE, "text/xml", xml),
        Err(refusal) => refusal,
    }
}

async fn call(
    api: &Api,
    place: &Place,
    timeout: Duration,
    request: Request<Incoming>,
) -> Result<String, Response<Full<Bytes>>> {
    if !matches!(request.uri().path(), "/" | "/RPC2") {
        let why = "XML-RPC is at / and at /RPC2\n";
        return Err(response(StatusCode::NOT_FOUND, CONTENT_TYPE, "text/plain", why));
    }
    if request.method() != Method::POST {
        let why = "XML-RPC calls are sent with POST\n";
        return Err(response(StatusCode::METHOD_NOT_ALLOWED, ALLOW, "POST", why));
    }
    let body = tokio::time::timeout(timeout, body(request.into_body()))
        .await
        .map_err(|_| last(StatusCode::REQUEST_TIMEOUT, "the body took too long to come\n"))??;
    if !place.call_begins() {
        return Err(last(StatusCode::SERVICE_UNAVAILABLE, "there are too many connections\n"));
    }
    let written = match rpc::read(&body) {
        Ok(call) => rpc::answer(api.answer(&call.name, &call.params).await),
        Err(fault) => rpc::fault(fault),
    };
    written.map_err(|error| {
        // Not the client's doing, and not known to happen.
        api.log.error(format_args!("an answer cannot be written: {error}"));
        last(StatusCode::INTERNAL_SERVER_ERROR, "the answer cannot be written as XML-RPC\n")
    })
}

/// Reads a body of bounded length.
async fn body(mut body: Incoming) -> Result<Vec<u8>, Response<Full<Bytes>>> {
    let (mut kept, mut seen) = (Vec::new(), 0_usize);
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|_| last(StatusCode::BAD_REQUEST, "the body broke off\n"))?;
        let Ok(piece) = frame.into_data() else {
            continue;
        };
        seen = seen.saturating_add(piece.len());
        if seen <= LONGEST_BODY {
            kept.extend_from_slice(&piece);
        } else if seen > LONGEST_DISCARDED {
            break;
        }
    }
    if seen > LONGEST_BODY {
        let why = format!("the body is longer than {LONGEST_BODY} bytes\n");
        return Err(last(StatusCode::PAYLOAD_TOO_LARGE, why));
    }
    Ok(kept)
}

/// A refusal after which the connection is of no use.
fn last(status: StatusCode, why: impl Into<Bytes>) -> Response<Full<Bytes>> {
    response(status, CONNECTION, "close", why)
}

fn response(
    status: StatusCode,
    header: HeaderName,
    value: &'static str,
    body: impl Into<Bytes>,
) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(body.into()));
    *response.status_mut() = status;
    response.headers_mut().insert(header, HeaderValue::from_static(value));
    response
}
