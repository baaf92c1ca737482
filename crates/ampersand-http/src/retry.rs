//! Whether and when to ask again. Pure: callers wait, and only before the first byte of an answer was shown.

use std::time::Duration;

use crate::HttpError;

/// How often one request is sent at most.
pub const MAX_ATTEMPTS: u32 = 4;
/// The longest wait that still happens unseen; beyond it the person is told and the task pauses.
pub const MAX_WAIT: Duration = Duration::from_secs(20);

const FIRST_WAIT: Duration = Duration::from_millis(250);

/// How long to wait before the next attempt; `attempt` counts those already made, from one. `None`: give up.
///
/// A server's own Retry-After is kept to, or given up on if it is longer than [`MAX_WAIT`].
pub fn next(attempt: u32, error: &HttpError) -> Option<Duration> {
    if attempt == 0 || attempt >= MAX_ATTEMPTS {
        return None;
    }
    let asked = match error {
        HttpError::RateLimited { retry_after, .. } | HttpError::Overloaded { retry_after, .. } => {
            *retry_after
        }
        HttpError::Unreachable { .. } | HttpError::Refused { .. } | HttpError::Cut { .. } => None,
        HttpError::Server {
            status: 500 | 502 | 504,
            ..
        } => None,
        HttpError::Rejected { status: 408, .. } => None,
        HttpError::Invalid { .. }
        | HttpError::Tls { .. }
        | HttpError::Unauthorized { .. }
        | HttpError::Server { .. }
        | HttpError::Rejected { .. }
        | HttpError::NotEventStream { .. }
        | HttpError::Redirected { .. }
        | HttpError::Idle { .. }
        | HttpError::Reported { .. }
        | HttpError::TooLarge { .. } => return None,
    };
    let wait = asked.unwrap_or(FIRST_WAIT * 2_u32.pow(attempt - 1));
    (wait <= MAX_WAIT).then_some(wait)
}

/// Reads Retry-After: seconds, or a date measured against the server's own `date` so that no clock is asked
/// unless the server names none.
pub(crate) fn parse_retry_after(value: &str, date: Option<&str>) -> Option<Duration> {
    let value = value.trim();
    if let Ok(seconds) = value.parse::<f64>() {
        return Duration::try_from_secs_f64(seconds).ok();
    }
    let at = parse_date(value)?;
    let from = date
        .and_then(parse_date)
        .unwrap_or_else(jiff::Timestamp::now);
    Some(Duration::try_from(at.duration_since(from)).unwrap_or(Duration::ZERO))
}

fn parse_date(text: &str) -> Option<jiff::Timestamp> {
    jiff::fmt::rfc2822::parse(text)
        .ok()
        .map(|zoned| zoned.timestamp())
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{next, parse_retry_after};
    use crate::HttpError;

    fn limited(seconds: Option<u64>) -> HttpError {
        HttpError::RateLimited {
            host: "h".into(),
            retry_after: seconds.map(Duration::from_secs),
            body: String::new(),
        }
    }

    #[test]
    fn waits_double_and_end() {
        let refused = HttpError::Refused { host: "h".into() };
        let waits: Vec<_> = (1..=5).map(|attempt| next(attempt, &refused)).collect();
        let ms = |ms| Some(Duration::from_millis(ms));
        assert_eq!(waits, [ms(250), ms(500), ms(1000), None, None]);
    }

    #[test]
    fn the_server_is_taken_at_its_word_within_reason() {
        assert_eq!(next(1, &limited(Some(7))), Some(Duration::from_secs(7)));
        assert_eq!(next(1, &limited(Some(3600))), None);
        assert_eq!(next(2, &limited(None)), Some(Duration::from_millis(500)));
    }

    #[test]
    fn what_cannot_change_is_not_tried_again() {
        let host = || "h".to_owned();
        for error in [
            HttpError::Unauthorized {
                host: host(),
                status: 401,
            },
            HttpError::Tls { host: host() },
            HttpError::Redirected {
                host: host(),
                to: host(),
            },
            HttpError::Rejected {
                host: host(),
                status: 400,
                body: String::new(),
            },
            HttpError::Server {
                host: host(),
                status: 501,
                body: String::new(),
            },
            HttpError::Idle {
                host: host(),
                after: Duration::from_secs(60),
            },
        ] {
            assert_eq!(next(1, &error), None, "{error}");
        }
    }

    #[test]
    fn retry_after_is_seconds_or_a_date() {
        let date = Some("Sun, 06 Nov 1994 08:49:37 GMT");
        let cases = [
            ("3", Some(3.0)),
            ("0.5", Some(0.5)),
            ("Sun, 06 Nov 1994 08:50:07 GMT", Some(30.0)),
            ("Sun, 06 Nov 1994 08:00:00 GMT", Some(0.0)),
            ("soon", None),
            ("-1", None),
            ("NaN", None),
        ];
        for (value, expected) in cases {
            let expected = expected.map(Duration::from_secs_f64);
            assert_eq!(parse_retry_after(value, date), expected, "{value}");
        }
    }
}
