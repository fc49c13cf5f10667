//! Texts that would do harm where they were taken for anything but text, in both forms.

use std::fs;

use headcount_contract::misleading;
use headcount_publish::sample::{HOSTILE, hostile};
use headcount_publish::{Brand, Site};
use headcount_tests::Prometheus;

use crate::served::serve;

/// A text as it is told: what a terminal would not show as it is has been replaced.
fn plain(text: &str) -> String {
    let plain = |c: char| if c != '\n' && misleading(c) { char::REPLACEMENT_CHARACTER } else { c };
    text.chars().map(plain).collect()
}

#[test]
fn hostile_texts_are_values_of_labels_in_both_forms() -> anyhow::Result<()> {
    let site = Site::build(&[hostile()], &Brand::default(), None);
    let served = site.get("/harbour/metrics").expect("it is served");
    let paths = (0..).map(|form| format!("/{form}"));
    let address = serve(paths.zip(served.representations.to_vec()).collect())?;
    let folder = tempfile::tempdir()?;
    let file = folder.path().join("prometheus.yml");
    let jobs = ["0", "1"].map(|form| {
        format!(
            "  - job_name: form-{form}\n    metrics_path: /{form}\n    scrape_interval: 1s\n    \
             static_configs: [{{ targets: [\"{address}\"] }}]\n"
        )
    });
    fs::write(&file, format!("scrape_configs:\n{}", jobs.concat()))?;
    let prometheus = Prometheus::start(&file)?;
    for form in ["form-0", "form-1"] {
        let versions = format!("harbour_versions{{job=\"{form}\"}}");
        // Those of the texts, and those of too few instances and of none.
        let came = prometheus.wait(&versions, |came| came.len() == HOSTILE.len() + 2)?;
        for text in HOSTILE.map(plain) {
            let is_there =
                came.iter().any(|series| series.labels["service_version"] == text.as_str());
            assert!(is_there, "{form}: {text:?} in {came:?}");
        }
        let evil = prometheus.query(&format!("evil{{job=\"{form}\"}}"))?;
        assert!(evil.is_empty(), "{evil:?}");
    }
    Ok(())
}
