//! Which files are not shown to a model, whatever git thinks of them.

/// Names under which people keep secrets, whether or not git ignores them.
pub(super) fn holds_secrets(name: &str) -> bool {
    let name = name.to_lowercase();
    let is_env = name == ".env" || name.starts_with(".env.") && !name.ends_with(".example");
    let ends = [".pem", ".key", ".p12", ".pfx", ".keystore", ".jks", ".kdbx"];
    let names = [
        ".netrc",
        ".npmrc",
        ".pypirc",
        ".pgpass",
        ".htpasswd",
        ".git-credentials",
        "id_rsa",
        "id_ed25519",
        "id_ecdsa",
        "id_dsa",
        "credentials",
        "credentials.json",
        "secrets.toml",
        "secrets.yml",
        "secrets.yaml",
        "secrets.json",
        ".vault-token",
    ];
    let folders = [".ssh", ".aws", ".gnupg"];
    is_env
        || ends.iter().any(|end| name.ends_with(end))
        || names.contains(&name.as_str())
        || folders.contains(&name.as_str())
}

#[cfg(test)]
mod tests {
    use super::holds_secrets;

    #[test]
    fn secrets_are_known_by_name() {
        for name in [
            ".env",
            ".ENV.local",
            "server.pem",
            "id_rsa",
            ".netrc",
            "Credentials.json",
        ] {
            assert!(holds_secrets(name), "{name}");
        }
        for name in [
            ".env.example",
            "environment.rs",
            "key.rs",
            "id_rsa.md",
            "secrets.rs",
        ] {
            assert!(!holds_secrets(name), "{name}");
        }
    }
}
