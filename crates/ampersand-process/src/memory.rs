//! The memory of this process itself.

/// Gives back to the system what was freed. Some systems' allocators keep, for every thread that ever worked, as much as its
/// largest piece of work took, for good. Costs milliseconds, and on systems that give it back by themselves nothing.
pub fn give_memory_back() {
    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    trim();
}

#[cfg(all(target_os = "linux", target_env = "gnu"))]
#[expect(
    unsafe_code,
    reason = "the C library's own call, of which there is no other form"
)]
fn trim() {
    // SAFETY: it takes no pointer, and may be called from any thread at any time.
    unsafe { libc::malloc_trim(0) };
}

#[cfg(all(target_os = "linux", target_env = "gnu"))]
#[cfg(test)]
mod tests {
    /// Of this process, in bytes.
    fn resident() -> usize {
        let told = std::fs::read_to_string("/proc/self/status").unwrap();
        let line = told.lines().find_map(|line| line.strip_prefix("VmRSS:"));
        let kilobytes = line.unwrap().trim().trim_end_matches(" kB");
        kilobytes.parse::<usize>().unwrap() << 10
    }

    #[test]
    fn what_was_freed_does_not_stay() {
        const PIECES: usize = 64 << 10;
        let piece = || vec![1_u8; 1 << 10];
        let mut pieces: Vec<Option<Vec<u8>>> = (0..PIECES).map(|_| Some(piece())).collect();
        // Some stay in between, as always.
        for (at, piece) in pieces.iter_mut().enumerate() {
            if at % 64 != 0 {
                *piece = None;
            }
        }
        let before = resident();
        super::give_memory_back();
        let after = resident();
        assert!(after + (16 << 20) < before, "{before} to {after}");
        assert!(pieces.iter().flatten().all(|piece| piece[0] == 1));
    }
}
