//! The CSV file, line by line.

use std::io::Read;

use csv::{ReaderBuilder, StringRecord};

const HEADER: [&str; 6] = ["workload", "peer", "sessions", "threads", "metric", "value"];

/// One number that was measured.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Row {
    pub(crate) workload: String,
    pub(crate) peer: String,
    /// 0 where the number of sessions means nothing.
    pub(crate) sessions: u64,
    /// 0 where the number of threads means nothing.
    pub(crate) threads: u64,
    pub(crate) metric: String,
    pub(crate) value: f64,
}

/// All rows but those that say that something could not be measured.
///
/// # Errors
///
/// A sentence with the line in it.
pub(crate) fn read(input: impl Read) -> Result<Vec<Row>, String> {
    let mut reader = ReaderBuilder::new().from_reader(input);
    let header = reader.headers().map_err(|error| at_line(1, &error))?;
    if header.iter().ne(HEADER) {
        let found = header.iter().collect::<Vec<_>>().join(",");
        return Err(format!("line 1: the header is `{found}`, and not `{}`", HEADER.join(",")));
    }
    let mut rows = Vec::new();
    let mut record = StringRecord::new();
    loop {
        match reader.read_record(&mut record) {
            Ok(true) => rows.extend(row(&record)?),
            Ok(false) => return Ok(rows),
            Err(error) => {
                let line = error.position().map_or(0, csv::Position::line);
                return Err(at_line(line, &error));
            }
        }
    }
}

fn at_line(line: u64, error: &csv::Error) -> String {
    match error.kind() {
        csv::ErrorKind::UnequalLengths { len, .. } => {
            format!("line {line}: {len} fields, and not {}", HEADER.len())
        }
        csv::ErrorKind::Utf8 { .. } => format!("line {line}: not UTF-8"),
        _ => format!("line {line}: {error}"),
    }
}

/// The row of a record that has a field for each column.
fn row(record: &StringRecord) -> Result<Option<Row>, String> {
    let line = record.position().map_or(0, csv::Position::line);
    let field = |column: usize| record.get(column).unwrap_or_default().trim();
    let count = |column: usize| match field(column) {
        "" | "-" | "n/a" => Ok(0),
        text => text
            .parse::<u64>()
            .map_err(|_| format!("line {line}: `{text}` is no whole number of {}", HEADER[column])),
    };
    if field(4) == "n/a" {
        return Ok(None);
    }
    let value = match field(5).parse::<f64>() {
        Ok(value) if value.is_finite() => value,
        _ => return Err(format!("line {line}: the value `{}` is no number", field(5))),
    };
    Ok(Some(Row {
        workload: field(0).to_owned(),
        peer: field(1).to_owned(),
        sessions: count(2)?,
        threads: count(3)?,
        metric: field(4).to_owned(),
        value,
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read_lines(lines: &str) -> Result<Vec<Row>, String> {
        read(format!("workload,peer,sessions,threads,metric,value\n{lines}").as_bytes())
    }

    #[test]
    fn a_line_is_a_row() {
        let rows = read_lines("\"touch, quiet\",tenure,1000,1,ns,61.5\nmemory,moka,,,bytes,300\n");
        let rows = rows.unwrap();
        assert_eq!(rows.len(), 2);
        assert_eq!((rows[0].workload.as_str(), rows[0].peer.as_str()), ("touch, quiet", "tenure"));
        assert_eq!((rows[0].sessions, rows[0].threads), (1_000, 1));
        assert_eq!((rows[0].metric.as_str(), rows[0].value), ("ns", 61.5));
        assert_eq!((rows[1].sessions, rows[1].threads), (0, 0));
    }

    #[test]
    fn what_could_not_be_measured_is_no_row() {
        let rows = read_lines("create,floor,1000,1,n/a,\"it has no cap, so it is never full\"\n");
        assert_eq!(rows.unwrap(), []);
    }

    #[test]
    fn what_is_wrong_is_said_with_its_line() {
        let good = "touch,tenure,1000,1,ns,61.5\n";
        let wrong = [
            ("touch,tenure,1000,1,ns,fast\n", "line 3: the value `fast` is no number"),
            ("touch,tenure,1000,1,ns,NaN\n", "line 3: the value `NaN` is no number"),
            ("touch,tenure,1k,1,ns,3\n", "line 3: `1k` is no whole number of sessions"),
            ("touch,tenure,1000,-1,ns,3\n", "line 3: `-1` is no whole number of threads"),
            ("touch,tenure,1000\n", "line 3: 3 fields, and not 6"),
        ];
        for (line, message) in wrong {
            assert_eq!(read_lines(&format!("{good}{line}")).unwrap_err(), message);
        }
        let other = read(&b"workload,peer,value\n"[..]).unwrap_err();
        assert!(other.starts_with("line 1: the header is `workload,peer,value`"), "{other}");
        assert!(read(&b""[..]).is_err());
    }
}
