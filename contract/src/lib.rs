#![doc = include_str!("../README.md")]

// The file becomes a contract.
mod mistake;
mod url;
mod yaml;

mod model;
mod parse;

mod digest;
mod library;
mod outline;
mod plan;

// What an application recorded becomes what may leave.
mod collected;
mod header;

mod hash;
mod value;

mod admit;
mod anonymise;
mod refusal;

// What arrives becomes a report.
mod sort;

mod part;
mod receipt;

mod depict;
mod document;
mod render;
mod wire;

// What people and programs read about a contract.
mod collector;
mod diff;
mod documentation;
mod example;
mod grafana;
mod metric;
mod notice;
mod schema;
mod text;
mod vocabulary;
mod weaver;
mod wording;

pub use anonymise::{
    Anonymous, InstanceId, NotReportable, NotRestored, Withheld, anonymise, erasure,
};
pub use collected::{Collected, Ids, Observation};
pub use collector::{CollectorRoute, CollectorTarget, ComponentId, NotATarget, Transport};
pub use depict::Misfit;
pub use diff::{Change, Changes, Class, diff};
pub use digest::{Digest, NotADigest};
pub use document::Document;
pub use hash::Secret;
pub use header::Header;
pub use library::{KnownAlready, Library};
pub use metric::Metric;
pub use mistake::{Mistake, Mistakes, Position};
pub use model::*;
pub use notice::{NoticeFacts, NoticePart};
pub use outline::{AttributeOutline, GaugeOutline};
pub use part::{Cutoff, HEARTBEAT, Merged, NotAPart, Part};
pub use receipt::Receipt;
pub use refusal::Rejection;
pub use render::{Excerpt, Incomplete};
pub use sort::{
    Arrived, Erasure, ReportKey, Sorted, Stripped, Window, sort, sort_for_relay,
    sort_noting_stripped, sort_within,
};
pub use text::{capital, misleading, sentence, visible_json};
pub use value::Scalar;
pub use weaver::RegistryFile;
