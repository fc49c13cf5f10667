//! Whose reports are meant.

use headcount_contract::{Identity, InstanceId, Library};
use headcount_proto::instances::Instance;
use headcount_proto::instances::instance::Id;

use super::malformed;
use crate::refusal::Refusal;
use crate::secret::Keys;
use crate::store::InstanceKey;

/// An instance as the store knows it.
#[derive(Debug)]
pub(super) struct Whose {
    /// The contract's name. It may be any text that a client wrote.
    pub(super) contract: String,
    /// What stands for the instance: a key for each form that the versions of the contract give its id.
    pub(super) keys: Vec<InstanceKey>,
    /// Whether there is a contract of this name.
    pub(super) is_known: bool,
}

impl Whose {
    /// The instance of a request.
    ///
    /// A contract that is not known any more may have reports in the store all the same; so its ids are taken as they
    /// come, and an answer shows no more than that there is nothing.
    ///
    /// Errors: [`Refusal::Malformed`] where a field is missing, the contract has no ids, or none like this.
    pub(super) fn of(
        instance: Option<&Instance>,
        library: &Library,
        keys: &Keys,
    ) -> Result<Self, Refusal> {
        let Some(Instance { contract, id }) = instance else {
            return malformed("an instance, got none, at instance");
        };
        let Some(id) = id else {
            return malformed("an id, got none, at instance.raw or instance.asItTravels");
        };
        let (text, field, form) = match id {
            Id::Raw(id) => (id, "raw", InstanceId::Raw(id, keys.ids())),
            Id::AsItTravels(id) => (id, "asItTravels", InstanceId::AsItTravels(id)),
        };
        if contract.is_empty() {
            return malformed("a contract's name, got none, at instance.contract");
        }
        if text.is_empty() {
            return malformed(&format!("an id, got an empty one, at instance.{field}"));
        }
        let mut kept = Vec::new();
        let mut first = None;
        let mut is_known = false;
        for version in library.versions(contract) {
            is_known = true;
            if version.identity() == Identity::None {
                continue;
            }
            match version.kept_id(form) {
                Ok(id) => kept.push(id),
                Err(error) => first = first.or(Some(error)),
            }
        }
        match (is_known, first) {
            (false, _) => kept.push(text.clone()),
            (true, Some(error)) if kept.is_empty() => {
                return Err(Refusal::Malformed(format!("{error}, at instance.{field}")));
            }
            (true, None) if kept.is_empty() => {
                return malformed("a contract whose instances have ids, at instance.contract");
            }
            (true, _) => {}
        }
        kept.sort_unstable();
        kept.dedup();
        let keys = kept.iter().map(|id| keys.instance(contract, id)).collect();
        Ok(Self { contract: contract.clone(), keys, is_known })
    }
}
