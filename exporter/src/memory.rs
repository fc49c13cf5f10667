//! What an exporter remembers, as it stands in the data directory at one moment.

use std::io;
use std::sync::Arc;

use headcount_contract::{Contract, Digest, Level};
use jiff::{Timestamp, ToSpan as _};

use crate::directory::Directory;
use crate::schedule::day_of;
use crate::state::{Agreed, By, Damaged, State};

pub(crate) const STATE: &str = "state.json";
/// The texts of contracts, by their digests: the application that ran with one may be gone.
const CONTRACTS: &str = "contracts";

/// See the module.
pub(crate) struct Memory {
    pub(crate) state: State,
    /// The contract that was agreed to, where its text is there.
    pub(crate) agreed: Option<Arc<Contract>>,
    /// Why the state could not be read. The damaged file stays until something is decided.
    pub(crate) damaged: Option<Damaged>,
}

impl Memory {
    /// Reads what is there. A directory that does not exist is an empty memory. A contract that is at hand is not
    /// parsed again.
    pub(crate) fn read(directory: &Directory, at_hand: &[Arc<Contract>]) -> io::Result<Self> {
        let (state, damaged) = match directory.read(STATE)?.as_deref().map(State::from_bytes) {
            None => (State::default(), None),
            Some(Ok(state)) => (state, None),
            Some(Err(damaged)) => (State::default(), Some(damaged)),
        };
        let agreed = state.agreed.as_ref();
        let agreed = agreed.map(|agreed| read_contract(directory, agreed.digest, at_hand));
        Ok(Self { state, agreed: agreed.transpose()?.flatten(), damaged })
    }

    /// Writes the state. A damaged one is set aside first, so that nothing is lost with it.
    pub(crate) fn write(&mut self, directory: &Directory) -> io::Result<()> {
        if self.damaged.take().is_some() {
            directory.set_aside(STATE)?;
        }
        directory.write(STATE, &self.state.to_bytes())
    }

    /// Notes that reports of the contract may be made, from now on. The text is kept before the
    /// note is, so that there is never a note without its text.
    pub(crate) fn agree(
        &mut self,
        directory: &Directory,
        contract: &Arc<Contract>,
        (level, by): (Level, By),
        now: Timestamp,
    ) -> io::Result<()> {
        keep_contract(directory, contract)?;
        self.agreed = Some(Arc::clone(contract));
        self.state.agreed = Some(Agreed { digest: contract.digest(), level, at: now, by });
        self.state.declined = None;
        self.write(directory)
    }

    /// Brings back times that a wrong clock wrote and that lie in the future: they would silence
    /// reports for as long. Says whether there were any.
    pub(crate) fn heal(&mut self, now: Timestamp) -> bool {
        let tomorrow = day_of(now).checked_add(1.day()).unwrap_or(day_of(now));
        let mut healed = false;
        if let Some(shown) = self.state.notice.as_mut().filter(|shown| shown.at > now) {
            shown.at = now;
            healed = true;
        }
        if let Some(from) = self.state.reportable_from.as_mut().filter(|from| **from > tomorrow) {
            *from = day_of(now);
            healed = true;
        }
        healed
    }
}

/// Keeps the contract's text, unless it is there.
pub(crate) fn keep_contract(directory: &Directory, contract: &Contract) -> io::Result<()> {
    let name = file_of(contract.digest());
    match directory.read(&name)? {
        Some(text) if text == contract.source().as_bytes() => Ok(()),
        _ => directory.write(&name, contract.source().as_bytes()),
    }
}

/// A contract that was kept, or that is at hand. A text that is not what its name says is as good as none.
pub(crate) fn read_contract(
    directory: &Directory,
    digest: Digest,
    at_hand: &[Arc<Contract>],
) -> io::Result<Option<Arc<Contract>>> {
    if let Some(contract) = at_hand.iter().find(|contract| contract.digest() == digest) {
        return Ok(Some(Arc::clone(contract)));
    }
    let name = file_of(digest);
    let text = directory.read(&name)?.and_then(|bytes| String::from_utf8(bytes).ok());
    let contract = text.and_then(|text| Contract::parse(&name, &text).ok());
    Ok(contract.filter(|contract| contract.digest() == digest).map(Arc::new))
}

/// Every contract whose text was kept.
pub(crate) fn kept_contracts(
    directory: &Directory,
    at_hand: &[Arc<Contract>],
) -> io::Result<Vec<Arc<Contract>>> {
    let files = directory.list(CONTRACTS)?;
    let digests = files.iter().filter_map(|file| file.name.strip_suffix(".yaml")?.parse().ok());
    digests.filter_map(|digest| read_contract(directory, digest, at_hand).transpose()).collect()
}

fn file_of(digest: Digest) -> String {
    format!("{CONTRACTS}/{digest}.yaml")
}
