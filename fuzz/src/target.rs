//! The targets: for each a reader, what must hold of what it read, and where its inputs begin.

mod agents;
mod files;
mod forges;
mod network;
mod shown;

/// One reader of strangers' bytes.
pub(crate) struct Target {
    pub(crate) name: &'static str,
    /// Reads an input. Panics if something does not hold.
    pub(crate) read: fn(&[u8]),
    /// Inputs that are read whole, as their makers write them.
    seeds: &'static [&'static [u8]],
    /// Words that mean something to it.
    pub(crate) words: &'static [&'static str],
    /// Whether its lines are JSON, or have it behind a word.
    pub(crate) is_json: bool,
}

impl Target {
    pub(crate) fn seeds(&self) -> Vec<Vec<u8>> {
        let mut seeds: Vec<Vec<u8>> = self.seeds.iter().map(|seed| seed.to_vec()).collect();
        // There is always something to begin with.
        seeds.push(Vec::new());
        seeds
    }
}

/// All of them.
pub(crate) const ALL: &[Target] = &[
    network::FRAMES,
    network::CHAT_COMPLETIONS,
    network::RESPONSES,
    network::MESSAGES,
    network::REQUESTS,
    network::REDACTION,
    network::PAGES,
    network::ADDRESSES,
    agents::ACP,
    agents::CODEX,
    agents::CONVERSATIONS,
    agents::TOOL_CALLS,
    agents::TOOL_ANSWERS,
    files::PROJECT,
    files::SETTINGS,
    files::BUNDLES,
    files::FOLDERS,
    files::IGNORES,
    files::DIFFERENCES,
    files::PICTURES,
    forges::FORGES,
    forges::REMOTES,
    shown::NAMES,
    shown::OUTPUT,
    shown::OVERRIDES,
];

/// Where an input cuts itself: at each of the marks, which are not part of it.
fn pieces(input: &[u8]) -> Vec<&[u8]> {
    input.split(|byte| *byte == CUT).collect()
}

/// A byte that no text holds.
const CUT: u8 = 0xff;

#[cfg(test)]
mod tests {
    use std::collections::HashSet;
    use std::path::Path;

    use super::ALL;
    use crate::corpus;

    #[test]
    fn whatever_was_ever_kept_is_read() {
        let kept = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus");
        for target in ALL {
            let before = corpus::read(&kept.join(format!("{}.txt", target.name))).unwrap();
            for input in target.seeds().into_iter().chain(before) {
                (target.read)(&input);
            }
        }
    }

    #[test]
    fn what_is_kept_belongs_to_a_target() {
        let names: HashSet<String> = ALL
            .iter()
            .map(|target| format!("{}.txt", target.name))
            .collect();
        assert_eq!(names.len(), ALL.len());
        let kept = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus");
        for file in std::fs::read_dir(kept).unwrap() {
            let name = file.unwrap().file_name().into_string().unwrap();
            assert!(names.contains(&name), "{name}");
        }
    }
}
