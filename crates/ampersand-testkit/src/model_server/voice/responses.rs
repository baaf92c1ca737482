//! Responses.

use serde_json::{Value, json};

use super::{Calling, Said, Used};

pub(in crate::model_server) struct Voice {
    id: String,
    model: Value,
    /// The items that are whole.
    output: Vec<Value>,
    /// The text of the message under way.
    open: Option<String>,
}

impl Voice {
    pub(super) fn new(nth: usize, model: Value) -> Self {
        Self {
            id: format!("resp_{nth}"),
            model,
            output: Vec::new(),
            open: None,
        }
    }

    pub(super) fn begin(&self) -> Vec<Said> {
        let response = self.response("in_progress");
        vec![
            event("response.created", json!({"response": response})),
            event("response.in_progress", json!({"response": response})),
        ]
    }

    pub(super) fn text(&mut self, text: &str) -> Vec<Said> {
        let at = self.output.len();
        let mut said = Vec::new();
        if self.open.is_none() {
            let item = self.message("in_progress", &[]);
            let part = json!({"type": "output_text", "text": "", "annotations": []});
            said.push(event(
                "response.output_item.added",
                json!({"output_index": at, "item": item}),
            ));
            said.push(event(
                "response.content_part.added",
                json!({"output_index": at, "content_index": 0, "item_id": item["id"], "part": part}),
            ));
        }
        self.open.get_or_insert_default().push_str(text);
        let id = self.item_id();
        said.push(event(
            "response.output_text.delta",
            json!({"output_index": at, "content_index": 0, "item_id": id, "delta": text}),
        ));
        said
    }

    pub(super) fn call(&mut self, call: &Calling<'_>) -> Vec<Said> {
        let mut said = self.close();
        let (at, id) = (self.output.len(), self.item_id());
        if let Some(text) = call.free {
            let item = json!({"type": "custom_tool_call", "id": id, "call_id": call.id, "name": call.name,
                "input": text, "status": "completed"});
            said.push(event(
                "response.output_item.added",
                json!({"output_index": at, "item": item}),
            ));
            said.push(event(
                "response.output_item.done",
                json!({"output_index": at, "item": item}),
            ));
            self.output.push(item);
            return said;
        }
        let item = |status: &str, arguments: &str| {
            json!({"type": "function_call", "id": id, "call_id": call.id, "name": call.name,
                "arguments": arguments, "status": status})
        };
        said.push(event(
            "response.output_item.added",
            json!({"output_index": at, "item": item("in_progress", "")}),
        ));
        for piece in &call.pieces {
            said.push(event(
                "response.function_call_arguments.delta",
                json!({"output_index": at, "item_id": id, "delta": piece}),
            ));
        }
        let whole = call.pieces.concat();
        said.push(event(
            "response.function_call_arguments.done",
            json!({"output_index": at, "item_id": id, "arguments": whole}),
        ));
        let item = item("completed", &whole);
        said.push(event(
            "response.output_item.done",
            json!({"output_index": at, "item": item}),
        ));
        self.output.push(item);
        said
    }

    pub(super) fn end(&mut self, finish: Option<&str>, used: Option<Used>) -> Vec<Said> {
        let mut said = self.close();
        let why = match finish {
            Some("length") => Some("max_output_tokens"),
            Some("content_filter") => Some("content_filter"),
            _ => None,
        };
        let (kind, status) = match why {
            Some(_) => ("response.incomplete", "incomplete"),
            None => ("response.completed", "completed"),
        };
        let mut response = self.response(status);
        if let Some(why) = why {
            response["incomplete_details"] = json!({"reason": why});
        }
        if let Some(used) = used {
            response["usage"] = json!({
                "input_tokens": used.input,
                "input_tokens_details": {"cached_tokens": used.cached},
                "output_tokens": used.output,
                "output_tokens_details": {"reasoning_tokens": 0},
                "total_tokens": used.input + used.output,
            });
        }
        said.push(event(kind, json!({"response": response})));
        said
    }

    /// Ends the message under way.
    fn close(&mut self) -> Vec<Said> {
        let Some(text) = self.open.take() else {
            return Vec::new();
        };
        let (at, id) = (self.output.len(), self.item_id());
        let part = json!({"type": "output_text", "text": text, "annotations": []});
        let item = self.message("completed", std::slice::from_ref(&part));
        self.output.push(item.clone());
        vec![
            event(
                "response.output_text.done",
                json!({"output_index": at, "content_index": 0, "item_id": id, "text": text}),
            ),
            event(
                "response.content_part.done",
                json!({"output_index": at, "content_index": 0, "item_id": id, "part": part}),
            ),
            event(
                "response.output_item.done",
                json!({"output_index": at, "item": item}),
            ),
        ]
    }

    fn message(&self, status: &str, content: &[Value]) -> Value {
        json!({"type": "message", "id": self.item_id(), "role": "assistant", "status": status,
            "content": content})
    }

    fn item_id(&self) -> String {
        format!("item_{}_{}", self.id, self.output.len())
    }

    fn response(&self, status: &str) -> Value {
        json!({"id": self.id, "object": "response", "model": self.model, "status": status,
            "output": self.output, "error": null, "incomplete_details": null, "usage": null})
    }
}

fn event(kind: &'static str, mut data: Value) -> Said {
    data["type"] = json!(kind);
    (kind, data.to_string())
}
