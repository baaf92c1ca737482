//! What a failed request means for the task: it goes on later, or it ends.

use ampersand_core::Failure;
use ampersand_model::ModelError;
use jiff::Timestamp;

use crate::outcome::Outcome;

pub(super) fn stopped(error: &ModelError) -> Outcome {
    match error.outage(Timestamp::now()) {
        Some(outage) => Outcome::Limit { outage },
        None => Outcome::failed(Failure::from(error)),
    }
}
