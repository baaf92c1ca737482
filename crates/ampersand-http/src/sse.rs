//! Server-sent events from bytes: pure, bounded, indifferent to where the network cut them.

/// One event. An event without data is none.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Event {
    /// Its type; empty means `message`.
    pub event: String,
    /// Its data lines, joined by line feeds.
    pub data: String,
}

/// An event larger than the decoder's limit; the stream it came from is of no further use.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("an event is larger than {limit_bytes} bytes")]
pub struct EventTooLarge {
    /// The limit that was passed.
    pub limit_bytes: usize,
}

/// Turns chunks of bytes into events.
///
/// Lines end with LF, CR or CRLF. Bytes that are not UTF-8 become replacement characters, but only once a line is whole,
/// so a character cut in two by the network survives. An event without its closing empty line is never delivered.
#[derive(Debug)]
pub struct EventDecoder {
    limit_bytes: usize,
    line: Vec<u8>,
    after_cr: bool,
    first_line: bool,
    event: String,
    data: Option<String>,
}

impl EventDecoder {
    /// A decoder which refuses an event (or a line) of more than `limit_bytes`.
    pub fn new(limit_bytes: usize) -> Self {
        Self {
            limit_bytes,
            line: Vec::new(),
            after_cr: false,
            first_line: true,
            event: String::new(),
            data: None,
        }
    }

    /// Takes a chunk and appends the events it completes to `out`.
    pub fn push(&mut self, mut bytes: &[u8], out: &mut Vec<Event>) -> Result<(), EventTooLarge> {
        while !bytes.is_empty() {
            if std::mem::take(&mut self.after_cr) && bytes[0] == b'\n' {
                bytes = &bytes[1..];
                continue;
            }
            let end = bytes.iter().position(|byte| matches!(byte, b'\n' | b'\r'));
            let part = &bytes[..end.unwrap_or(bytes.len())];
            if self.held_bytes() + part.len() > self.limit_bytes {
                return Err(EventTooLarge {
                    limit_bytes: self.limit_bytes,
                });
            }
            self.line.extend_from_slice(part);
            let Some(end) = end else { break };
            self.after_cr = bytes[end] == b'\r';
            bytes = &bytes[end + 1..];
            out.extend(self.end_line());
        }
        Ok(())
    }

    fn held_bytes(&self) -> usize {
        self.line.len() + self.event.len() + self.data.as_ref().map_or(0, String::len)
    }

    fn end_line(&mut self) -> Option<Event> {
        let line = std::mem::take(&mut self.line);
        let line = String::from_utf8_lossy(&line);
        let mut line = line.as_ref();
        if std::mem::take(&mut self.first_line) {
            line = line.strip_prefix('\u{feff}').unwrap_or(line);
        }
        if line.is_empty() {
            let event = std::mem::take(&mut self.event);
            return self.data.take().map(|data| Event { event, data });
        }
        let (field, value) = line.split_once(':').unwrap_or((line, ""));
        let value = value.strip_prefix(' ').unwrap_or(value);
        match field {
            "data" => match &mut self.data {
                Some(data) => {
                    data.push('\n');
                    data.push_str(value);
                }
                none => *none = Some(value.to_owned()),
            },
            "event" => value.clone_into(&mut self.event),
            // A comment has an empty field name; `id` and `retry` are for reconnecting, which nobody does here.
            _ => {}
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::{Event, EventDecoder, EventTooLarge};

    fn event(event: &str, data: &str) -> Event {
        Event {
            event: event.into(),
            data: data.into(),
        }
    }

    /// Decodes `bytes` whole, byte by byte and cut in two at every place; each way must say the same.
    #[track_caller]
    fn check(bytes: &str, expected: &[Event]) {
        let bytes = bytes.as_bytes();
        let decode = |chunks: &[&[u8]]| {
            let (mut decoder, mut out) = (EventDecoder::new(1024), Vec::new());
            for chunk in chunks {
                decoder.push(chunk, &mut out).unwrap();
            }
            out
        };
        assert_eq!(decode(&[bytes]), expected);
        assert_eq!(
            decode(&bytes.chunks(1).collect::<Vec<_>>()),
            expected,
            "byte by byte"
        );
        for at in 0..bytes.len() {
            let (head, tail) = bytes.split_at(at);
            assert_eq!(decode(&[head, tail]), expected, "cut at {at}");
        }
    }

    #[test]
    fn events_are_the_same_wherever_the_network_cuts_them() {
        check(
            "data: one\n\ndata:two\n\n",
            &[event("", "one"), event("", "two")],
        );
        check(
            "data: one\r\n\r\ndata: two\r\n\r\n",
            &[event("", "one"), event("", "two")],
        );
        check(
            "data: one\r\rdata: two\r\r",
            &[event("", "one"), event("", "two")],
        );
        check(
            "event: error\ndata: a\ndata: b\n\n",
            &[event("error", "a\nb")],
        );
        check("data: zażółć 🦀\n\n", &[event("", "zażółć 🦀")]);
        check(
            ": keep-alive\n\nid: 7\nretry: 10\ndata:  x\n\n",
            &[event("", " x")],
        );
        check("\u{feff}data\n\n", &[event("", "")]);
        check("event: ping\n\ndata: x\n\n", &[event("", "x")]);
    }

    #[test]
    fn an_event_without_its_empty_line_is_not_delivered() {
        check("data: whole\n\ndata: half", &[event("", "whole")]);
        check("data: whole\n\ndata: line\n", &[event("", "whole")]);
    }

    #[test]
    fn an_endless_line_and_an_endless_event_are_both_refused() {
        let too_large = Err(EventTooLarge { limit_bytes: 8 });
        let mut out = Vec::new();
        assert_eq!(
            EventDecoder::new(8).push(b"data: 123456789", &mut out),
            too_large
        );
        let mut decoder = EventDecoder::new(8);
        assert_eq!(decoder.push(b"data:123\ndata:4567\n", &mut out), too_large);
        assert_eq!(out, []);
    }
}
