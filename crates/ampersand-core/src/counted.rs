//! How many of something, in words: `1 file`, `106,453 lines`. The plural is made here and nowhere else.
//!
//! Knows regular English nouns only, and says nothing of sizes or lengths of time.

/// A number and its noun, which is given as one of it: `counted(2, "changed file")`.
pub fn counted(count: u64, one: &str) -> String {
    match count {
        1 => format!("1 {one}"),
        _ => format!("{} {}", grouped(count), plural(one)),
    }
}

fn plural(one: &str) -> String {
    if let Some(stem) = one.strip_suffix('y')
        && !stem.ends_with(['a', 'e', 'i', 'o', 'u'])
    {
        return format!("{stem}ies");
    }
    match one.ends_with('s') {
        true => format!("{one}es"),
        false => format!("{one}s"),
    }
}

/// With a comma before every three digits.
fn grouped(count: u64) -> String {
    let digits = count.to_string();
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_of_something_is_one_and_every_other_number_is_many() {
        let cases = [
            (0, "file", "0 files"),
            (1, "file", "1 file"),
            (2, "changed file", "2 changed files"),
            (1, "process", "1 process"),
            (14, "process", "14 processes"),
            (1, "dependency", "1 dependency"),
            (746, "dependency", "746 dependencies"),
            (2, "key", "2 keys"),
            (999, "line", "999 lines"),
            (1000, "line", "1,000 lines"),
            (106_453, "line", "106,453 lines"),
            (1_234_567, "byte", "1,234,567 bytes"),
        ];
        for (count, one, said) in cases {
            assert_eq!(counted(count, one), said);
        }
    }
}
