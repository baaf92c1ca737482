//! `[limits]`: what each attempt may use before it is paused, in the units people think in.

use std::time::Duration;

use serde::Deserialize;

use crate::AttemptLimits;

const GIB: f64 = (1_u64 << 30) as f64;
const MIB: f64 = (1_u64 << 20) as f64;

/// More than any machine has; beyond it arithmetic would have an end too.
const MOST: f64 = 1e15;

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct LimitsTable {
    memory_gib: Option<f64>,
    processes: Option<f64>,
    disk_gib: Option<f64>,
    output_mib: Option<f64>,
    minutes: Option<f64>,
    free_gib: Option<f64>,
    watchers: Option<f64>,
}

impl LimitsTable {
    /// The limits, or the key that is wrong and what is wrong with it.
    pub(super) fn check(&self) -> Result<AttemptLimits, (&'static str, &'static str)> {
        let usual = AttemptLimits::default();
        let least_mib = "at least 16 MiB are needed: memory_gib = 0.016";
        let least_time = "at least a second is needed: minutes = 0.017";
        Ok(AttemptLimits {
            memory_bytes: count(
                ("memory_gib", self.memory_gib, GIB),
                usual.memory_bytes,
                (16 << 20, least_mib),
            )?,
            processes: count(
                ("processes", self.processes, 1.0),
                usual.processes,
                (8, "at least 8 are needed"),
            )?,
            disk_bytes: count(
                ("disk_gib", self.disk_gib, GIB),
                usual.disk_bytes,
                (1 << 20, "at least 1 MiB is needed: disk_gib = 0.001"),
            )?,
            output_bytes: count(
                ("output_mib", self.output_mib, MIB),
                usual.output_bytes,
                (1 << 10, "at least 1 KiB is needed: output_mib = 0.001"),
            )?,
            time: count(
                ("minutes", self.minutes, 60_000.0),
                u64::try_from(usual.time.as_millis()).unwrap_or(u64::MAX),
                (1000, least_time),
            )
            .map(Duration::from_millis)?,
            room_bytes: count(("free_gib", self.free_gib, GIB), usual.room_bytes, (0, ""))?,
            watchers: count(
                ("watchers", self.watchers, 1.0),
                usual.watchers,
                (1, "at least one is needed"),
            )?,
        })
    }
}

fn count(
    (key, set, unit): (&'static str, Option<f64>, f64),
    usual: u64,
    (least, needed): (u64, &'static str),
) -> Result<u64, (&'static str, &'static str)> {
    let Some(set) = set else {
        return Ok(usual);
    };
    let most = set * unit;
    if !(0.0..=MOST).contains(&most) {
        return Err((key, "not an amount"));
    }
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "within bounds that were looked at"
    )]
    let most = most.round() as u64;
    // A little leeway, so that the amounts named in the words below are enough.
    if most.saturating_add(most / 16) < least {
        return Err((key, needed));
    }
    Ok(most)
}
