//! Hosts the person opened to what commands in the sandbox do: reached by whoever was granted them, listed on its card, and
//! nothing besides.
#![cfg(target_os = "linux")]

use std::io::{Read, Write};
use std::net::TcpListener;

use ampersand_core::{Capability, Role, TaskId, Work};
use ampersand_protocol::Command;

use crate::driver::Driver;

/// Serves one page to everybody, for as long as the test's process lives.
fn serve() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let Ok(mut stream) = stream else { continue };
            let mut heard = [0; 1024];
            if stream.read(&mut heard).is_ok_and(|read| read > 0) {
                let page =
                    "HTTP/1.1 200 OK\r\nContent-Length: 7\r\nConnection: close\r\n\r\na page\n";
                // Whoever hung up does not want it.
                drop(stream.write_all(page.as_bytes()));
            }
        }
    });
    address
}

/// Asks the proxy for a page as programs do, without any that might not be there.
pub(crate) fn asks(host: &str) -> String {
    format!(
        "proxy=${{http_proxy#http://}}; exec 3<>/dev/tcp/${{proxy%:*}}/${{proxy#*:}} && \
         printf 'GET http://{host}/ HTTP/1.1\\r\\nHost: {host}\\r\\nConnection: close\\r\\n\\r\\n' >&3 && cat <&3"
    )
}

async fn output(driver: &mut Driver, task: TaskId) -> String {
    driver.wait_state(task, "done").await;
    driver.text(Command::ReadOutput { task }).await
}

async fn granted(driver: &Driver, task: TaskId) -> Vec<Capability> {
    let tasks = driver.snapshot().await.tasks;
    let task = tasks.into_iter().find(|other| other.id == task);
    task.unwrap().capabilities
}

#[tokio::test(flavor = "multi_thread")]
async fn what_writes_reaches_the_hosts_that_were_opened_and_nothing_else() {
    let address = serve();
    let port = address.rsplit(':').next().unwrap();
    let entry = format!("opened.test:{port}={address}");
    let mut driver = Driver::with(&format!("[network]\nhosts = [{entry:?}]\n")).await;
    let opened = format!("opened.test:{port}");
    let fetches = driver.run("Fetch", &asks_in_bash(&opened)).await;
    let told = output(&mut driver, fetches).await;
    assert!(told.contains("a page"), "{told}");
    let network = Capability::Network { host: entry };
    assert!(granted(&driver, fetches).await.contains(&network));

    let strays = driver.run("Stray", &asks_in_bash(&address)).await;
    let told = output(&mut driver, strays).await;
    assert!(told.contains("address_refused"), "{told}");
    let around = format!(
        "timeout 5 bash -c 'exec 3<>/dev/tcp/127.0.0.1/{port}' 2>/dev/null || echo no road"
    );
    let around = driver.run("Around", &around).await;
    assert!(output(&mut driver, around).await.contains("no road"));

    // Whoever only looks is opened nothing to.
    let explores = driver.plan("Scan", Role::Explorer, Work::Scan).await;
    assert!(!granted(&driver, explores).await.contains(&network));
    driver.wait_state(explores, "done").await;
}

/// The same by the shell that knows such files.
fn asks_in_bash(host: &str) -> String {
    let script = asks(host).replace('\'', "'\\''");
    format!("bash -c '{script}'")
}

#[tokio::test(flavor = "multi_thread")]
async fn without_hosts_there_is_no_way_and_no_word_of_one() {
    let mut driver = Driver::start().await;
    let line = "env | grep -i proxy; timeout 5 bash -c 'exec 3<>/dev/tcp/127.0.0.1/4911' 2>/dev/null || echo no road";
    let task = driver.run("Look", line).await;
    let told = output(&mut driver, task).await;
    assert!(
        told.contains("no road") && !told.to_lowercase().contains("_proxy="),
        "{told}"
    );
    let hosts = granted(&driver, task).await;
    assert!(hosts.iter().all(|granted| granted.host().is_none()));
}
