//! `events`: the journal as it stands after a number, and as it grows.

use ampersand_controller::Remote;
use ampersand_core::{Event, Failure};
use serde_json::Value;

use crate::{arguments::Arguments, show::Screen, verbs};

pub(crate) async fn events(
    arguments: &Arguments,
    screen: &Screen,
    from: u64,
    follow: bool,
) -> Result<(), Failure> {
    let remote = Remote::open(&verbs::options(arguments)?).await?;
    let mut last = from;
    for event in remote.events(from).await? {
        last = event.seq;
        print(screen, &event);
    }
    if follow {
        // Never finds what it looks for: it ends with the wire or the process.
        remote
            .wait_for(last, |event| {
                print(screen, event);
                None::<()>
            })
            .await?;
    }
    Ok(())
}

/// The event's own time counts, not that of printing.
fn print(screen: &Screen, event: &Event) {
    if screen.is_json() {
        let mut object = serde_json::to_value(event).unwrap_or_default();
        if let Value::Object(fields) = &mut object {
            fields.insert("type".to_owned(), "event".into());
        }
        screen.raw(&object.to_string());
    } else {
        let name = serde_json::to_value(&event.body).unwrap_or_default();
        let name = name["event"].as_str().unwrap_or_default().replace('_', " ");
        screen.say(&format!("{:>6}  {}  {name}", event.seq, event.at));
    }
}
