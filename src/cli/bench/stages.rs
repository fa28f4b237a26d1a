//! Where the gateway's time went: its stage histograms, read from `/metrics`.
//!
//! Start at [`read`].

use serde::Serialize;

/// One stage of a message's path.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(super) struct Stage {
    /// As `/metrics` names it.
    pub(super) stage: String,
    /// How often it was passed.
    pub(super) count: f64,
    /// How long it took on average, in microseconds, waiting included.
    pub(super) mean_us: f64,
}

/// The stages in a metrics text, in its order.
pub(super) fn read(metrics: &str) -> Vec<Stage> {
    let value = |kind: &str, line: &str| {
        let rest = line
            .strip_prefix("corridor_stage_seconds_")?
            .strip_prefix(kind)?;
        let (stage, value) = rest.strip_prefix("{stage=\"")?.split_once("\"} ")?;
        Some((stage.to_owned(), value.trim().parse::<f64>().ok()?))
    };
    let sums: Vec<_> = metrics
        .lines()
        .filter_map(|line| value("sum", line))
        .collect();
    let counts = metrics.lines().filter_map(|line| value("count", line));
    let stages = counts.filter_map(|(stage, count)| {
        let (_, sum) = sums.iter().find(|(name, _)| *name == stage)?;
        let mean_us = sum / count * 1e6;
        (count > 0.0).then_some(Stage {
            stage,
            count,
            mean_us,
        })
    });
    stages.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stages_are_read_from_their_sums_and_counts() {
        let text = "# TYPE corridor_stage_seconds histogram\n\
                    corridor_stage_seconds_bucket{stage=\"parse\",le=\"+Inf\"} 4\n\
                    corridor_stage_seconds_sum{stage=\"parse\"} 0.002\n\
                    corridor_stage_seconds_count{stage=\"parse\"} 4\n\
                    corridor_stage_seconds_count{stage=\"seal\"} 0\n\
                    corridor_held 0\n";
        let [stage] = &*read(text) else {
            panic!("{:?}", read(text));
        };
        assert_eq!((stage.stage.as_str(), stage.count), ("parse", 4.0));
        assert!((stage.mean_us - 500.0).abs() < 1e-6);
    }
}
