//! Looking for what a client wrote where it must not be.

use std::collections::{BTreeSet, HashSet};
use std::fs;
use std::path::Path;

use anyhow::Context as _;

/// So many bytes of a client's, in a row, are a leak: less may well be chance.
const RUN: usize = 8;

/// What may be said without looking at what came.
#[derive(Debug)]
pub(super) struct Vocabulary(HashSet<[u8; RUN]>);

impl Vocabulary {
    /// The contracts, the names of OTLP, and the words of HTTP.
    pub(super) fn read() -> anyhow::Result<Self> {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
        let mut known = HashSet::new();
        for application in fs::read_dir(root.join("contract/library"))? {
            for file in fs::read_dir(application?.path())? {
                known.extend(runs(&fs::read(file?.path())?));
            }
        }
        let words = root.join("tests/vectors/words.txt");
        let words = fs::read(&words).with_context(|| words.display().to_string())?;
        known.extend(runs(&words));
        Ok(Self(known))
    }

    /// Runs of what was sent that stand in what was said, and need not.
    pub(super) fn leaks(&self, sent: &[Vec<u8>], said: &[u8]) -> BTreeSet<String> {
        let lines = said.split(|byte| b"\r\n".contains(byte));
        let said: HashSet<_> = lines.flat_map(runs).filter(|run| !self.0.contains(run)).collect();
        // Most runs of megabytes are told apart by two bytes, which is much faster.
        let mut begins = vec![false; 1 << 16];
        for run in &said {
            begins[beginning(*run)] = true;
        }
        let sent: HashSet<_> = sent.iter().collect();
        let found = sent.into_iter().flat_map(|sent| runs(sent));
        found
            .filter(|run| begins[beginning(*run)] && said.contains(run))
            .map(|run| run.escape_ascii().to_string())
            .collect()
    }
}

fn beginning([first, second, ..]: [u8; RUN]) -> usize {
    usize::from(first) << 8 | usize::from(second)
}

fn runs(bytes: &[u8]) -> impl Iterator<Item = [u8; RUN]> {
    bytes.windows(RUN).filter_map(|window| window.try_into().ok())
}
