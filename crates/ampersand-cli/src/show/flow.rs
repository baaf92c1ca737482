//! The conversation as one stream of whole lines: one reply speaks at a time, and nothing is said twice.

use std::collections::HashMap;

use ampersand_core::{MessageId, ReplyState, TaskId, visible_prose};
use ampersand_protocol::{TaskView, UpdateBody};

use super::text;

/// What was shown so far, as far as it decides how the next update is shown.
#[derive(Debug, Default)]
pub(crate) struct Flow {
    /// The replies that have begun and are not shown to their end, oldest first. The first one speaks; the words of
    /// the others are held back until it is done.
    replies: Vec<Speaking>,
    /// The cursor stands behind words.
    mid_line: bool,
    place: Option<String>,
    rows: HashMap<TaskId, String>,
}

#[derive(Debug)]
struct Speaking {
    message: MessageId,
    held: String,
    ending: Option<String>,
}

impl Flow {
    /// What to print for an update, line ends included; empty if it changes nothing that is shown.
    pub(crate) fn update(&mut self, body: &UpdateBody) -> String {
        let mut out = String::new();
        match body {
            UpdateBody::MessageDelta { message, text } => {
                self.speaking(*message).held.push_str(&visible_prose(text));
                self.speak(&mut out);
            }
            UpdateBody::MessageDone {
                message,
                text,
                state,
                left_out,
            } => self.end(&mut out, *message, text, state, left_out.as_deref()),
            UpdateBody::Ready { .. } => {
                let words = text::update(body);
                if words != self.place {
                    self.lines(&mut out, words.as_deref().unwrap_or_default());
                    self.place = words;
                }
            }
            UpdateBody::Task { task } => {
                if self.is_new(task) {
                    self.lines(&mut out, &text::update(body).unwrap_or_default());
                }
            }
            _ => {
                if let UpdateBody::Plan { tasks, .. } = body {
                    for task in tasks {
                        self.is_new(task);
                    }
                }
                self.lines(&mut out, &text::update(body).unwrap_or_default());
            }
        }
        out
    }

    /// What was held back when the conversation closes.
    pub(crate) fn close(&mut self) -> String {
        let mut out = String::new();
        for mut reply in std::mem::take(&mut self.replies) {
            let ending = reply.ending.take().unwrap_or_default();
            self.words(&mut out, &reply.held);
            self.end_line(&mut out);
            self.lines(&mut out, &ending);
        }
        self.end_line(&mut out);
        out
    }

    fn speaking(&mut self, message: MessageId) -> &mut Speaking {
        let at = self
            .replies
            .iter()
            .position(|reply| reply.message == message)
            .unwrap_or_else(|| {
                self.replies.push(Speaking {
                    message,
                    held: String::new(),
                    ending: None,
                });
                self.replies.len() - 1
            });
        &mut self.replies[at]
    }

    fn end(
        &mut self,
        out: &mut String,
        message: MessageId,
        text: &str,
        state: &ReplyState,
        left_out: Option<&str>,
    ) {
        let has_begun = self.replies.iter().any(|reply| reply.message == message);
        let reply = self.speaking(message);
        if !has_begun {
            reply.held = visible_prose(text);
        }
        reply.ending = Some(text::ending(state, left_out));
        self.speak(out);
    }

    /// Shows what may be shown now: the first reply as far as it is, and those behind it that had to wait.
    fn speak(&mut self, out: &mut String) {
        while let Some(reply) = self.replies.first_mut() {
            let held = std::mem::take(&mut reply.held);
            let ending = reply.ending.take();
            self.words(out, &held);
            let Some(ending) = ending else { return };
            self.end_line(out);
            self.lines(out, &ending);
            self.replies.remove(0);
        }
    }

    fn words(&mut self, out: &mut String, words: &str) {
        out.push_str(words);
        if !words.is_empty() {
            self.mid_line = !words.ends_with('\n');
        }
    }

    /// Whole lines: a line that words stand on is ended first.
    fn lines(&mut self, out: &mut String, lines: &str) {
        if !lines.is_empty() {
            self.end_line(out);
            self.words(out, lines);
        }
    }

    fn end_line(&mut self, out: &mut String) {
        if self.mid_line {
            self.words(out, "\n");
        }
    }

    /// Remembers a task's line; false if it stands there already.
    fn is_new(&mut self, task: &TaskView) -> bool {
        let row = text::task(task);
        let is_new = self.rows.get(&task.id) != Some(&row);
        self.rows.insert(task.id, row);
        is_new
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ampersand_core::Failure;
    use uuid::Uuid;

    fn id(n: u128) -> MessageId {
        MessageId::new(Uuid::from_u128(n))
    }

    fn says(n: u128, text: &str) -> UpdateBody {
        UpdateBody::MessageDelta {
            message: id(n),
            text: text.to_owned(),
        }
    }

    fn done(n: u128, text: &str, state: ReplyState) -> UpdateBody {
        UpdateBody::MessageDone {
            message: id(n),
            text: text.to_owned(),
            state,
            left_out: None,
        }
    }

    #[track_caller]
    fn check(updates: &[UpdateBody], shown: &str) {
        let mut flow = Flow::default();
        let mut out: String = updates.iter().map(|body| flow.update(body)).collect();
        out.push_str(&flow.close());
        assert_eq!(out, shown);
    }

    #[test]
    fn two_replies_at_once_do_not_share_a_line() {
        check(
            &[
                says(1, "one "),
                says(2, "two "),
                says(1, "more"),
                done(2, "two ", ReplyState::Done),
                done(1, "one more", ReplyState::Done),
            ],
            "one more\ntwo \n",
        );
        check(&[says(1, "one"), says(2, "two")], "one\ntwo\n");
    }

    #[test]
    fn a_card_does_not_stand_behind_words() {
        let failure = Failure::new("c", "It broke.", "Try again.");
        check(
            &[
                says(1, "so far"),
                UpdateBody::Notice {
                    failure: failure.clone(),
                },
                says(1, " so good"),
                done(1, "so far so good", ReplyState::Broken { failure }),
            ],
            "so far\nIt broke. Try again.\n so good\nIt broke. Try again.\n",
        );
    }

    #[test]
    fn the_place_is_said_again_only_if_it_changed() {
        let ready = |model: Option<&str>| UpdateBody::Ready {
            repository: None,
            model: model.map(str::to_owned),
            newest: 0,
        };
        check(
            &[ready(Some("m")), ready(Some("m")), ready(Some("n"))],
            "no repository · m\nno repository · n\n",
        );
    }

    #[test]
    fn a_reply_that_came_whole_is_said() {
        check(&[done(1, "Whole.", ReplyState::Done)], "Whole.\n");
        check(&[done(1, "", ReplyState::Done)], "");
    }
}
