//! Where commands are sent next, and what it comes to where no node answers them.

use redis::{RedisError, Value};

use super::failure::{broken, nowhere};
use super::route::Route;
use crate::collection::error::CollectionError;

/// The attempts to have some commands answered.
pub(super) struct Tries<'a> {
    route: &'a Route,
    left: usize,
    unreached: usize,
    /// Whether a server may have read the commands.
    sent: bool,
    broke: Option<RedisError>,
}

impl<'a> Tries<'a> {
    /// At most so many.
    pub(super) fn new(route: &'a Route, most: usize) -> Self {
        Self { route, left: most, unreached: 0, sent: false, broke: None }
    }

    /// Whether to try once more.
    pub(super) fn next(&mut self) -> bool {
        let more = self.left > 0;
        self.left = self.left.saturating_sub(1);
        more
    }

    /// There is no connection by this route. Nothing was sent.
    pub(super) fn unreached(&mut self, error: RedisError, by: u64) {
        self.route.elsewhere(by);
        self.broke = Some(error);
        self.unreached += 1;
        if self.unreached == self.route.nodes() {
            self.left = 0;
        }
    }

    /// These answers came by this route. Returns them, unless they point elsewhere.
    pub(super) fn answered(&mut self, values: Vec<Value>, by: u64) -> Option<Vec<Value>> {
        if !self.route.follow(&values, by) {
            return Some(values);
        }
        // Some of the scripts may have run before the others were sent elsewhere.
        self.sent |= values.iter().any(|value| matches!(value, Value::Array(_)));
        self.broke = None;
        None
    }

    /// The commands were sent, and the connection broke.
    pub(super) fn broken(&mut self, error: RedisError) {
        self.sent = true;
        if !error.is_connection_dropped() {
            self.left = 0;
        }
        self.broke = Some(error);
    }

    /// Why there are no answers.
    pub(super) fn failure(self) -> CollectionError {
        match self.broke {
            Some(error) => broken(&error, self.sent),
            None => nowhere(self.sent),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use redis::IntoConnectionInfo;

    fn moved() -> Value {
        let said = b"-MOVED 1 127.0.0.1:2\r\n";
        redis::parse_redis_value(said).unwrap()
    }

    fn outcome(answers: &[&[Value]]) -> CollectionError {
        let route = Route::new("redis://a:1".into_connection_info().unwrap(), &[]).unwrap();
        let mut tries = Tries::new(&route, answers.len());
        for values in answers {
            assert!(tries.next());
            assert_eq!(tries.answered(values.to_vec(), route.client().0), None);
        }
        assert!(!tries.next());
        tries.failure()
    }

    #[test]
    fn what_ran_before_a_redirection_is_in_doubt() {
        let ran = Value::Array(Vec::new());
        assert!(!outcome(&[&[moved()], &[moved(), moved()]]).may_be_applied());
        assert!(outcome(&[&[ran.clone(), moved()]]).may_be_applied());
        assert!(outcome(&[&[ran, moved()], &[moved(), moved()]]).may_be_applied());
    }

    #[test]
    fn a_connection_that_is_refused_leaves_the_doubt() {
        let route = Route::new("redis://a:1".into_connection_info().unwrap(), &[]).unwrap();
        let refused = || std::io::Error::from(std::io::ErrorKind::ConnectionRefused).into();
        let mut tries = Tries::new(&route, 9);
        assert!(tries.next());
        tries.broken(std::io::Error::from(std::io::ErrorKind::ConnectionReset).into());
        assert!(tries.next(), "a connection that was dropped is made again");
        tries.unreached(refused(), route.client().0);
        assert!(!tries.next(), "no other node is known");
        assert!(tries.failure().may_be_applied());
        let mut tries = Tries::new(&route, 9);
        tries.unreached(refused(), route.client().0);
        assert!(!tries.failure().may_be_applied());
    }
}
