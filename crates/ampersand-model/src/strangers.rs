//! The reading of a model's answer, for those who throw made-up bytes at it. Nothing else uses it.

use std::collections::VecDeque;

use ampersand_core::Api;
use ampersand_http::EventDecoder;

use crate::{Delta, ModelError, wire::Wire};

/// The most one event may hold here.
const EVENT_BYTES: usize = 16 * 1024;

/// Reads an answer that came in these pieces: what it gave, and how it ended.
pub fn answer(api: Api, pieces: &[&[u8]]) -> (Vec<Delta>, Result<(), ModelError>) {
    let mut deltas = VecDeque::new();
    let ended = read(api, pieces, &mut deltas);
    (deltas.into(), ended)
}

fn read(api: Api, pieces: &[&[u8]], deltas: &mut VecDeque<Delta>) -> Result<(), ModelError> {
    let Some(wire) = Wire::of(api) else {
        return Ok(());
    };
    let mut decoder = wire.decoder("model.test".to_owned());
    let mut stream = EventDecoder::new(EVENT_BYTES);
    for piece in pieces {
        let mut events = Vec::new();
        let pushed = stream.push(piece, &mut events);
        for event in events {
            if decoder.take(Some(Ok(event)), deltas)? {
                return Ok(());
            }
        }
        if pushed.is_err() {
            break;
        }
    }
    decoder.take(None, deltas).map(drop)
}
