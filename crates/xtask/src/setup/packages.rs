//! Brings in missing system packages: by apt where that is how it is done, elsewhere by naming the command.

use std::collections::BTreeSet;
use std::fs;

use anyhow::{Context, Result, bail};

use super::needs::Need;
use crate::child::{self, Child};
use crate::say;

/// How this machine gets its packages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Distribution {
    Debian,
    Fedora,
    Suse,
    Arch,
    Other,
}

/// Installs whatever is not met; does nothing, fast, when everything is.
pub(super) fn install(needs: &[&Need]) -> Result<()> {
    let missing = unmet(needs);
    if missing.is_empty() {
        return Ok(());
    }
    let distribution = distribution(&fs::read_to_string("/etc/os-release").unwrap_or_default());
    if distribution != Distribution::Debian || child::on_path("apt-get").is_none() {
        bail!(
            "this machine lacks something Ampersand needs; run this, then try again:\n\n    {}\n",
            by_hand(distribution, &missing)
        );
    }
    apt(&names(&missing, |need| need.debian.to_owned()))?;

    let still = unmet(needs);
    if !still.is_empty() {
        let names = names(&still, |need| need.debian.to_owned()).join(" ");
        bail!("apt reported success, but this is not usable afterwards: {names}");
    }
    Ok(())
}

/// Installs packages by apt, as root or by sudo, without asking questions.
pub(super) fn apt(packages: &[String]) -> Result<()> {
    let by_hand = format!(
        "sudo apt-get install --no-install-recommends {}",
        packages.join(" ")
    );
    let is_root = Child::new("id")
        .arg("-u")
        .output()
        .is_ok_and(|id| id.trim() == "0");
    if !is_root && child::on_path("sudo").is_none() {
        bail!(
            "neither root nor sudo here; have this run as root, then try again:\n\n    {by_hand}\n"
        );
    }
    let apt = || {
        let front = if is_root {
            Child::new("env")
        } else {
            Child::new("sudo").arg("env")
        };
        let lock = ["-o", "DPkg::Lock::Timeout=300"];
        front
            .args(["DEBIAN_FRONTEND=noninteractive", "apt-get"])
            .args(lock)
    };

    say::step(format_args!("installing {}", packages.join(" ")));
    if let Err(error) = apt().args(["-qq", "update"]).run_on_stderr() {
        say::step(format_args!(
            "going on with the package lists at hand: {error}"
        ));
    }
    apt()
        .args(["-qq", "install", "-y", "--no-install-recommends"])
        .args(packages)
        .run_on_stderr()
        .with_context(|| format!("system packages could not be installed; by hand: {by_hand}"))
}

/// Whether this machine is one where packages come by apt.
pub(super) fn is_debian() -> bool {
    let release = fs::read_to_string("/etc/os-release").unwrap_or_default();
    distribution(&release) == Distribution::Debian && child::on_path("apt-get").is_some()
}

fn unmet<'a>(needs: &[&'a Need]) -> Vec<&'a Need> {
    needs
        .iter()
        .filter(|need| !need.is_met())
        .copied()
        .collect()
}

fn names(needs: &[&Need], name: impl Fn(&Need) -> String) -> Vec<String> {
    needs
        .iter()
        .map(|need| name(need))
        .collect::<BTreeSet<_>>()
        .into_iter()
        .collect()
}

fn by_hand(distribution: Distribution, missing: &[&Need]) -> String {
    let capabilities = || names(missing, Need::capability).join(" ");
    let arch = || names(missing, |need| need.arch.to_owned()).join(" ");
    let debian = || names(missing, |need| need.debian.to_owned()).join(" ");
    match distribution {
        Distribution::Debian => format!("sudo apt-get install {}", debian()),
        Distribution::Fedora => format!("sudo dnf install {}", capabilities()),
        Distribution::Suse => format!("sudo zypper install {}", capabilities()),
        Distribution::Arch => format!("sudo pacman -S --needed {}", arch()),
        Distribution::Other => {
            format!(
                "(with your package manager; these are Debian's names) {}",
                debian()
            )
        }
    }
}

/// Reads os-release: the system itself first, then what it says it is like.
fn distribution(os_release: &str) -> Distribution {
    let value = |key: &str| {
        let line = os_release
            .lines()
            .find_map(|line| line.strip_prefix(key)?.strip_prefix('='));
        line.unwrap_or_default().trim_matches('"').to_owned()
    };
    let names = format!("{} {}", value("ID"), value("ID_LIKE"));
    let known = |name: &str| match name {
        "debian" | "ubuntu" => Some(Distribution::Debian),
        "fedora" | "rhel" => Some(Distribution::Fedora),
        "suse" | "opensuse" => Some(Distribution::Suse),
        "arch" => Some(Distribution::Arch),
        _ => None,
    };
    names
        .split_whitespace()
        .find_map(known)
        .unwrap_or(Distribution::Other)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(os_release: &str, expected: Distribution) {
        assert_eq!(distribution(os_release), expected, "{os_release}");
    }

    #[test]
    fn distributions_are_known_by_themselves_or_by_their_relatives() {
        check(
            "PRETTY_NAME=\"Debian GNU/Linux 12\"\nID=debian\n",
            Distribution::Debian,
        );
        check(
            "ID=linuxmint\nID_LIKE=\"ubuntu debian\"\n",
            Distribution::Debian,
        );
        check(
            "ID=\"rocky\"\nID_LIKE=\"rhel centos fedora\"\n",
            Distribution::Fedora,
        );
        check(
            "ID=\"opensuse-tumbleweed\"\nID_LIKE=\"opensuse suse\"\n",
            Distribution::Suse,
        );
        check("ID=arch\n", Distribution::Arch);
        check("ID=nixos\n", Distribution::Other);
        check("", Distribution::Other);
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn elsewhere_the_exact_command_is_named() {
        use crate::setup::{Purpose, needs};

        let needs = needs::of(Purpose::RunInTerminal);
        assert_eq!(
            by_hand(Distribution::Fedora, &needs),
            "sudo dnf install /usr/bin/bwrap /usr/bin/cc /usr/bin/git /usr/bin/pkg-config"
        );
        assert_eq!(
            by_hand(Distribution::Arch, &needs),
            "sudo pacman -S --needed base-devel bubblewrap git pkgconf"
        );
    }
}
