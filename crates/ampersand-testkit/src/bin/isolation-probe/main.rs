//! The program that means harm: tries what it is told to, each once, and says of each what the system answered.
//!
//! Each argument is an attempt, its words separated by commas. Each line of the answer is the attempt's number, a space,
//! and `ok`, `ok` with a value, or what the system said.
#![expect(clippy::print_stdout, reason = "how it answers")]

#[cfg(target_os = "linux")]
mod calls;
#[cfg(target_os = "linux")]
mod files;
#[cfg(target_os = "linux")]
mod network;
#[cfg(target_os = "linux")]
mod processes;
#[cfg(target_os = "linux")]
mod proxied;

#[cfg(target_os = "linux")]
fn main() {
    let temporary = std::env::var("TMPDIR").unwrap_or_default();
    for (number, attempt) in std::env::args().skip(1).enumerate() {
        let attempt = attempt.replace("$TMPDIR", &temporary);
        let words: Vec<&str> = attempt.split(',').collect();
        let answer = match perform(&words) {
            Ok(value) if value.is_empty() => "ok".to_owned(),
            Ok(value) => format!("ok {}", value.replace('\n', " ")),
            Err(error) => format!("denied {error}"),
        };
        println!("{number} {answer}");
    }
}

#[cfg(target_os = "linux")]
fn perform(words: &[&str]) -> std::io::Result<String> {
    let done = files::attempt(words)
        .or_else(|| network::attempt(words))
        .or_else(|| proxied::attempt(words))
        .or_else(|| processes::attempt(words))
        .or_else(|| calls::attempt(words));
    done.unwrap_or_else(|| {
        // Never mistaken for a denial: nothing was tried.
        println!("unknown {words:?}");
        std::process::exit(2);
    })
}

#[cfg(not(target_os = "linux"))]
fn main() {
    println!("only Linux has these attempts");
    std::process::exit(2);
}
