//! What requests do, and the status of each refusal.

use tenure::collection::AsyncCollection;
use tenure::shared::{
    PartlyEnded, SharedAcquireError, SharedCreateError, Unacknowledged, UpdateError,
};
use tenure::{EndAs, NewSession};

use crate::Sessions;

/// The status of a response, and its text.
type Response = (u16, String);

pub(crate) async fn respond<C: AsyncCollection>(sessions: &Sessions<C>, line: &str) -> Response {
    let mut words = line.splitn(3, ' ');
    let (verb, first, rest) = (words.next(), words.next().unwrap_or_default(), words.next());
    let done = match verb {
        Some("login") => login(sessions, first).await,
        Some("get") => get(sessions, first).await,
        Some("put") => put(sessions, first, rest.unwrap_or_default()).await,
        Some("logout") => logout(sessions, first).await,
        Some("logout-others") => logout_others(sessions, first).await,
        _ => Err((400, "no such request".to_owned())),
    };
    done.map_or_else(|refusal| refusal, |text| (200, text))
}

type Done = Result<String, Response>;

async fn login<C: AsyncCollection>(sessions: &Sessions<C>, name: &str) -> Done {
    let new = NewSession::new(String::from("nothing")).principal(name);
    let session = sessions.create_async(new).await.map_err(not_created)?;
    Ok(session.id().expose())
}

async fn get<C: AsyncCollection>(sessions: &Sessions<C>, cookie: &str) -> Done {
    // In use until the end of the request: no limit evicts it, and it does not idle out.
    let lease = sessions.acquire_or_load_async(cookie).await.map_err(refused)?;
    Ok(format!("{} {}", lease.principal().unwrap_or("-"), lease.data().get()))
}

async fn put<C: AsyncCollection>(sessions: &Sessions<C>, cookie: &str, text: &str) -> Done {
    let lease = sessions.acquire_or_load_async(cookie).await.map_err(refused)?;
    let changed = sessions.replace_data_async(&lease, text.to_owned()).await;
    changed.map_err(|error| match error {
        UpdateError::Acquire(error) => refused(error),
        error => (503, error.to_string()),
    })?;
    Ok("saved".to_owned())
}

async fn logout<C: AsyncCollection>(sessions: &Sessions<C>, cookie: &str) -> Done {
    // It has ended here in any case. The client may repeat it, or leave it to the next refresh.
    let ended = sessions.end_async(cookie).await;
    ended.map_err(|error: Unacknowledged| (503, error.to_string()))?;
    Ok("logged out".to_owned())
}

async fn logout_others<C: AsyncCollection>(sessions: &Sessions<C>, cookie: &str) -> Done {
    let lease = sessions.acquire_or_load_async(cookie).await.map_err(refused)?;
    let name = lease.principal().unwrap_or_default();
    let ended = sessions.end_principal_async(name, Some(&lease), EndAs::logged_out()).await;
    let ends = ended.map_err(|error: PartlyEnded| (503, error.to_string()))?;
    Ok(format!("ended {}", ends.here + ends.elsewhere))
}

/// 401 is for what is known to be over, since a client then deletes its cookie.
fn refused(error: SharedAcquireError) -> Response {
    let status = match error {
        SharedAcquireError::Unknown | SharedAcquireError::Ended(_) => 401,
        SharedAcquireError::TooManyLeases { .. } => 429,
        SharedAcquireError::Unreadable { .. } => 500,
        _ => 503,
    };
    (status, error.to_string())
}

fn not_created(error: SharedCreateError) -> Response {
    let status = if matches!(error, SharedCreateError::Full { .. }) { 403 } else { 503 };
    (status, error.to_string())
}
