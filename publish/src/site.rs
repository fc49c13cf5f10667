//! Everything that is served, ready to be sent.

use std::collections::BTreeMap;

/// Everything that is served, by its path: made once for each day that is frozen.
#[derive(Debug, Default)]
pub struct Site {
    paths: BTreeMap<String, Vec<Representation>>,
}

/// A path's content in one media type.
#[derive(Clone, Debug)]
pub struct Representation {
    /// The media type, with its parameters.
    pub media_type: &'static str,
    /// The bytes.
    pub bytes: Vec<u8>,
}

impl Site {
    /// What there is under a path: the first where nobody asks for a certain media type.
    pub fn get(&self, path: &str) -> Option<&[Representation]> {
        self.paths.get(path).map(Vec::as_slice)
    }
}
