//! What an agent wrote, as a person is shown it: nothing hidden, and no more than fits.

use ampersand_core::counted;
use ampersand_toolhost::visible;

/// The most of a question's detail.
const MAX_DETAIL_BYTES: usize = 8 * 1024;
const MAX_LINE_BYTES: usize = 120;

/// The detail of a question. What a person cannot see all of is said to be longer.
pub(crate) fn detail(text: &str) -> String {
    let shown = visible(text);
    let end = shown.floor_char_boundary(MAX_DETAIL_BYTES);
    if end == shown.len() {
        return shown;
    }
    let more = counted((shown.len() - end) as u64, "byte");
    format!("{}\n[… {more} more …]", &shown[..end])
}

/// Whether a question would show all of it.
pub(crate) fn shows_whole(text: &str) -> bool {
    visible(text).len() <= MAX_DETAIL_BYTES
}

/// One line, for a card.
pub(crate) fn line(text: &str) -> String {
    let text = visible(text).replace('\n', " ");
    match text.floor_char_boundary(MAX_LINE_BYTES) {
        end if end < text.len() => format!("{}…", &text[..end]),
        _ => text,
    }
}
