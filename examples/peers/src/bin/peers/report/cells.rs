//! Numbers as a reader wants them.

/// A number of this metric, with its unit where the table's title does not say it.
pub(crate) fn cell(metric: &str, value: f64) -> String {
    match metric {
        "ratio" => format!("{value:.2}×"),
        "mops" => format!("{value:.2}"),
        // Nearly all is not all.
        "hit_rate" if value < 1.0 => format!("{:.2} %", (value * 1e4).floor() / 1e2),
        "hit_rate" => "100 %".to_owned(),
        "max_ms" | "reap_ms" => format!("{value:.2} ms"),
        _ if value < 100.0 => format!("{value:.1}"),
        _ => thousands(value),
    }
}

/// `1234567.8` as `1,234,568`.
fn thousands(value: f64) -> String {
    let digits = format!("{value:.0}");
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// `100000` as `100k`.
pub(crate) fn short(number: usize) -> String {
    match number {
        _ if number > 0 && number.is_multiple_of(1_000_000) => format!("{}M", number / 1_000_000),
        _ if number > 0 && number.is_multiple_of(1_000) => format!("{}k", number / 1_000),
        _ => number.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_short() {
        assert_eq!(cell("ns", 71.26), "71.3");
        assert_eq!(cell("p99", 1_234_567.8), "1,234,568");
        assert_eq!(cell("bytes", 208.4), "208");
        assert_eq!(cell("ratio", 1.204), "1.20×");
        assert_eq!(cell("hit_rate", 0.999_99), "99.99 %");
        assert_eq!(cell("hit_rate", 1.0), "100 %");
        assert_eq!([short(1_000_000), short(10_000), short(1_500)], ["1M", "10k", "1500"]);
    }
}
