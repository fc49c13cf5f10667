//! A Collector starts with each configuration that `headcount contract collector` prints, laid over an operator's own,
//! and does not start where something is missing that would let reports get lost.

use headcount_contract::Library;
use headcount_tests::{Capture, Collecting};

use crate::forwarding::{beside, printed, shipped};

#[test]
fn of_every_contract_to_either_end() -> anyhow::Result<()> {
    let backend = Capture::start()?;
    for label in Library::built_in().labels() {
        for target in [["--receiver", "https://usage.example.org"], ["--relay", "127.0.0.1:4327"]] {
            let kept = ["--storage", "queue", "--extensions", "health_check"];
            let ours = printed(&[&[label.as_str()], &target[..], &kept[..]].concat())?;
            beside("operator.yaml", &backend, &ours)?.start()?;
        }
    }
    Ok(())
}

#[test]
fn pasted_into_the_operators_own() -> anyhow::Result<()> {
    let own = shipped("operator.yaml")?;
    let ours = printed(&["openfn/2", "--relay", "127.0.0.1:4327", "--storage", "queue"])?;
    let mut pasted = own.clone();
    for section in ["extensions", "processors", "exporters", "service"] {
        let (_, behind) = ours.split_once(&format!("\n{section}:\n")).expect("it has the section");
        let section_of_ours = behind.split("\n\n").next().expect("the section");
        let (heading, added) = match section {
            // The extension is added to the list, as the comment in the output says, and the pipeline to the others.
            "service" => {
                let (_, pipeline) = section_of_ours.split_once("  pipelines:\n").expect("one");
                pasted = pasted
                    .replace("[health_check]", "[health_check, file_storage/headcount-openfn]");
                ("  pipelines:\n".to_owned(), pipeline)
            }
            _ => (format!("\n{section}:\n"), section_of_ours),
        };
        let at = format!("\n{pasted}").find(&heading).expect("the operator's has it");
        pasted.insert_str(at + heading.len() - 1, &format!("{}\n", added.trim_end()));
    }
    let backend = Capture::start()?;
    beside("operator.yaml", &backend, &pasted)?.start()?;
    Ok(())
}

#[test]
fn not_without_the_extension_that_keeps_what_waits() -> anyhow::Result<()> {
    let backend = Capture::start()?;
    let ours = printed(&["openfn/2", "--relay", "127.0.0.1:4327", "--storage", "queue"])?;
    let ended = beside("operator.yaml", &backend, &ours)?.refused()?;
    assert!(ended.stderr.contains("no storage client extension found"), "{}", ended.stderr);
    Ok(())
}

#[test]
fn not_alone_since_it_has_no_receiver() -> anyhow::Result<()> {
    let ended = Collecting::by(&printed(&["openfn/2", "--relay", "127.0.0.1:4327"])?).refused()?;
    assert!(ended.stderr.contains("no receiver configuration"), "{}", ended.stderr);
    Ok(())
}
