//! What else is the person's: cases 6 and 62.

use std::path::Path;

use super::Place;

in_both_tiers!(
    case_06_nothing_is_told_of_what_the_person_runs,
    case_62_no_credential_of_the_persons_is_told,
);

async fn case_06_nothing_is_told_of_what_the_person_runs(place: Place) {
    // The line a program of the person's was started with may hold anything.
    let line = format!(
        "powershell -NoProfile -Command \"try {{ $p = Get-CimInstance Win32_Process -Filter 'ProcessId={}'; \
         if ($p.CommandLine) {{ exit 0 }} else {{ exit 1 }} }} catch {{ exit 1 }}\"",
        std::process::id()
    );
    place.check(&[(&line, false, false)]).await;
}

async fn case_62_no_credential_of_the_persons_is_told(place: Place) {
    let kept = Kept::new(&format!("ampersand-test-{}", called(&place)));
    assert!(told(&["/list"]).contains(&kept.0), "the person has it");
    let find = format!("cmdkey /list | find \"{}\"", kept.0);
    let by_name = format!(
        "cmdkey /list:{0} | find \"{0}\" | find \"somebody\"",
        kept.0
    );
    place
        .check(&[(&find, false, false), (&by_name, false, false)])
        .await;
}

/// A credential of the person's, for as long as this value is.
struct Kept(String);

impl Kept {
    fn new(name: &str) -> Self {
        let name = name.to_owned();
        told(&[
            &format!("/generic:{name}"),
            "/user:somebody",
            "/pass:secret",
        ]);
        Self(name)
    }
}

impl Drop for Kept {
    fn drop(&mut self) {
        told(&[&format!("/delete:{}", self.0)]);
    }
}

fn told(args: &[&str]) -> String {
    let program = Path::new(&std::env::var_os("SystemRoot").unwrap()).join(r"System32\cmdkey.exe");
    let output = std::process::Command::new(program)
        .args(args)
        .output()
        .unwrap();
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// What no other test is called.
fn called(place: &Place) -> String {
    let name = place.path("").file_name().map(ToOwned::to_owned);
    let name = name.unwrap_or_default().to_string_lossy().into_owned();
    name.chars().filter(char::is_ascii_alphanumeric).collect()
}
