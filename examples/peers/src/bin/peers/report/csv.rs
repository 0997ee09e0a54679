//! One number a row.

use std::error::Error;
use std::io::Write;

use crate::results::{Results, Value};

const HEADER: [&str; 6] = ["workload", "peer", "sessions", "threads", "metric", "value"];

pub(crate) fn csv(results: &Results) -> Result<String, Box<dyn Error>> {
    let mut text = Vec::new();
    write(&mut text, results)?;
    Ok(String::from_utf8(text)?)
}

fn write(to: impl Write, results: &Results) -> Result<(), Box<dyn Error>> {
    let mut writer = ::csv::Writer::from_writer(to);
    writer.write_record(HEADER)?;
    for row in &results.rows {
        let (sessions, threads) = (row.at.sessions.to_string(), row.at.threads.to_string());
        let value = match row.value {
            Value::Number(number) => number.to_string(),
            Value::Missing(reason) => reason.to_owned(),
        };
        writer.write_record([
            row.at.workload,
            &row.peer,
            &sessions,
            &threads,
            row.metric,
            &value,
        ])?;
    }
    Ok(writer.flush()?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::results::At;

    #[test]
    fn numbers_and_reasons_are_rows_and_commas_are_quoted() {
        let mut results = Results::default();
        let at = At { workload: "create, first", sessions: 1_000, threads: 1 };
        results.number(at, "tenure", "ns", 812.5);
        results.missing(at, "lru + mutex", "says \"no\", or so");
        let mut text = Vec::new();
        write(&mut text, &results).unwrap();
        let expected = "workload,peer,sessions,threads,metric,value\n\
                        \"create, first\",tenure,1000,1,ns,812.5\n\
                        \"create, first\",lru + mutex,1000,1,n/a,\"says \"\"no\"\", or so\"\n";
        assert_eq!(String::from_utf8(text).unwrap(), expected);
    }
}
