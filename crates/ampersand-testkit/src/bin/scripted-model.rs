//! The scripted model server on its own: `scripted-model SCRIPT.json` prints its base URL and serves until killed.

use std::{error::Error, io::Write};

use ampersand_testkit::model_server::ModelServer;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let path = std::env::args_os()
        .nth(1)
        .ok_or("usage: scripted-model SCRIPT.json")?;
    let script = serde_json::from_slice(&std::fs::read(path)?)?;
    let server = ModelServer::start(script).await?;
    let mut out = std::io::stdout();
    writeln!(out, "{}", server.base_url())?;
    out.flush()?;
    std::future::pending().await
}
