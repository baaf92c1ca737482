//! A new input from inputs that got somewhere: bytes, words of the target's language, lines, and whole values of JSON are
//! changed, moved, repeated and exchanged.

use serde_json::Value;

use crate::dice::Dice;

/// A longer input is cut: what takes a megabyte to break is found by its limits' own tests.
const MOST_BYTES: usize = 16 * 1024;

/// Numbers at which readers turn.
const NUMBERS: [&str; 10] = [
    "0",
    "-1",
    "1",
    "255",
    "65536",
    "2147483648",
    "4294967295",
    "9223372036854775807",
    "18446744073709551616",
    "1e400",
];

/// Pieces of text that mean something to whoever shows it.
const TEXT: [&str; 12] = [
    "\u{1b}]52;c;eA==\u{7}",
    "\u{9b}2J",
    "\u{202e}",
    "\u{200b}",
    "\u{feff}",
    "\u{e0041}",
    "\u{130}",
    "\r",
    "\n\n",
    "\0",
    "\u{1f980}",
    "\\u0000",
];

/// What inputs are made of.
pub(crate) struct Mutator {
    pub(crate) dice: Dice,
    /// Words of the target's language.
    pub(crate) words: &'static [&'static str],
    /// Whether its lines are JSON.
    pub(crate) is_json: bool,
}

impl Mutator {
    /// An input made from one of these.
    pub(crate) fn make(&mut self, corpus: &[Vec<u8>]) -> Vec<u8> {
        // The newest more often than others: from there new ground is near.
        let newest = corpus.len().saturating_sub(8);
        let at = match self.dice.below(4) {
            0 => newest + self.dice.below(corpus.len() - newest),
            _ => self.dice.below(corpus.len()),
        };
        let mut input = corpus.get(at).cloned().unwrap_or_default();
        for _ in 0..=self.dice.below(6) {
            let other = self.dice.pick(corpus).map_or(&[][..], Vec::as_slice);
            self.change(&mut input, other);
        }
        input.truncate(MOST_BYTES);
        input
    }

    fn change(&mut self, input: &mut Vec<u8>, other: &[u8]) {
        match self.dice.below(16) {
            0 | 1 => self.byte(input),
            2 => self.cut(input),
            3 => self.repeat(input),
            4 => self.exchange(input, other),
            5 | 6 => self.put_word(input),
            7 => self.put(input, &TEXT),
            8 => self.number(input),
            9 | 10 => self.lines(input, other),
            11 => *input = other.to_owned(),
            12 => self.put_bytes(input),
            _ if self.is_json => self.value(input, other),
            _ => self.put_word(input),
        }
    }

    fn byte(&mut self, input: &mut [u8]) {
        let at = self.dice.below(input.len());
        let Some(byte) = input.get_mut(at) else {
            return;
        };
        *byte = match self.dice.below(4) {
            0 => self.dice.byte(),
            1 => byte.wrapping_add(1),
            2 => byte.wrapping_sub(1),
            _ => *byte ^ (1 << self.dice.below(8)),
        };
    }

    fn put_bytes(&mut self, input: &mut Vec<u8>) {
        let at = self.dice.below(input.len() + 1);
        let count = 1 + self.dice.below(8);
        let bytes: Vec<u8> = (0..count).map(|_| self.dice.byte()).collect();
        input.splice(at..at, bytes);
    }

    /// A stretch of it.
    fn stretch(&mut self, of: &[u8]) -> std::ops::Range<usize> {
        let start = self.dice.below(of.len() + 1);
        let most = match self.dice.below(4) {
            0 => of.len(),
            _ => 32,
        };
        let length = self.dice.below((of.len() - start).min(most) + 1);
        start..start + length
    }

    fn cut(&mut self, input: &mut Vec<u8>) {
        let stretch = self.stretch(input);
        input.drain(stretch);
    }

    fn repeat(&mut self, input: &mut Vec<u8>) {
        let stretch = self.stretch(input);
        let piece = input[stretch.clone()].to_owned();
        let times = match self.dice.below(8) {
            0 => 200,
            _ => 1,
        };
        let more = piece.repeat(times.min(MOST_BYTES / piece.len().max(1)));
        input.splice(stretch.end..stretch.end, more);
    }

    fn exchange(&mut self, input: &mut Vec<u8>, other: &[u8]) {
        let (ours, theirs) = (self.stretch(input), self.stretch(other));
        input.splice(ours, other[theirs].iter().copied());
    }

    fn put_word(&mut self, input: &mut Vec<u8>) {
        self.put(input, self.words);
    }

