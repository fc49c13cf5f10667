//! The sections of a contract beside the report: identity, consent, schedule, receiver, publish.

use std::fmt;
use std::str::FromStr;

use serde_json::Number;

/// How long an instance keeps its id.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Identity {
    /// The same id for as long as the instance lives.
    Stable,
    /// A new id after this many days.
    Rotating(u32),
    /// No id at all: reports cannot be linked.
    None,
}

/// How much an operator agrees to; each level includes those before it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// What every report holds.
    #[default]
    Basic,
    /// Counts of what is used.
    Usage,
    /// Statistics of how it is used.
    Statistics,
    /// Details for finding faults.
    Diagnostics,
}

/// Who decides whether reports are sent, and how.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Consent {
    /// What holds while nobody has decided.
    pub default: ConsentDefault,
    /// Reports cannot be declined where a resource attribute has one of these values.
    pub required_when: Option<(String, Vec<String>)>,
    /// The environment variable that switches reports off (and on).
    pub environment: Option<String>,
    /// What becomes of the id when consent is withdrawn.
    pub on_withdrawal: OnWithdrawal,
    /// Whether the withdrawal itself is told once, without an id.
    pub announce: bool,
    /// Seconds between the first showing of the notice and the first report, where reports are opt-out.
    pub grace_seconds: u64,
}

/// What holds while nobody has decided.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ConsentDefault {
    /// Nothing is sent until somebody agrees.
    OptIn,
    /// Reports are sent, after the notice, until somebody declines.
    OptOut,
}

/// What becomes of the id when consent is withdrawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OnWithdrawal {
    /// The id stays on the instance, unused.
    KeepId,
    /// The id is deleted; a return makes a new one.
    DeleteId,
}

/// When a report is made, and for which period.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Schedule {
    /// The period that a report is for.
    pub covers: Covers,
    /// When in the day it is made.
    pub daily: Daily,
    /// Seconds after the start of the application before the first report.
    pub startup_delay_seconds: u64,
    /// The most missed days that one run makes up for, oldest first.
    pub backfill: u32,
    /// What else makes a report.
    pub events: Vec<Event>,
}

/// The period that a report is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Covers {
    /// The UTC day before.
    PreviousDay,
    /// The moment at which it is made.
    Now,
}

/// When in the day a report is made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Daily {
    /// At these UTC times, as minutes after midnight.
    At(Vec<u16>),
    /// At one minute of the day that is derived from the instance's id.
    Random,
    /// After each run of a program that does not keep running, such as a command-line tool.
    EachRun,
}

/// What makes a report beside the day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Event {
    /// The first start.
    Install,
    /// A change of `service.version` or of a listed attribute.
    Upgrade,
    /// Every 24 hours.
    Heartbeat,
    /// Withdrawal of consent.
    OptOut,
}

/// Why a report was made: the resource attribute `headcount.report.reason`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Reason {
    /// The day's report.
    #[default]
    Daily,
    /// The first start.
    Install,
    /// A change of version.
    Upgrade,
    /// Consent was withdrawn.
    OptOut,
    /// The report of a missed day.
    Backfill,
    /// The instance asks for its erasure.
    Erase,
}

impl Reason {
    /// Every reason.
    pub const ALL: [Self; 6] =
        [Self::Daily, Self::Install, Self::Upgrade, Self::OptOut, Self::Backfill, Self::Erase];

    /// The reasons for which there is a report. An erasure is none: it tells the id and nothing else.
    pub const OF_REPORTS: [Self; 5] =
        [Self::Daily, Self::Install, Self::Upgrade, Self::OptOut, Self::Backfill];

    /// The reason as it travels.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Daily => "daily",
            Self::Install => "install",
            Self::Upgrade => "upgrade",
            Self::OptOut => "opt_out",
            Self::Backfill => "backfill",
            Self::Erase => "erase",
        }
    }

    /// The reason of this name, if there is one.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|reason| reason.as_str() == name)
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Reason {
    type Err = AnotherName;

    fn from_str(name: &str) -> Result<Self, AnotherName> {
        let expected = "daily, install, upgrade, opt_out, backfill or erase";
        Self::from_name(name).ok_or(AnotherName(expected))
    }
}

impl Level {
    /// Every level, lowest first.
    pub const ALL: [Self; 4] = [Self::Basic, Self::Usage, Self::Statistics, Self::Diagnostics];

    /// The level as a contract writes it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Basic => "basic",
            Self::Usage => "usage",
            Self::Statistics => "statistics",
            Self::Diagnostics => "diagnostics",
        }
    }

    /// The level of this name, if there is one.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|level| level.as_str() == name)
    }
}

