//! The contracts of the worlds.

use headcount_contract::Contract;

/// What is published.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shape {
    /// Counts of one window.
    Flat,
    /// All measures, of a week; counts of several windows; months.
    Rich,
    /// Sums and medians of a day, with groups.
    Sums,
    /// Counts of many windows.
    Windows,
    /// Several windows, bounds and cuts of one leaf, as far as a contract may.
    Overlapping,
}

/// What becomes of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Change {
    MinCount(u32),
    To(Shape),
}

const FLAT: &str = "
    instances: { count: instances, window: 7d }
    versions: { count: instances, by: version, window: 7d, order: version }
    systems: { count: instances, by: system, window: 7d }";

const RICH: &str = "
    instances_1d: { count: instances, window: 1d }
    instances: { count: instances, window: 7d }
    instances_28d: { count: instances, window: 28d }
    instances_30d: { count: instances, window: 30d, round: 10 }
    versions: { count: instances, by: version, window: 7d, order: version }
    systems: { count: instances, by: system, window: 7d }
    users: { sum: users, window: 7d }
    users_by_version: { sum: users, by: version, window: 7d }
    users_by_system: { sum: users, by: system, window: 7d }
    users_median: { median: users, window: 7d }
    users_sizes: { distribution: users, buckets: [0, 10, 100], window: 7d }
    retention: { retention: instances }
    reporting_days: { reporting_days: instances }";

const SUMS: &str = "
    instances: { count: instances }
    builds: { count: instances, by: build }
    users: { sum: users }
    users_by_build: { sum: users, by: build }
    users_by_system: { median: users, by: system }
    jobs: { sum: jobs, round: 100 }
    jobs_by_system: { sum: jobs, by: system }
    jobs_sizes: { distribution: jobs, buckets: [1, 10, 1000] }";

const WINDOWS: &str = "
    instances_1d: { count: instances }
    instances_2d: { count: instances, window: 2d }
    instances_6d: { count: instances, window: 6d }
    instances: { count: instances, window: 7d }
    instances_28d: { count: instances, window: 28d }
    instances_31d: { count: instances, window: 31d }
    releases: { count: instances, by: version, cut_at: \".\", window: 7d }
    systems: { count: instances, by: system, window: 1d }
    retention: { retention: instances }";

/// What a contract may not publish where small groups are hidden.
const OVERLAPPING: &str = "
    instances: { count: instances }
    versions_1d: { count: instances, by: version }
    versions_7d: { count: instances, by: version, window: 7d }
    releases: { count: instances, by: version, cut_at: \".\", window: 7d }
    users_1d: { sum: users }
    users_7d: { sum: users, window: 7d }
    users_sizes: { distribution: users, buckets: [0, 10, 100], window: 7d }
    users_steps: { distribution: users, buckets: [0, 5, 50], window: 7d }";

/// A contract of this version and shape.
pub(crate) fn contract(version: usize, shape: Shape, min_count: u32) -> Contract {
    let figures = match shape {
        Shape::Flat => FLAT,
        Shape::Rich => RICH,
        Shape::Sums => SUMS,
        Shape::Windows => WINDOWS,
        Shape::Overlapping => OVERLAPPING,
    };
    let text = format!(
        r#"contract: colony
version: "{}"
brief: How a colony lives.
identity: stable
consent: {{ default: opt_in }}
report:
  id: {{ $id: service.instance.id, hash: none }}
  version: {{ $attribute: service.version, brief: The release, optional: omit }}
  system: {{ $attribute: os.type, optional: omit }}
  build: {{ $attribute: colony.build, brief: The build, optional: omit }}
  users: {{ $gauge: colony.users, unit: "{{user}}", brief: Users, optional: omit }}
  jobs: {{ $gauge: colony.jobs, unit: "{{job}}", brief: Jobs, optional: omit }}
publish:
  min_count: {min_count}
  figures:{figures}
"#,
        version + 1
    );
    Contract::parse("colony.yaml", &text).unwrap_or_else(|mistakes| panic!("{mistakes}"))
}
