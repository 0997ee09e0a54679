//! Medians of rounds.

/// The middle value, or the mean of the two in the middle; `None` of nothing.
pub(crate) fn median(values: &[f64]) -> Option<f64> {
    let mut sorted = values.to_vec();
    sorted.sort_unstable_by(f64::total_cmp);
    let middle = sorted.len() / 2;
    let upper = *sorted.get(middle)?;
    Some(if sorted.len() % 2 == 1 { upper } else { f64::midpoint(sorted[middle - 1], upper) })
}

/// The median of what each round was to the same round of the floor.
pub(crate) fn median_ratio(values: &[f64], floor: &[f64]) -> Option<f64> {
    let ratios: Vec<f64> = values.iter().zip(floor).map(|(value, floor)| value / floor).collect();
    median(&ratios)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn same(left: Option<f64>, right: f64) -> bool {
        left.is_some_and(|left| (left - right).abs() < 1e-9)
    }

    #[test]
    fn the_median_is_in_the_middle() {
        assert!(same(median(&[3.0, 100.0, 1.0]), 3.0));
        assert!(same(median(&[4.0, 1.0, 2.0, 100.0]), 3.0));
        assert_eq!(median(&[]), None);
    }

    #[test]
    fn ratios_are_taken_round_by_round() {
        // The second round was three times as slow for both.
        assert!(same(median_ratio(&[2.0, 6.0, 2.2], &[1.0, 3.0, 1.0]), 2.0));
        assert_eq!(median_ratio(&[1.0], &[]), None);
    }
}
