//! What a failed request means for the task: pause and try again, pause until somebody acts, or end.

use std::time::Duration;

use ampersand_core::Failure;
use ampersand_model::ModelError;
use jiff::Timestamp;

use crate::outcome::Outcome;

/// When to try again if the provider does not say.
const PAUSE: Duration = Duration::from_secs(60);

pub(super) fn stopped(error: &ModelError) -> Outcome {
    let failure = Failure::from(error);
    if error.passes_by_itself() {
        let pause = error.retry_after().unwrap_or(PAUSE);
        // An absurd pause asks for a person.
        let next_try_at = Timestamp::now().checked_add(pause).ok();
        return Outcome::Limit {
            failure,
            next_try_at,
        };
    }
    match error {
        // The work is not at fault, and a person can mend it without losing any.
        ModelError::QuotaUsedUp { .. } => Outcome::Limit {
            failure,
            next_try_at: None,
        },
        _ if failure.code == "unauthorized" => Outcome::Limit {
            failure,
            next_try_at: None,
        },
        _ => Outcome::failed(failure),
    }
}
