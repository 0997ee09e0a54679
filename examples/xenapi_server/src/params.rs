//! What a client passed to a method.

use std::ops::RangeInclusive;
use std::time::Duration;

use dxr::Value;
use time::{OffsetDateTime, PrimitiveDateTime};

use crate::failure::Failure;
use crate::{refs, rpc};

/// The longest that `task.sleep` sleeps: a client that wants more calls again.
const LONGEST_SLEEP: Duration = Duration::from_secs(3600);

/// The parameters of one call. Those of methods that need a session have it first.
#[derive(Clone, Copy)]
pub(crate) struct Params<'a>(&'a [Value]);

impl<'a> Params<'a> {
    /// Takes the parameters if there are as many as the method expects.
    pub(crate) fn counted(
        method: &str,
        expected: &RangeInclusive<usize>,
        values: &'a [Value],
    ) -> Result<Self, Failure> {
        let got = values.len();
        let bound = if got < *expected.start() { *expected.start() } else { *expected.end() };
        if expected.contains(&got) {
            Ok(Self(values))
        } else {
            Err(Failure::parameter_count(method, bound, got))
        }
    }

    pub(crate) fn is_empty(self) -> bool {
        self.0.is_empty()
    }

    /// The string at this place.
    pub(crate) fn text(self, at: usize) -> Result<&'a str, Failure> {
        match self.0.get(at) {
            Some(Value::String(text)) => Ok(text),
            other => Err(wrong_type(at, "string", other)),
        }
    }

    /// The strings of the array at this place.
    pub(crate) fn texts(self, at: usize) -> Result<Vec<&'a str>, Failure> {
        let expected = "array of strings";
        let Some(Value::Array(values)) = self.0.get(at) else {
            return Err(wrong_type(at, expected, self.0.get(at)));
        };
        let texts = values.iter().map(|value| match value {
            Value::String(text) => Ok(text.as_str()),
            other => Err(wrong_type(at, expected, Some(other))),
        });
        texts.collect()
    }

    /// The string at this place, or the empty one if there are fewer parameters.
    pub(crate) fn text_or_empty(self, at: usize) -> Result<&'a str, Failure> {
        if at < self.0.len() { self.text(at) } else { Ok("") }
    }

    /// The caller's session. The client sends nil once it has logged out.
    pub(crate) fn session(self) -> Result<&'a str, Failure> {
        match self.0.first() {
            Some(Value::Nil) => Ok(refs::NULL),
            _ => self.text(0),
        }
    }

    /// The date at this place, in UTC.
    pub(crate) fn date(self, at: usize) -> Result<OffsetDateTime, Failure> {
        let expected = "dateTime.iso8601";
        let Some(Value::DateTime(date)) = self.0.get(at) else {
            return Err(wrong_type(at, expected, self.0.get(at)));
        };
        Ok(PrimitiveDateTime::from(*date).assume_utc())
    }

    /// The number of seconds at this place: an integer, a double, or either in a string, as
    /// XenAPI's integers travel.
    pub(crate) fn seconds(self, at: usize) -> Result<Duration, Failure> {
        let seconds = self.number(at, "a number of seconds")?;
        // Refuses the negative, the infinite and what is no number.
        match Duration::try_from_secs_f64(seconds) {
            Ok(length) if length <= LONGEST_SLEEP => Ok(length),
            _ => {
                let why = format!("it must be from 0 to {} seconds", LONGEST_SLEEP.as_secs());
                Err(Failure::value_not_supported("seconds", &seconds.to_string(), &why))
            }
        }
    }

    /// How many seconds a client wants to wait, as xapi takes it: what is negative, longer than the
    /// longest, or no number is the longest.
    pub(crate) fn timeout(self, at: usize, longest: Duration) -> Result<Duration, Failure> {
        let seconds = self.number(at, "a number of seconds")?;
        Ok(Duration::try_from_secs_f64(seconds).map_or(longest, |length| length.min(longest)))
    }

    /// The number at this place: an integer, a double, or either in a string.
    fn number(self, at: usize, expected: &str) -> Result<f64, Failure> {
        match self.0.get(at) {
            Some(Value::Integer(number)) => Ok(f64::from(*number)),
            Some(Value::Double(number)) => Ok(*number),
            Some(Value::String(text)) => {
                text.trim().parse().map_err(|_| Failure::field_type(at, expected, "other text"))
            }
            other => Err(wrong_type(at, expected, other)),
        }
    }
}

fn wrong_type(at: usize, expected: &str, value: Option<&Value>) -> Failure {
    Failure::field_type(at, expected, value.map_or("nothing", rpc::kind))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seconds_come_in_several_forms() {
        let good = [Value::Integer(2), Value::Double(2.0), Value::String(" 2.0 ".to_owned())];
        for value in good {
            assert_eq!(Params(&[value]).seconds(0), Ok(Duration::from_secs(2)));
        }
        let bad = [
            Value::Integer(-1),
            Value::Integer(3601),
            Value::Double(f64::NAN),
            Value::Double(f64::INFINITY),
            Value::String("soon".to_owned()),
            Value::Nil,
        ];
        for value in &bad {
            assert!(Params(std::slice::from_ref(value)).seconds(0).is_err(), "{value:?}");
        }
    }

    #[test]
    fn a_timeout_out_of_range_is_the_longest() {
        let longest = Duration::from_secs(3600);
        let timeout = |value| Params(&[value]).timeout(0, longest);
        assert_eq!(timeout(Value::Double(0.5)), Ok(Duration::from_millis(500)));
        assert_eq!(timeout(Value::Integer(0)), Ok(Duration::ZERO));
        for odd in [-1.0, -0.001, 3600.5, 1e300, f64::INFINITY, f64::NEG_INFINITY, f64::NAN] {
            assert_eq!(timeout(Value::Double(odd)), Ok(longest), "{odd}");
        }
        assert!(timeout(Value::String("soon".to_owned())).is_err());
    }

    #[test]
    fn a_wrong_count_names_the_nearest_right_one() {
        let counted = |got: usize| Params::counted("m", &(2..=4), &vec![Value::Nil; got]).err();
        assert_eq!(counted(1), Some(Failure::parameter_count("m", 2, 1)));
        assert_eq!(counted(2), None);
        assert_eq!(counted(5), Some(Failure::parameter_count("m", 4, 5)));
    }
}
