//! What passes between us and our usher that runs as another user: what to start, and what stands there. The usher runs nothing
//! but our own program; what it says is heard before anything else runs as that user.

use std::ffi::OsString;
use std::io::{self, Read, Write};

use serde::{Deserialize, Serialize};

use super::token::Cut;
use crate::container::sid::Sid;

/// Longer than any order: the system takes less than that of variables and arguments.
pub(crate) const FRAME_MAX: usize = 1 << 20;

/// What is to be made, and what is to be left of its user.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Order {
    pub(crate) program: String,
    pub(crate) args: Vec<String>,
    pub(crate) env: Vec<(String, String)>,
    pub(crate) folder: String,
    /// Whether it may start programs.
    pub(crate) executes: bool,
    /// What its second list has to allow too.
    pub(crate) cut: Cut,
    /// Whom the usher has to find itself to be.
    pub(crate) user: Sid,
    pub(crate) group: Sid,
    pub(crate) person: Sid,
}

/// What came of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub(crate) enum Answer {
    /// It stands before its first instruction.
    Standing { pid: u32, thread: u32 },
    /// The step that failed, and the system's answer.
    Failed { words: String },
}

/// A program, its arguments, variables or folder are no text: the usher could not be told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a path, an argument or a variable is not text")]
pub(crate) struct NotText;

pub(crate) fn text(value: OsString) -> Result<String, NotText> {
    value.into_string().map_err(|_| NotText)
}

/// What the usher said: the numbers of what stands there, or why nothing does.
pub(crate) fn heard(frame: &[u8]) -> Result<(u32, u32), String> {
    match serde_json::from_slice(frame) {
        Ok(Answer::Standing { pid, thread }) => Ok((pid, thread)),
        Ok(Answer::Failed { words }) => Err(words),
        Err(error) => Err(format!("its usher spoke nonsense: {error}")),
    }
}

/// One frame: a length of four bytes, the lowest first, and what is meant.
pub(crate) fn write(to: &mut impl Write, frame: &[u8]) -> io::Result<()> {
    let length = u32::try_from(frame.len()).map_err(|_| io::ErrorKind::InvalidInput)?;
    to.write_all(&length.to_le_bytes())?;
    to.write_all(frame)?;
    to.flush()
}

/// Reads one frame, and nothing after it.
pub(crate) fn read(from: &mut impl Read) -> io::Result<Vec<u8>> {
    let mut length = [0; 4];
    from.read_exact(&mut length)?;
    let length = u32::from_le_bytes(length) as usize;
    if length > FRAME_MAX {
        return Err(io::ErrorKind::InvalidData.into());
    }
    let mut frame = vec![0; length];
    from.read_exact(&mut frame)?;
    Ok(frame)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn order() -> Order {
        Order {
            program: r"C:\Windows\System32\cmd.exe".to_owned(),
            args: vec!["/C".to_owned(), "echo \"ä\"".to_owned()],
            env: vec![("PATH".to_owned(), r"C:\Windows".to_owned())],
            folder: r"C:\tree".to_owned(),
            executes: true,
            cut: Cut::Everything,
            user: "S-1-5-21-1-2-3-1001".parse().unwrap(),
            group: "S-1-5-21-1-2-3-1000".parse().unwrap(),
            person: "S-1-5-21-1-2-3-500".parse().unwrap(),
        }
    }

    #[test]
    fn a_frame_is_read_as_it_was_written_and_nothing_after_it() {
        let mut wire = Vec::new();
        let text = serde_json::to_vec(&order()).unwrap();
        write(&mut wire, &text).unwrap();
        wire.extend(b"what the program is to read");
        let mut rest = wire.as_slice();
        let frame = read(&mut rest).unwrap();
        assert_eq!(serde_json::from_slice::<Order>(&frame).unwrap(), order());
        assert_eq!(rest, b"what the program is to read");
        for length in 0..text.len() + 4 {
            let cut = read(&mut &wire[..length]);
            assert_eq!(cut.unwrap_err().kind(), io::ErrorKind::UnexpectedEof);
        }
        let long = u32::try_from(FRAME_MAX + 1).unwrap().to_le_bytes();
        let refused = read(&mut long.as_slice()).unwrap_err();
        assert_eq!(refused.kind(), io::ErrorKind::InvalidData);
    }

    #[test]
    fn an_answer_names_what_stands_there_or_why_nothing_does() {
        let said = |answer: &Answer| heard(&serde_json::to_vec(answer).unwrap());
        let standing = Answer::Standing { pid: 7, thread: 8 };
        assert_eq!(said(&standing), Ok((7, 8)));
        let failed = Answer::Failed {
            words: "make its token: denied".to_owned(),
        };
        assert_eq!(said(&failed), Err("make its token: denied".to_owned()));
        for nonsense in [&b""[..], b"{}", b"{\"standing\":{\"pid\":1}}"] {
            assert!(heard(nonsense).unwrap_err().contains("nonsense"));
        }
    }

    #[cfg(unix)]
    #[test]
    fn what_is_no_text_is_refused_and_not_bent() {
        use std::os::unix::ffi::OsStringExt;
        assert_eq!(text("a b".into()), Ok("a b".to_owned()));
        assert_eq!(text(OsString::from_vec(vec![0xff])), Err(NotText));
    }
}
