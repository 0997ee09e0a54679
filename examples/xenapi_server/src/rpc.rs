//! XML-RPC: calls in, answers out.

use std::collections::BTreeMap;

use dxr::{DateTime, Fault, FaultResponse, MethodCall, MethodResponse, Value};
use time::{OffsetDateTime, PrimitiveDateTime, UtcOffset};

use crate::failure::Failure;

/// "Parse error", by the convention on fault codes that XML-RPC servers share.
const MALFORMED: i32 = -32700;
/// What a date ends in.
const DATE_END: &str = "</dateTime.iso8601>";

/// Reads a call. Depth is bounded by the parser, which matters: it recurses.
pub(crate) fn read(body: &[u8]) -> Result<MethodCall<'static>, Fault> {
    let malformed = |what: &str| Fault::new(MALFORMED, what.to_owned());
    let text = std::str::from_utf8(body).map_err(|_| malformed("the body is not UTF-8"))?;
    // The parser's error repeats the body, and with it perhaps a password: it goes nowhere.
    MethodCall::from_xml(&without_z(text))
        .map(|call| MethodCall { name: call.name.into_owned().into(), params: call.params })
        .map_err(|_| malformed("the body is not an XML-RPC method call"))
}

/// Writes a call to another server.
pub(crate) fn write_call(method: &str, params: Vec<Value>) -> Result<String, dxr::Error> {
    MethodCall { name: method.into(), params }.to_xml().map(|xml| declared(&xml))
}

/// Reads another server's answer: its value, or the strings of its failure, or nothing that makes
/// sense.
pub(crate) fn read_answer(body: &[u8]) -> Result<Value, Option<Vec<String>>> {
    let text = std::str::from_utf8(body).map_err(|_| None)?;
    let response = MethodResponse::from_xml(&without_z(text)).map_err(|_| None)?;
    let Value::Struct(mut fields) = response.value else {
        return Err(None);
    };
    match fields.remove("Status") {
        Some(Value::String(status)) if status == "Success" => fields.remove("Value").ok_or(None),
        _ => Err(fields.remove("ErrorDescription").and_then(strings)),
    }
}

/// The strings of an array that holds nothing else.
fn strings(value: Value) -> Option<Vec<String>> {
    let Value::Array(values) = value else {
        return None;
    };
    let texts = values.into_iter().map(|value| match value {
        Value::String(text) => Some(text),
        _ => None,
    });
    texts.collect()
}

/// XenAPI's dates end in a Z, which `dxr` does not read.
fn without_z(xml: &str) -> String {
    xml.replace(&format!("Z{DATE_END}"), DATE_END)
}

/// Writes the answer to a call: XenAPI's one struct, also for its errors.
pub(crate) fn answer(answer: Result<Value, Failure>) -> Result<String, dxr::Error> {
    let value = match answer {
        Ok(value) => structure([("Status", text("Success")), ("Value", value)]),
        Err(failure) => {
            let description = failure.into_strings().into_iter().map(text);
            structure([
                ("Status", text("Failure")),
                ("ErrorDescription", Value::Array(description.collect())),
            ])
        }
    };
    let xml = MethodResponse { value }.to_xml()?;
    // XenAPI's dates end in a Z and `dxr` knows none. In texts `<` is escaped, so these are tags.
    Ok(declared(&xml.replace(DATE_END, &format!("Z{DATE_END}"))))
}

/// Writes the answer to what is not even a call.
pub(crate) fn fault(fault: Fault) -> Result<String, dxr::Error> {
    FaultResponse { fault }.to_xml().map(|xml| declared(&xml))
}

fn declared(xml: &str) -> String {
    format!("<?xml version=\"1.0\"?>{xml}")
}

/// A string. XML cannot carry most control characters, escaped or not: a client that put one into
/// its originator must not make the list of sessions unreadable for others.
pub(crate) fn text(text: impl AsRef<str>) -> Value {
    let carried = |c: char| {
        matches!(c, '\t' | '\n' | '\r') || !(c.is_control() || matches!(c, '\u{FFFE}' | '\u{FFFF}'))
    };
    let replaced = |c: char| {
        if carried(c) { c } else { char::REPLACEMENT_CHARACTER }
    };
    Value::String(text.as_ref().chars().map(replaced).collect())
}

