//! Samples, the figures made of them, and how they are told: figures to standard output, verdicts to standard error.

use std::{fmt, io::Write, time::Duration};

/// Times that were taken, in milliseconds. A difference of two may be below nothing.
#[derive(Debug, Clone, Default)]
pub(crate) struct Samples(Vec<f64>);

impl Samples {
    /// None yet.
    pub(crate) const fn new() -> Self {
        Self(Vec::new())
    }

    pub(crate) fn push(&mut self, sample: Duration) {
        self.push_millis(millis(sample));
    }

    pub(crate) fn push_millis(&mut self, sample: f64) {
        self.0.push(sample);
    }

    #[cfg(target_os = "linux")]
    pub(crate) fn append(&mut self, others: Self) {
        self.0.extend(others.0);
    }

    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    /// The value that `percent` of them do not exceed, in milliseconds; `NaN` for none, which meets no limit.
    pub(crate) fn percentile(&self, percent: usize) -> f64 {
        let mut sorted = self.0.clone();
        sorted.sort_unstable_by(f64::total_cmp);
        let rank = (sorted.len() * percent).div_ceil(100).max(1);
        sorted.get(rank - 1).copied().unwrap_or(f64::NAN)
    }

    pub(crate) fn median(&self) -> f64 {
        self.percentile(50)
    }

    pub(crate) fn p99(&self) -> f64 {
        self.percentile(99)
    }
}

pub(crate) fn millis(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1e3
}

impl Extend<Duration> for Samples {
    fn extend<T: IntoIterator<Item = Duration>>(&mut self, samples: T) {
        self.0.extend(samples.into_iter().map(millis));
    }
}

impl fmt::Display for Samples {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (median, p99, worst) = (self.median(), self.p99(), self.percentile(100));
        let count = self.len();
        write!(
            f,
            "median {median:.2} ms, p99 {p99:.2} ms, worst {worst:.2} ms ({count} samples)"
        )
    }
}

/// What a figure is held against.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Limit {
    AtMost(f64),
    AtLeast(f64),
}

impl Limit {
    fn is_met_by(self, value: f64) -> bool {
        match self {
            Self::AtMost(most) => value <= most,
            Self::AtLeast(least) => value >= least,
        }
    }
}

impl fmt::Display for Limit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::AtMost(most) => write!(f, "at most {most}"),
            Self::AtLeast(least) => write!(f, "at least {least}"),
        }
    }
}

/// One number that is promised.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Figure {
    pub(crate) name: &'static str,
    pub(crate) value: f64,
    pub(crate) unit: &'static str,
    pub(crate) limit: Limit,
}

impl Figure {
    fn is_met(&self) -> bool {
        self.limit.is_met_by(self.value)
    }

    /// `name: value unit`, the value as a plain decimal.
    fn line(&self) -> String {
        let Self {
            name, value, unit, ..
        } = self;
        let decimals = if *value < 1000.0 { 3 } else { 0 };
        format!("{name}: {value:.decimals$} {unit}")
    }
}

/// Prints every figure and how it stands to its limit; whether all limits are met.
#[expect(
    clippy::print_stdout,
    reason = "figures are what standard output is for"
)]
pub(crate) fn print(figures: &[Figure]) -> bool {
    let mut all_met = true;
    for figure in figures {
        let verdict = if figure.is_met() { "ok" } else { "over" };
        all_met &= figure.is_met();
        println!("{}", figure.line());
        talk(format_args!(
            "{verdict}: {} ({} {})",
            figure.line(),
            figure.limit,
            figure.unit
        ));
    }
    std::io::stdout().flush().ok();
    all_met
}

/// Says something that is no figure.
#[expect(
    clippy::print_stderr,
    reason = "what explains the figures goes beside them"
)]
pub(crate) fn talk(words: impl fmt::Display) {
    eprintln!("{words}");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_samples_that_were_taken() {
        let mut samples = Samples::default();
        assert!(samples.p99().is_nan());
        samples.extend((1..=200).rev().map(Duration::from_millis));
        let found = [50, 99, 100].map(|percent| samples.percentile(percent));
        assert_eq!(found, [100.0, 198.0, 200.0]);
        samples.push_millis(-3.0);
        assert_eq!(samples.percentile(0), -3.0, "a difference may be negative");
    }

    #[test]
    fn a_figure_without_samples_is_over() {
        let limits = [Limit::AtMost(1.0), Limit::AtLeast(0.0)];
        assert_eq!(limits.map(|limit| limit.is_met_by(f64::NAN)), [false; 2]);
    }

    #[test]
    fn figures_are_plain_decimals() {
        let figure = |value| Figure {
            name: "link.x",
            value,
            unit: "ms",
            limit: Limit::AtMost(1.0),
        };
        assert_eq!(figure(0.000_12).line(), "link.x: 0.000 ms");
        assert_eq!(figure(-12.5).line(), "link.x: -12.500 ms");
        assert_eq!(figure(1_234_567.8).line(), "link.x: 1234568 ms");
    }
}
