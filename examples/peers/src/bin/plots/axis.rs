//! The scale of one side of a picture, and what is written beside it.

/// From where to where a side goes, and its ticks.
pub(crate) struct Axis {
    from: f64,
    to: f64,
    log: bool,
    /// How much of the side is left free at each end.
    inset: f64,
    pub(crate) ticks: Vec<(f64, String)>,
}

/// How a number is written.
type Label = fn(f64) -> String;

impl Axis {
    /// A logarithmic one round positive values, from and to a 1, 2 or 5 of some power of ten.
    pub(crate) fn log(values: impl Iterator<Item = f64>, label: Label) -> Self {
        let (least, most) = values.fold((f64::INFINITY, 0.0_f64), |(least, most), value| {
            (least.min(value), most.max(value))
        });
        let mut steps = steps_round(least, most);
        let (from, to) = (steps[0], steps[steps.len() - 1]);
        if steps.len() > 8 {
            steps.retain(|step| step.log10().fract().abs() < 1e-9);
        }
        let ticks = steps.into_iter().map(|step| (step, label(step))).collect();
        Self { from, to, log: true, inset: 0.0, ticks }
    }

    /// A linear one from zero to the largest value or a little beyond.
    pub(crate) fn from_zero(values: impl Iterator<Item = f64>, label: Label) -> Self {
        let most = values.fold(f64::MIN_POSITIVE, f64::max);
        let tens = 10_f64.powf((most / 5.0).log10().floor());
        let step = [1.0, 2.0, 5.0, 10.0].map(|digit| digit * tens);
        let step = step.into_iter().find(|step| step * 5.0 >= most).unwrap_or(most);
        let ticks = (0..=5).map(|n| f64::from(n) * step).take_while(|tick| *tick < most + step);
        let ticks: Vec<_> = ticks.map(|tick| (tick, label(tick))).collect();
        Self { from: 0.0, to: most, log: false, inset: 0.0, ticks: ticks_up_to(most, ticks) }
    }

    /// Names at even distances: the first at 0, the next at 1.
    pub(crate) fn names<'a>(names: impl Iterator<Item = &'a str>) -> Self {
        let ticks: Vec<_> = (0_u32..).map(f64::from).zip(names.map(str::to_owned)).collect();
        let to = ticks.last().map_or(1.0, |(last, _)| *last);
        Self { from: 0.0, to, log: false, inset: 0.0, ticks }
    }

    /// Leaves a little room at both ends, so that no mark lies on the frame.
    pub(crate) fn inset(self) -> Self {
        Self { inset: 0.04, ..self }
    }

    /// How far along the side a value is, from 0 to 1.
    pub(crate) fn share(&self, value: f64) -> f64 {
        let scale = |value: f64| if self.log { value.log10() } else { value };
        let span = scale(self.to) - scale(self.from);
        let share = if span > 0.0 { (scale(value) - scale(self.from)) / span } else { 0.5 };
        self.inset + share * (1.0 - 2.0 * self.inset)
    }
}

fn ticks_up_to(most: f64, mut ticks: Vec<(f64, String)>) -> Vec<(f64, String)> {
    ticks.retain(|(tick, _)| *tick <= most);
    ticks
}

/// The steps 1, 2, 5, 10, 20 … from the last that is no more than `least` to the first that is no
/// less than `most`.
fn steps_round(least: f64, most: f64) -> Vec<f64> {
    let power = least.log10().floor();
    let tens = (0..20).map(|n| 10_f64.powf(power + f64::from(n)));
    let steps: Vec<f64> = tens.flat_map(|ten| [1.0, 2.0, 5.0].map(|digit| digit * ten)).collect();
    // A power of ten may be off by its last bit.
    let near = 1.0 + 1e-9;
    let lowest = steps.iter().rposition(|step| *step <= least * near).unwrap_or(0);
    let highest = steps.iter().position(|step| *step * near >= most).unwrap_or(steps.len() - 1);
    steps[lowest..=highest].to_vec()
}

/// A time for people to read.
pub(crate) fn nanoseconds(ns: f64) -> String {
    let (value, unit) = match ns {
        _ if ns < 1e3 => (ns, "ns"),
        _ if ns < 1e6 => (ns / 1e3, "µs"),
        _ if ns < 1e9 => (ns / 1e6, "ms"),
        _ => (ns / 1e9, "s"),
    };
    format!("{} {unit}", plain(value))
}

/// A number of sessions for people to read.
pub(crate) fn count(sessions: f64) -> String {
    match sessions {
        _ if sessions < 1e3 => plain(sessions),
        _ if sessions < 1e6 => format!("{} k", plain(sessions / 1e3)),
        _ => format!("{} M", plain(sessions / 1e6)),
    }
}

/// With three digits at most, and without the error of the last bit.
pub(crate) fn plain(value: f64) -> String {
    format!("{}", (value * 100.0).round() / 100.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels(axis: &Axis) -> Vec<&str> {
        axis.ticks.iter().map(|(_, label)| label.as_str()).collect()
    }

    #[test]
    fn a_short_log_axis_has_small_steps_and_a_long_one_powers_of_ten() {
        let short = Axis::log([47.0, 380.0].into_iter(), nanoseconds);
        assert_eq!(labels(&short), ["20 ns", "50 ns", "100 ns", "200 ns", "500 ns"]);
        let long = Axis::log([60.0, 2.5e6].into_iter(), nanoseconds);
        assert_eq!(labels(&long), ["100 ns", "1 µs", "10 µs", "100 µs", "1 ms"]);
        let sizes = Axis::log([1e3, 1e4, 1e6].into_iter(), count);
        assert_eq!(labels(&sizes), ["1 k", "10 k", "100 k", "1 M"]);
        assert!((sizes.share(1e3), sizes.share(1e6)) == (0.0, 1.0));
        assert!((sizes.inset().share(1e3) - 0.04).abs() < 1e-9);
    }

    #[test]
    fn one_value_alone_has_a_place() {
        let axis = Axis::log([1_000.0].into_iter(), count);
        assert_eq!((labels(&axis), axis.share(1_000.0)), (vec!["1 k"], 0.5));
    }

    #[test]
    fn a_linear_axis_starts_at_zero() {
        let axis = Axis::from_zero([330.0, 208.0].into_iter(), plain);
        assert_eq!(labels(&axis), ["0", "100", "200", "300"]);
        assert_eq!((axis.share(0.0), axis.share(165.0)), (0.0, 0.5));
    }
}