impl fmt::Display for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Level {
    type Err = AnotherName;

    fn from_str(name: &str) -> Result<Self, AnotherName> {
        Self::from_name(name).ok_or(AnotherName("basic, usage, statistics or diagnostics"))
    }
}

/// A name that none of the things in question has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected {0}, got another name")]
pub struct AnotherName(&'static str);

/// Where reports go, what the receiver adds to them, and how long it keeps them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Intake {
    /// The URL that reports go to, unless the operator sends them elsewhere. `None`: the application knows.
    pub endpoint: Option<String>,
    /// The environment variable by which the operator sends them elsewhere: it holds a URL.
    pub environment: Option<String>,
    /// What the receiver adds; empty means nothing.
    pub derives: Vec<Derived>,
    /// Days for which reports are kept; aggregates outlive them. `None`: for ever.
    pub keep_reports_days: Option<u32>,
}

/// What a receiver may add to a report.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Derived {
    /// The time at which the report came.
    ReceivedAt,
    /// A hash of the sender's address, under a key that lives in memory for a day.
    SourceAddressHash,
}

/// What is published.
#[derive(Clone, Debug, PartialEq)]
pub struct Publish {
    /// Groups of fewer instances are folded into `other`.
    pub min_count: u32,
    /// The shape of the JSON figures.
    pub stats: StatsShape,
    /// The licence of the open data, as an SPDX identifier.
    pub licence: Option<String>,
    /// The figures, by name.
    pub figures: Vec<Figure>,
}

impl Publish {
    /// The greatest `min_count`. What was shown is kept in a few more buckets than these, and a number moves under a greater
    /// `min_count` only where as many of them differ.
    pub const MAX_MIN_COUNT: u32 = 100;
}

/// The shape of the JSON figures at `/NAME/stats`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum StatsShape {
    /// Each figure with its definition, its window, its day and the number of instances behind it.
    #[default]
    Full,
    /// The figures' names and their numbers alone: `{"instances":7,"versions":{"0.90":7}}`.
    Flat,
}

/// One published figure.
#[derive(Clone, Debug, PartialEq)]
pub struct Figure {
    /// The figure's name.
    pub name: String,
    /// What is measured.
    pub measure: Measure,
    /// The path of the leaf by whose value instances are grouped; written without `[]`, as every path of a figure.
    pub by: Option<String>,
    /// What ends a group's name: `v16.13.1` belongs to the group `v16` where this is a full stop.
    pub cut_at: Option<String>,
    /// The order of the groups.
    pub order: Order,
    /// Days that the figure looks back. Figures of a month have none: [`Measure::is_monthly`].
    pub window_days: u32,
    /// The numbers are multiples of this. `None`: exact.
    pub round: Option<u32>,
    /// What the figure tells, for people.
    pub brief: Option<String>,
}

impl Figure {
    /// Whether it is a single number, of all instances.
    pub fn is_total(&self) -> bool {
        self.measure.is_single() && self.by.is_none()
    }
}

/// The order of a figure's groups.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Order {
    /// The largest first.
    #[default]
    Count,
    /// They are releases: the newest first, with the share at or above each, and how long half took to upgrade.
    Version,
}

/// What a figure measures.
#[derive(Clone, Debug, PartialEq)]
pub enum Measure {
    /// How many instances reported.
    Instances,
    /// The sum of a leaf over the instances' latest reports.
    Sum(String),
    /// The median of a leaf.
    Median(String),
    /// How many instances fall into each bucket of a leaf: path, and lower bounds, ascending.
    Distribution(String, Vec<Number>),
    /// Of the instances that first reported in a month, how many did in each later one.
    Retention,
    /// On how many days of a month instances reported.
    ReportingDays,
}

impl Measure {
    /// Whether it yields a single number, or one for each group.
    pub fn is_single(&self) -> bool {
        matches!(self, Self::Instances | Self::Sum(_) | Self::Median(_))
    }

    /// Whether the figure is one of finished calendar months.
    pub fn is_monthly(&self) -> bool {
        matches!(self, Self::Retention | Self::ReportingDays)
    }

    /// The path of the leaf that is measured.
    pub fn path(&self) -> Option<&str> {
        match self {
            Self::Sum(path) | Self::Median(path) | Self::Distribution(path, _) => Some(path),
            Self::Instances | Self::Retention | Self::ReportingDays => None,
        }
    }
}
