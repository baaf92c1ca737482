//! The stream of one answer, written in the shape that was asked for.

use std::io::{self, Write};

use flate2::{Compression, write::GzEncoder};
use tokio::net::tcp::OwnedWriteHalf;

use super::{script::Shape, wire};

/// A stream under way.
pub(super) struct Stream<'a> {
    out: &'a mut OwnedWriteHalf,
    shape: Option<Shape>,
    /// Only when compressed.
    coder: Option<GzEncoder<Vec<u8>>>,
}

impl<'a> Stream<'a> {
    pub(super) async fn begin(
        out: &'a mut OwnedWriteHalf,
        shape: Option<Shape>,
        headers: &str,
    ) -> io::Result<Self> {
        let coder = (shape == Some(Shape::Gzip))
            .then(|| GzEncoder::new(Vec::new(), Compression::default()));
        let coding = if coder.is_some() {
            "content-encoding: gzip\r\n"
        } else {
            ""
        };
        wire::begin_stream(out, &format!("{coding}{headers}")).await?;
        Ok(Self { out, shape, coder })
    }

    /// Sends an event: its type, which may be empty, and its data.
    pub(super) async fn event(&mut self, kind: &str, data: &str) -> io::Result<()> {
        let kind = if kind.is_empty() {
            String::new()
        } else {
            format!("event: {kind}\n")
        };
        let text = match self.shape {
            Some(Shape::MultiLine) => format!("{kind}data: {}\n\n", over_lines(data)),
            Some(Shape::Comments) => {
                format!(": still here\n\nid: 7\n{kind}retry: 10\ndata: {data}\n: so it is\n\n")
            }
            _ => format!("{kind}data: {data}\n\n"),
        };
        self.raw(&text).await
    }

    /// Sends these characters.
    pub(super) async fn raw(&mut self, text: &str) -> io::Result<()> {
        match (self.shape, &mut self.coder) {
            (_, Some(coder)) => {
                coder.write_all(text.as_bytes())?;
                coder.flush()?;
                let coded = std::mem::take(coder.get_mut());
                wire::send_chunk(self.out, &coded).await
            }
            (Some(Shape::Crlf), None) => {
                let text = text.replace('\n', "\r\n");
                wire::send_chunk(self.out, text.as_bytes()).await
            }
            (Some(Shape::Bytes), None) => {
                for byte in text.as_bytes() {
                    wire::send_chunk(self.out, &[*byte]).await?;
                }
                Ok(())
            }
            (_, None) => wire::send_chunk(self.out, text.as_bytes()).await,
        }
    }

    /// Ends it in an orderly way.
    pub(super) async fn end(self) -> io::Result<()> {
        if let Some(coder) = self.coder {
            wire::send_chunk(self.out, &coder.finish()?).await?;
        }
        wire::end_stream(self.out).await
    }
}

/// The same JSON, a line for each member.
fn over_lines(data: &str) -> String {
    let json = serde_json::from_str::<serde_json::Value>(data).ok();
    let pretty = json.and_then(|json| serde_json::to_string_pretty(&json).ok());
    pretty
        .unwrap_or_else(|| data.to_owned())
        .replace('\n', "\ndata: ")
}
