//! The usage contract.

mod admit;
mod anonymise;
mod collected;
mod depict;
mod digest;
mod document;
mod hash;
mod header;
mod library;
mod mistake;
mod model;
mod parse;
mod part;
mod plan;
mod refusal;
mod render;
mod sort;
mod value;
mod wire;
mod yaml;

pub use anonymise::{Anonymous, NotReportable, Withheld, anonymise};
pub use collected::{Collected, Observation};
pub use depict::Misfit;
pub use digest::Digest;
pub use document::Document;
pub use hash::Secret;
pub use header::Header;
pub use library::{KnownAlready, Library};
pub use mistake::{Mistake, Mistakes, Position};
pub use model::*;
pub use part::{HEARTBEAT, Merged, NotAPart, Part};
pub use refusal::Rejection;
pub use render::Incomplete;
pub use sort::{Arrived, ReportKey, Sorted, Stripped, sort};
pub use value::Scalar;
