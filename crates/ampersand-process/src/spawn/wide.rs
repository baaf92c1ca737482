//! What Windows is given to start a program, as the text it is: one line for all arguments, one block for all variables.
//! Text alone, so that it is tested wherever tests run.

/// The most units of a command line, its end included.
const LINE_MAX: usize = 32_767;

const QUOTE: u16 = b'"' as u16;
const BACKSLASH: u16 = b'\\' as u16;
const EQUALS: u16 = b'=' as u16;

/// The command line that programs take apart into `program` and `args` again, its end included.
///
/// A shell line handed to `cmd.exe /S /C` is the exception: that program takes nothing apart, so the line stands as it is
/// between the two quotation marks `/S` takes off.
pub(super) fn command_line(program: &[u16], args: &[Vec<u16>]) -> Result<Vec<u16>, &'static str> {
    if program.contains(&QUOTE) {
        return Err("a quotation mark cannot be part of its path");
    }
    // The system would run these by a shell that reads arguments as it likes.
    if [".bat", ".cmd"].iter().any(|end| ends_with(program, end)) {
        return Err("it is a batch file, which cannot be given arguments safely: start cmd.exe");
    }
    let shell_line = shell_line(program, args);
    let mut line = vec![QUOTE];
    line.extend(program);
    line.push(QUOTE);
    for (at, arg) in args.iter().enumerate() {
        line.push(u16::from(b' '));
        if shell_line == Some(at) {
            line.push(QUOTE);
            line.extend(arg);
            line.push(QUOTE);
        } else {
            quoted(arg, &mut line);
        }
    }
    finished(line)
}

/// Where the arguments hold a line for the shell to read by itself.
fn shell_line(program: &[u16], args: &[Vec<u16>]) -> Option<usize> {
    let is = |arg: &[u16], flag: &str| arg.len() == flag.len() && ends_with(arg, flag);
    let [flags @ .., ask, _] = args else {
        return None;
    };
    let is_shell = is(program, "cmd.exe") || ends_with(program, "\\cmd.exe");
    let asked = is_shell && is(ask, "/C") && flags.iter().any(|flag| is(flag, "/S"));
    asked.then_some(args.len() - 1)
}

/// One argument as the usual rules read it: backslashes count only before a quotation mark.
fn quoted(arg: &[u16], line: &mut Vec<u16>) {
    let plain = |unit: &u16| !matches!(u8::try_from(*unit), Ok(b' ' | b'\t' | b'\n' | 0x0b | b'"'));
    if !arg.is_empty() && arg.iter().all(plain) {
        line.extend(arg);
        return;
    }
    let mut backslashes = 0;
    line.push(QUOTE);
    for unit in arg {
        match *unit {
            BACKSLASH => backslashes += 1,
            QUOTE => {
                // As many again, and one for the mark itself.
                line.extend(std::iter::repeat_n(BACKSLASH, backslashes + 1));
                backslashes = 0;
            }
            _ => backslashes = 0,
        }
        line.push(*unit);
    }
    line.extend(std::iter::repeat_n(BACKSLASH, backslashes));
    line.push(QUOTE);
}

/// The block of variables: in the order of their names, each name once, whatever its case; the last one said holds.
pub(super) fn variables(
    named: impl IntoIterator<Item = (Vec<u16>, Vec<u16>)>,
) -> Result<Vec<u16>, &'static str> {
    let mut kept = std::collections::BTreeMap::new();
    for (name, value) in named {
        if name.is_empty() || name.contains(&EQUALS) {
            return Err("a variable's name is empty or holds an equals sign");
        }
        let folded: Vec<u16> = name.iter().map(folded).collect();
        kept.insert(folded, (name, value));
    }
    let mut block = Vec::new();
    for (name, value) in kept.into_values() {
        let variable = finished_part([name, vec![EQUALS], value].concat())?;
        block.extend(variable);
    }
    if block.is_empty() {
        block.push(0);
    }
    block.push(0);
    Ok(block)
}

/// A path or name with its end.
pub(super) fn finished_part(mut text: Vec<u16>) -> Result<Vec<u16>, &'static str> {
    if text.contains(&0) {
        return Err("a NUL cannot be part of it, its arguments, variables or folder");
    }
    text.push(0);
    Ok(text)
}

