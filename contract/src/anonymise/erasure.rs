//! The request by which an instance asks to have its reports erased.

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

use super::{Anonymous, NotReportable};
use crate::hash::{End, Secret};
use crate::header::{Header, mark};
use crate::model::{Contract, INSTANCE, Reason};
use crate::part::{HEARTBEAT, Part, Stamped};
use crate::refusal::Refusal;
use crate::value::Scalar;

/// An instance's id, in one of its two forms. Redacts itself in `Debug`.
#[derive(Clone, Copy)]
pub enum InstanceId<'a> {
    /// As the instance knows it, with the secret for contracts that hash ids under one.
    Raw(&'a str, &'a Secret),
    /// As it travels: what [`Anonymous::instance`] gave, kept where the id itself is deleted already.
    AsItTravels(&'a str),
}

impl fmt::Debug for InstanceId<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Raw(..) => "Raw(…)",
            Self::AsItTravels(_) => "AsItTravels(…)",
        })
    }
}

/// Asks a receiver to erase every report of an instance, whatever its version and day, up to the time and
/// the report id of the header.
///
/// What leaves is `service.name`, the id as it travels, `headcount.report.*` with the reason `erase`, and the
/// gauge `headcount.report`. It is an ordinary OTLP request, so it passes whatever the reports passed. The header's
/// reason and its count of dropped reports are not told.
///
/// Errors: [`NotReportable`] where the contract has no identity, so that nobody could say which reports are
/// meant, and for an id that its leaf does not allow or that is not in the form that was said.
///
/// ```
/// use headcount_contract::{Header, InstanceId, Library, Reason, Secret, erasure};
///
/// let library = Library::built_in();
/// let contract = library.find("openfn/2").expect("it ships");
/// let header = Header {
///     report_id: Header::report_id_at(1_714_089_600_000_000_000, 3, [7; 8]),
///     date: "2024-04-25".parse()?,
///     time_unix_nano: 1_714_089_600_000_000_000,
///     reason: Reason::Erase,
///     dropped: 0,
/// };
/// let secret = Secret::new([1; 32]);
/// let raw = InstanceId::Raw("3cfb674b-e878-470d-b7c0-cfa8f7e003ae", &secret);
/// let request = erasure(contract, raw, &header)?;
/// assert!(request.is_erasure());
///
/// // The same, when only the hash is left.
/// let hash = request.instance().expect("an erasure names the instance");
/// assert_eq!(erasure(contract, InstanceId::AsItTravels(hash), &header)?.otlp(), request.otlp());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn erasure(
    contract: &Arc<Contract>,
    id: InstanceId<'_>,
    header: &Header,
) -> Result<Anonymous, NotReportable> {
    let instance = at_end(contract, id, End::Instance).map_err(NotReportable)?;
    let header = Header { reason: Reason::Erase, dropped: 0, ..header.clone() };
    let stamped = |value| Stamped { time: header.time_unix_nano, value };
    let mut part = Part::new(header.date, header.report_id.clone());
    part.newest = header.time_unix_nano;
    part.root.attributes.set(INSTANCE.into(), stamped(Scalar::Text(instance)));
    part.root.gauges.set(HEARTBEAT.into(), stamped(Scalar::Int(1)));
    mark(&mut part, &header);
    Ok(Anonymous { contract: contract.clone(), part, reason: Reason::Erase, withheld: Vec::new() })
}

impl Contract {
    /// The id under which a receiver keeps the reports of an instance: as it travels. `Raw` is an id as a stock SDK
    /// sends it, with the receiver's own secret: what has the form of a hash already is taken as one, as where it
    /// comes with a report.
    ///
    /// Errors: [`NotReportable`] where the contract has no identity, and for an id that its leaf does not allow or
    /// that is not in the form that was said.
    ///
    /// ```
    /// use headcount_contract::{InstanceId, Library, Secret};
    ///
    /// let library = Library::built_in();
    /// let contract = library.find("openfn/2").expect("it ships");
    /// let secret = Secret::new([1; 32]);
    /// let id = InstanceId::Raw("3cfb674b-e878-470d-b7c0-cfa8f7e003ae", &secret);
    /// let hash = contract.kept_id(id)?;
    /// assert_eq!(hash.len(), 64);
    /// assert_eq!(contract.kept_id(InstanceId::AsItTravels(&hash))?, hash);
    /// # Ok::<(), headcount_contract::NotReportable>(())
    /// ```
    pub fn kept_id(&self, id: InstanceId<'_>) -> Result<String, NotReportable> {
        at_end(self, id, End::Receiver).map_err(NotReportable)
    }
}

fn at_end(contract: &Contract, id: InstanceId<'_>, end: End) -> Result<String, Refusal> {
    let slot = contract.instance_slot()?;
    let id = match id {
        InstanceId::Raw(id, secret) => slot.leaf.conceal(id, secret, end).map(Cow::into_owned),
        InstanceId::AsItTravels(id) => slot.leaf.concealed(id),
    };
    id.map_err(|unfit| Refusal::Unfit { name: slot.name.clone(), unfit })
}
