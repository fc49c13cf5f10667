#![doc = include_str!("../README.md")]

mod aside;
mod clock;
mod hexadecimal;
pub mod settings;

mod sender;

mod front;
mod metrics;
mod refusal;
mod tally;

mod admission;

mod decode;

mod ingest;
mod instances;
mod secret;
mod warnings;

mod store;

mod backend;
mod forward;
mod freeze;
mod import;
mod inspect;
mod intake;
mod listing;
mod operator;
mod publish;
mod push;
mod retention;
mod serve;

mod error;

pub use backend::{Endpoint, Headers, NotAnEndpoint};
pub use clock::Clock;
pub use decode::Sort;
pub use error::Error;
pub use front::{Answer, Pending};
pub use import::{Imported, Importer};
pub use inspect::{Inspected, InspectedReport, Inspector};
pub use instances::Instances;
pub use intake::{Intake, Keeper, Sorting};
pub use listing::Listed;
pub use operator::Token;
pub use refusal::Refusal;
pub use secret::Keys;
pub use sender::{DayKey, Sender, SenderHash};
pub use serve::Receiver;
pub use settings::Settings;
pub use store::{
    Checked, Damage, DamagedPlace, Derived, Durability, Erase, Erased, FiguresStats, Filter, Froze,
    InstanceKey, Keep, Kept, Location, Memory, Options, Outbox, Outgoing, Reader, Row, Sqlite,
    Stats, Store, Stored, StoredKey, Swept, Tombstone, VersionStats, remove_damaged,
};
pub use tally::{Counts, OfContract, Protocol, Reasons, Requests, ShownPages, Tally};