    fn put(&mut self, input: &mut Vec<u8>, of: &[&'static str]) {
        let Some(word) = self.dice.pick(of) else {
            return;
        };
        let at = self.dice.below(input.len() + 1);
        // Over what is there, or between.
        let end = match self.dice.below(2) {
            0 => (at + word.len()).min(input.len()),
            _ => at,
        };
        input.splice(at..end, word.bytes());
    }

    /// Another number in place of one.
    fn number(&mut self, input: &mut Vec<u8>) {
        let starts: Vec<usize> = (0..input.len())
            .filter(|at| {
                input[*at].is_ascii_digit() && (*at == 0 || !input[at - 1].is_ascii_digit())
            })
            .collect();
        let (Some(start), Some(number)) = (self.dice.pick(&starts), self.dice.pick(&NUMBERS))
        else {
            return;
        };
        let digits = input[*start..]
            .iter()
            .take_while(|byte| byte.is_ascii_digit());
        let end = start + digits.count();
        input.splice(*start..end, number.bytes());
    }

    fn lines(&mut self, input: &mut Vec<u8>, other: &[u8]) {
        let mut lines: Vec<Vec<u8>> = input
            .split(|byte| *byte == b'\n')
            .map(<[u8]>::to_vec)
            .collect();
        let theirs: Vec<&[u8]> = other.split(|byte| *byte == b'\n').collect();
        let at = self.dice.below(lines.len());
        match self.dice.below(4) {
            0 => {
                lines.remove(at);
            }
            1 => {
                let to = self.dice.below(lines.len());
                lines.swap(at, to);
            }
            2 => lines.insert(at, lines[at].clone()),
            _ => {
                let line = self.dice.pick(&theirs).map_or(&[][..], |line| *line);
                lines.insert(at, line.to_owned());
            }
        }
        *input = lines.join(&b'\n');
    }

    /// Changes a value somewhere in a line that is JSON.
    fn value(&mut self, input: &mut Vec<u8>, other: &[u8]) {
        let mut lines: Vec<Vec<u8>> = input
            .split(|byte| *byte == b'\n')
            .map(<[u8]>::to_vec)
            .collect();
        let at = self.dice.below(lines.len());
        // A stream of events has its values behind a word.
        let line = &lines[at];
        let begins = line.iter().position(|byte| matches!(byte, b'{' | b'['));
        let (front, text) = line.split_at(begins.unwrap_or(line.len()));
        let Ok(mut value) = serde_json::from_slice::<Value>(text) else {
            return self.put_word(input);
        };
        let theirs = other.split(|byte| *byte == b'\n').find_map(|line| {
            let begins = line.iter().position(|byte| matches!(byte, b'{' | b'['))?;
            serde_json::from_slice::<Value>(&line[begins..]).ok()
        });
        let new = self.new_value(theirs);
        let place = self.dice.below(count(&value));
        if let Some(old) = nth(&mut value, &mut { place }) {
            *old = new;
        }
        let changed = serde_json::to_vec(&value).unwrap_or_default();
        lines[at] = [front, &changed].concat();
        *input = lines.join(&b'\n');
    }

    fn new_value(&mut self, theirs: Option<Value>) -> Value {
        match self.dice.below(9) {
            0 => Value::Null,
            1 => true.into(),
            2 => {
                let number = self.dice.pick(&NUMBERS).copied().unwrap_or_default();
                serde_json::from_str(number).unwrap_or_default()
            }
            3 => self
                .dice
                .pick(self.words)
                .copied()
                .unwrap_or_default()
                .into(),
            4 => self.dice.pick(&TEXT).copied().unwrap_or_default().into(),
            5 => "x".repeat(self.dice.below(3000)).into(),
            6 => {
                let depth = self.dice.below(140);
                (0..depth).fold(Value::Null, |inner, _| Value::Array(vec![inner]))
            }
            7 => Value::Object(serde_json::Map::new()),
            _ => {
                let mut theirs = theirs.unwrap_or_default();
                let place = self.dice.below(count(&theirs));
                nth(&mut theirs, &mut { place })
                    .map(std::mem::take)
                    .unwrap_or_default()
            }
        }
    }
}

/// How many values there are in a value, itself included.
fn count(value: &Value) -> usize {
    1 + match value {
        Value::Array(items) => items.iter().map(count).sum(),
        Value::Object(fields) => fields.values().map(count).sum::<usize>(),
        _ => 0,
    }
}

/// The value that is left after so many others.
fn nth<'a>(value: &'a mut Value, left: &mut usize) -> Option<&'a mut Value> {
    if *left == 0 {
        return Some(value);
    }
    *left -= 1;
    match value {
        Value::Array(items) => items.iter_mut().find_map(|item| nth(item, left)),
        Value::Object(fields) => fields.values_mut().find_map(|field| nth(field, left)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn inputs_differ_and_are_bounded() {
        let mut mutator = Mutator {
            dice: Dice::new(1),
            words: &["word"],
            is_json: true,
        };
        let corpus = [
            Vec::new(),
            b"data: {\"a\":[1,{\"b\":\"c\"}]}\nrest 17".to_vec(),
        ];
        let made: HashSet<Vec<u8>> = (0..2000).map(|_| mutator.make(&corpus)).collect();
        assert!(made.len() > 1000, "{}", made.len());
        assert!(made.iter().all(|input| input.len() <= MOST_BYTES));
    }

    #[test]
    fn every_value_of_a_value_can_be_reached() {
        let mut value = serde_json::json!({"a": [1, {"b": "c"}], "d": null});
        assert_eq!(count(&value), 6);
        let reached: Vec<bool> = (0..7)
            .map(|at| nth(&mut value, &mut { at }).is_some())
            .collect();
        assert_eq!(reached, [true, true, true, true, true, true, false]);
    }
}
