//! What to measure.

/// Rows of the stores that are compared, unless the command says otherwise.
const ROWS: [u64; 2] = [10_000, 1_000_000];
/// Instances that report for the days that are frozen, unless the command says otherwise.
const INSTANCES: u64 = 1_000_000;

/// A part of the benchmark.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Section {
    /// CPU for a small report.
    Small,
    /// CPU for a big report.
    Big,
    /// Durable reports in a second, and how long one client waits.
    Durable,
    /// Resident memory.
    Memory,
    /// What stored rows cost an ingest and a start.
    Growth,
    /// More requests than can be served.
    Overload,
    /// What it takes to freeze a day.
    Freeze,
    /// What everybody may look at.
    Public,
}

impl Section {
    const ALL: [Self; 8] = [
        Self::Small,
        Self::Big,
        Self::Durable,
        Self::Memory,
        Self::Growth,
        Self::Overload,
        Self::Freeze,
        Self::Public,
    ];

    /// The word on the command line.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Small => "small",
            Self::Big => "big",
            Self::Durable => "durable",
            Self::Memory => "memory",
            Self::Growth => "growth",
            Self::Overload => "overload",
            Self::Freeze => "freeze",
            Self::Public => "public",
        }
    }
}

/// The command line.
#[derive(Debug)]
pub(crate) struct Arguments {
    /// What to run, in the benchmark's order.
    pub(crate) sections: Vec<Section>,
    /// How many rows the stores hold that are compared.
    pub(crate) rows: Vec<u64>,
    /// How many instances report for the days that are frozen.
    pub(crate) instances: u64,
}

impl Arguments {
    /// Reads sections by name, `--rows N`, which may come several times, and `--instances N`.
    pub(crate) fn read(words: Vec<String>) -> Self {
        let mut arguments =
            Self { sections: Vec::new(), rows: ROWS.to_vec(), instances: INSTANCES };
        // Cargo says `--bench`.
        let mut words = words.into_iter().filter(|word| word != "--bench");
        while let Some(word) = words.next() {
            if word == "--rows" {
                let rows = words.next().and_then(|rows| rows.parse().ok());
                arguments.rows.push(rows.expect("expected a number after --rows"));
                continue;
            }
            if word == "--instances" {
                let instances = words.next().and_then(|instances| instances.parse().ok());
                arguments.instances = instances.expect("expected a number after --instances");
                continue;
            }
            let section = Section::ALL.into_iter().find(|section| section.name() == word);
            let known = Section::ALL.map(Section::name).join(", ");
            let section = section.unwrap_or_else(|| panic!("expected one of {known}, got {word}"));
            arguments.sections.push(section);
        }
        if arguments.sections.is_empty() {
            arguments.sections = Section::ALL.to_vec();
        }
        arguments
    }
}
