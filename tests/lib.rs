//! Cross-crate journeys; see `journeys/`.
