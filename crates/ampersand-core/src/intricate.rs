//! How much there is in JSON of others, before any of it is built: a value of a few bytes can take a hundred times as much
//! memory.

/// Whether there are more values in this text than so many, told by what stands between them. What is no JSON is counted all
/// the same.
pub fn holds_more_than(values_max: usize, json: &[u8]) -> bool {
    let (mut values, mut is_text, mut is_escaped) = (0, false, false);
    for byte in json {
        match byte {
            _ if is_escaped => is_escaped = false,
            b'\\' => is_escaped = is_text,
            b'"' => is_text = !is_text,
            b',' | b':' | b'[' | b'{' if !is_text => values += 1,
            _ => {}
        }
        if values > values_max {
            return true;
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::holds_more_than;

    #[test]
    fn values_are_counted_and_what_is_in_texts_is_not() {
        for (json, more_than) in [
            (r#"{"a":[1,2]}"#, 3),
            (r#"{"a":"[,,,{:\\\",,"}"#, 1),
            ("[[[[", 3),
            ("", 0),
        ] {
            let json = json.as_bytes();
            assert_eq!(holds_more_than(more_than, json), more_than > 0, "{json:?}");
            assert!(!holds_more_than(more_than + 1, json));
        }
    }
}