/// A number; XenAPI's travel as strings.
pub(crate) fn number(number: impl Copy + ToString) -> Value {
    text(number.to_string())
}

/// What a call answers that has nothing to say.
pub(crate) fn nothing() -> Value {
    text("")
}

/// A date, in UTC and whole seconds.
pub(crate) fn date(date: OffsetDateTime) -> Value {
    // XML-RPC has no years before 0; a machine whose clock is that wrong shows 1970.
    let date = date.max(OffsetDateTime::UNIX_EPOCH).to_offset(UtcOffset::UTC);
    Value::DateTime(DateTime::from(PrimitiveDateTime::new(date.date(), date.time())))
}

pub(crate) fn structure<K: Into<String>>(fields: impl IntoIterator<Item = (K, Value)>) -> Value {
    let fields = fields.into_iter().map(|(name, value)| (name.into(), value));
    Value::Struct(fields.collect::<BTreeMap<_, _>>())
}

/// The name of a value's type, for errors.
pub(crate) fn kind(value: &Value) -> &'static str {
    match value {
        Value::Integer(_) => "int",
        Value::Boolean(_) => "boolean",
        Value::String(_) => "string",
        Value::Double(_) => "double",
        Value::DateTime(_) => "dateTime.iso8601",
        Value::Base64(_) => "base64",
        Value::Struct(_) => "struct",
        Value::Array(_) => "array",
        Value::Nil => "nil",
        _ => "another type",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_end_in_a_z_and_texts_do_not() {
        let struck = OffsetDateTime::UNIX_EPOCH;
        let value = Value::Array(vec![date(struck), text("</dateTime.iso8601>\u{1}")]);
        let xml = answer(Ok(value)).expect("it can be written");
        assert!(xml.contains("<dateTime.iso8601>19700101T00:00:00Z</dateTime.iso8601>"), "{xml}");
        assert!(xml.contains("<string>&lt;/dateTime.iso8601&gt;\u{FFFD}</string>"), "{xml}");
    }

    #[test]
    fn another_servers_answers_are_read() {
        let read = |value| read_answer(answer(value).expect("it can be written").as_bytes());
        let time = date(OffsetDateTime::UNIX_EPOCH);
        assert_eq!(read(Ok(time.clone())), Ok(time));
        let failure = Failure::handle_invalid("host", "OpaqueRef:x".to_owned());
        let strings = ["HANDLE_INVALID", "host", "OpaqueRef:x"].map(str::to_owned).to_vec();
        assert_eq!(read(Err(failure)), Err(Some(strings)));
        for nonsense in [&b"\xff"[..], b"", b"<html>", b"<methodResponse></methodResponse>"] {
            assert_eq!(read_answer(nonsense), Err(None));
        }
        let fault = fault(Fault::new(1, "no".to_owned())).expect("it can be written");
        assert_eq!(read_answer(fault.as_bytes()), Err(None));
    }

    #[test]
    fn calls_have_dates_with_and_without_a_z() {
        let call = write_call("m", vec![date(OffsetDateTime::UNIX_EPOCH)]).expect("it is fine");
        for xml in [call.replace(DATE_END, &format!("Z{DATE_END}")), call] {
            let read = read(xml.as_bytes()).expect("it is a call");
            assert_eq!(read.params, [date(OffsetDateTime::UNIX_EPOCH)]);
        }
    }

    #[test]
    fn hostile_bodies_are_faults() {
        let nested = "<value><array><data>".repeat(40_000);
        let bodies = [
            &b""[..],
            b"\xff\xfe",
            b"<methodCall><methodName>a</methodName><params><param>",
            b"<methodCall><methodName>a</methodName><params><param><value><int>x</int></value>\
              </param></params></methodCall>",
            nested.as_bytes(),
        ];
        for body in bodies {
            let fault = read(body).err().map(|fault| fault.code());
            assert_eq!(fault, Some(MALFORMED), "{:?}", body.get(..60));
        }
    }
}
