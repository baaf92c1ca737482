//! The same attempts without a sandbox.

use std::collections::BTreeSet;
use std::process::{Command, Stdio};
use std::time::Duration;

use super::{Outcomes, Stand, Tier, everywhere, hold};

/// The same, for attempts that are nobody's but the sandbox's to refuse: without one, each of them has to work.
pub(crate) fn hold_what_works_outside(attempts: &[(&str, Outcomes)]) {
    let users: BTreeSet<_> = everywhere().map(|(user, ..)| user).collect();
    for user in users {
        Stand::new(user, Tier::Full).confirm_open(attempts);
    }
    hold(attempts);
}

impl Stand {
    /// Tries what is refused inside as the same user without a sandbox, where it has to work: else its refusal would say
    /// nothing.
    fn confirm_open(&self, attempts: &[(&str, Outcomes)]) {
        let mut words = self.as_user();
        words.push(self.path("tree/probe").display().to_string());
        words.extend(attempts.iter().map(|(attempt, _)| self.filled(attempt)));
        #[expect(clippy::disallowed_methods, reason = "starts the probe")]
        let mut command = Command::new(&words[0]);
        command.args(&words[1..]).current_dir(self.path("tree"));
        let answers = std::thread::scope(|scope| {
            let probe = scope.spawn(|| command.stdin(Stdio::null()).output().unwrap());
            self.names
                .set_read_timeout(Some(Duration::from_millis(50)))
                .unwrap();
            while !probe.is_finished() {
                if let Ok((_, from)) = self.names.recv_from(&mut [0; 64]) {
                    self.names.send_to(b"known", from).unwrap();
                }
            }
            probe.join().unwrap()
        });
        let told = String::from_utf8_lossy(&answers.stdout).into_owned();
        assert_eq!(told.lines().count(), attempts.len(), "{told}");
        for ((attempt, _), answer) in attempts.iter().zip(told.lines()) {
            let user = self.user;
            assert!(
                answer.contains(" ok"),
                "{user:?}, outside: {attempt}: {answer}"
            );
        }
    }
}
