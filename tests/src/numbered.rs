//! Reports that are told apart by a number: as small as reports come, and read back as one line each.

use anyhow::{Context as _, bail};

use crate::report::Report;

/// The ids end with the number; the rest is one of a random UUID.
const STEM: &str = "fdb45536-cba8-4204-b352-";

/// The `manyfold/0.90` report of the instance with a number. Its contract publishes the id in clear.
#[derive(Clone, Debug)]
pub struct Numbered {
    report: Report,
    line: String,
}

impl Numbered {
    /// Reports of this time, in nanoseconds since the Unix epoch.
    pub fn at(time: u64) -> anyhow::Result<Self> {
        let report = Report::read("manyfold-0.90", time)?;
        let value = |name| {
            let found = report.resource.iter().find(|(key, _)| key == name);
            found.map(|(_, value)| value.as_str()).with_context(|| format!("the report has {name}"))
        };
        let [app, sha, image, arch] = [
            value("service.version")?,
            value("vcs.ref.head.revision")?,
            value("container.image.name")?,
            value("manyfold.platform")?,
        ];
        let line = format!(
            r#""version":{{"app":"{app}","sha":"{sha}","image":"{image}","arch":"{arch}"}}}}"#
        );
        Ok(Self { report, line })
    }

    /// The instance's id.
    pub fn id(number: u64) -> String {
        format!("{STEM}{number:012x}")
    }

    /// An OTLP request with the reports of these numbers. Requests may be put together by their bytes, since
    /// everything in them is repeated.
    pub fn request(&self, numbers: &[u64]) -> Vec<u8> {
        let report = |number: &u64| self.of(*number).protobuf();
        numbers.iter().flat_map(report).collect()
    }

    /// An OTLP request to erase what the instance with this number told.
    pub fn erasure(&self, number: u64) -> Vec<u8> {
        let mut report = self.of(number);
        let reason = ("headcount.report.reason".to_owned(), "erase".to_owned());
        report.resource.retain(|(key, _)| key.starts_with("service."));
        report.resource.retain(|(key, _)| key != "service.version");
        report.resource.push(reason);
        report.protobuf()
    }

    /// The line that `headcount reports` prints for the report of a number.
    pub fn line(&self, number: u64) -> String {
        format!(r#"{{"id":"{}",{}"#, Self::id(number), self.line)
    }

    /// The number of the report in a line that `headcount reports` printed. Anything else than exactly that
    /// report is an error.
    pub fn number(&self, line: &str) -> anyhow::Result<u64> {
        let id = line.split('"').nth(3).unwrap_or_default();
        let digits =
            id.strip_prefix(STEM).with_context(|| format!("expected a report, got {line}"))?;
        let number = u64::from_str_radix(digits, 16)?;
        if self.line(number) != line {
            bail!("expected {}, got {line}", self.line(number));
        }
        Ok(number)
    }

    fn of(&self, number: u64) -> Report {
        let mut report = self.report.clone();
        for (key, value) in &mut report.resource {
            if key == "service.instance.id" {
                *value = Self::id(number);
            }
        }
        report
    }
}
