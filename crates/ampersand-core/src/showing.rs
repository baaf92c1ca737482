//! Showing: a task's work in the person's own checkout, before it lands and until it is put back.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// How a task's work stands in the person's checkout.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum Showing {
    /// It is being put there.
    Asked,
    /// It is there.
    Up,
    /// The checkout is being put back as it was.
    PuttingBack,
}
