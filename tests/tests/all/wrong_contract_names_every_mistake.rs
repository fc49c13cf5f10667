//! A wrong contract: all its mistakes at once, each with file, line and column, and nothing starts.

use std::fs;
use std::path::Path;
use std::process::Command;

use headcount_tests::{Finished, headcount, run};

/// The exit code for a bad configuration or contract, after BSD's `EX_USAGE`.
const BAD_CONTRACT: i32 = 64;

const ORCHARD: &str = r#"contract: orchard
version: "1"
brief: How an orchard is used.
identity: stable
colour: red
consent:
  default: perhaps
schedule:
  covers: now
  daily: random
report:
  id: { $id: service.instance.id, hash: sha256 }
  host: { $id: host.name, hash: sha256 }
  trees: { $gauge: orchard.trees, unit: "{tree}" }
  again: { $gauge: orchard.trees, brief: Trees again }
"#;

/// Where the mistakes in `ORCHARD` stand, and what each is about.
const MISTAKES: [(&str, &str); 5] = [
    ("5:1", "`colour`"),
    ("7:12", "`perhaps`"),
    ("13:9", "`host.name`"),
    ("14:10", "`brief`"),
    ("15:10", "`orchard.trees` again"),
];

fn in_folder_with(
    files: &[(&str, &str)],
    arguments: impl FnOnce(&mut Command),
) -> anyhow::Result<Finished> {
    let folder = tempfile::tempdir()?;
    for (name, content) in files {
        fs::write(folder.path().join(name), content)?;
    }
    let mut command = headcount()?;
    command.current_dir(folder.path());
    arguments(&mut command);
    let finished = run(&mut command)?;
    let mut left = fs::read_dir(folder.path())?.collect::<Result<Vec<_>, _>>()?;
    left.retain(|entry| files.iter().all(|(name, _)| Path::new(name) != entry.file_name()));
    assert!(left.is_empty(), "it wrote {left:?}");
    Ok(finished)
}

fn assert_names_every_mistake(finished: &Finished, file: &str) {
    let said = format!("{}{}", finished.stdout, finished.stderr);
    for (place, about) in MISTAKES {
        let place = format!("{file}:{place}: ");
        let line = said.lines().find(|line| line.contains(&place));
        let line = line.unwrap_or_else(|| panic!("nothing at {place} in {said}"));
        assert!(line.contains(about), "expected {about} in {line}");
    }
    let places = said.lines().filter(|line| line.contains(&format!("{file}:"))).count();
    assert_eq!(places, MISTAKES.len(), "more mistakes than there are: {said}");
}

#[test]
fn when_it_is_checked() -> anyhow::Result<()> {
    let finished = in_folder_with(&[("orchard.yaml", ORCHARD)], |command| {
        command.args(["contract", "check", "orchard.yaml"]);
    })?;
    assert_eq!(finished.code()?, BAD_CONTRACT, "{}", finished.stderr);
    assert_names_every_mistake(&finished, "orchard.yaml");
    Ok(())
}

#[test]
fn of_each_file_that_is_checked() -> anyhow::Result<()> {
    let right = ORCHARD.lines().filter(|line| {
        !["colour", "  default", "  host", "  trees"].iter().any(|wrong| line.starts_with(wrong))
    });
    let right =
        right.collect::<Vec<_>>().join("\n").replace("consent:", "consent: { default: opt_in }");
    let files = [("one.yaml", ORCHARD), ("right.yaml", right.as_str()), ("two.yaml", ORCHARD)];
    let finished = in_folder_with(&files, |command| {
        command.args(["contract", "check", "one.yaml", "right.yaml", "two.yaml"]);
    })?;
    assert_eq!(finished.code()?, BAD_CONTRACT, "{}", finished.stderr);
    assert_names_every_mistake(&finished, "one.yaml");
    assert_names_every_mistake(&finished, "two.yaml");

    let finished = in_folder_with(&files, |command| {
        command.args(["contract", "check", "right.yaml"]);
    })?;
    assert_eq!(finished.code()?, 0, "{}", finished.stderr);
    Ok(())
}

#[test]
fn when_a_receiver_is_to_serve_it_and_nothing_starts() -> anyhow::Result<()> {
    let finished = in_folder_with(&[("orchard.yaml", ORCHARD)], |command| {
        command.args(["serve", "--listen", "127.0.0.1:0", "--store", "sqlite:reports.sqlite"]);
        command.args(["--contract", "orchard.yaml"]);
    })?;
    assert_eq!(finished.code()?, BAD_CONTRACT, "{}", finished.stderr);
    assert_names_every_mistake(&finished, "orchard.yaml");
    assert!(!finished.stderr.contains("listening"), "{}", finished.stderr);
    Ok(())
}

#[test]
fn a_file_that_is_not_there_is_named() -> anyhow::Result<()> {
    let finished = in_folder_with(&[], |command| {
        command.args(["contract", "check", "missing.yaml"]);
    })?;
    assert_ne!(finished.code()?, 0);
    assert!(finished.stderr.contains("missing.yaml"), "{}", finished.stderr);
    Ok(())
}