fn finished(line: Vec<u16>) -> Result<Vec<u16>, &'static str> {
    let line = finished_part(line)?;
    if line.len() > LINE_MAX {
        return Err("its arguments are longer than this system takes");
    }
    Ok(line)
}

fn ends_with(text: &[u16], end: &str) -> bool {
    let Some(from) = text.len().checked_sub(end.len()) else {
        return false;
    };
    let end = end.bytes().map(|byte| folded(&u16::from(byte)));
    text[from..].iter().map(folded).eq(end)
}

/// Names of variables and programs differ in no case; those of ours are ASCII.
fn folded(unit: &u16) -> u16 {
    match u8::try_from(*unit) {
        Ok(byte) => byte.to_ascii_uppercase().into(),
        Err(_) => *unit,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wide(text: &str) -> Vec<u16> {
        text.encode_utf16().collect()
    }

    #[track_caller]
    fn check(program: &str, args: &[&str], expected: Result<&str, &str>) {
        let args: Vec<_> = args.iter().map(|arg| wide(arg)).collect();
        let line = command_line(&wide(program), &args);
        let line = line.map(|line| String::from_utf16(&line).unwrap());
        let expected = expected.map(|line| format!("{line}\0"));
        match (line, expected) {
            (Err(why), Err(words)) => assert!(why.contains(words), "{why}"),
            (line, expected) => assert_eq!(line.ok(), expected.ok()),
        }
    }

    #[test]
    fn arguments_come_apart_as_they_were_put_together() {
        let program = r"C:\a b\x.exe";
        check(program, &[], Ok(r#""C:\a b\x.exe""#));
        for (arg, expected) in [
            ("plain", "plain"),
            ("", r#""""#),
            ("a b", r#""a b""#),
            ("tab\there", "\"tab\there\""),
            (r"C:\dir\", r"C:\dir\"),
            (r"C:\a b\", r#""C:\a b\\""#),
            (r#"say "x""#, r#""say \"x\"""#),
            (r#"\"#, r"\"),
            (r#"a\"b"#, r#""a\\\"b""#),
            (r#"a\\b c"#, r#""a\\b c""#),
            ("%PATH%^&|<>", "%PATH%^&|<>"),
            ("ünï→", "ünï→"),
        ] {
            check(program, &[arg], Ok(&format!(r#""{program}" {expected}"#)));
        }
    }

    #[test]
    fn a_shell_line_is_the_shells_to_read() {
        let shell = r"C:\Windows\System32\CMD.exe";
        let line = r#"echo "a b" & dir \"#;
        let expected = format!(r#""{shell}" /D /S /c "{line}""#);
        check(shell, &["/D", "/S", "/c", line], Ok(&expected));
        // Without /S the shell itself decides which marks it takes off; of no other program is anything known.
        let quoted = r#""echo \"a b\" & dir \\""#;
        let others = [(shell, "/Q"), (r"C:\notcmd.exe", "/S")];
        for (program, flag) in others {
            let expected = format!(r#""{program}" {flag} /c {quoted}"#);
            check(program, &[flag, "/c", line], Ok(&expected));
        }
    }

    #[test]
    fn what_cannot_be_said_is_refused() {
        check(r#"C:\a"b.exe"#, &[], Err("quotation mark"));
        check(r"C:\npm.CMD", &["install"], Err("batch file"));
        check(r"C:\x.exe", &["a\0b"], Err("NUL"));
        check(r"C:\x.exe", &[&"x".repeat(LINE_MAX)], Err("longer"));
    }

    #[test]
    fn variables_stand_in_order_each_once() {
        let block = |named: &[(&str, &str)]| {
            let named = named.iter().map(|(name, value)| (wide(name), wide(value)));
            variables(named).map(|block| String::from_utf16(&block).unwrap())
        };
        let both = block(&[("Path", "x"), ("B", "2"), ("a", ""), ("PATH", "y")]);
        assert_eq!(both.unwrap(), "a=\0B=2\0PATH=y\0\0");
        assert_eq!(block(&[]).unwrap(), "\0\0");
        for wrong in [("", "x"), ("a=b", "x"), ("a", "x\0B=y")] {
            assert!(block(&[wrong]).is_err(), "{wrong:?}");
        }
    }
}
