//! A Collector starts with each configuration that `headcount contract collector` prints, laid over an operator's own,
//! and does not start where something is missing that would let reports get lost.

use std::fs;

use anyhow::Context as _;
use headcount_contract::Library;
use headcount_tests::{Capture, Collecting, Encoding, Report, Way, post};
use opentelemetry_proto::tonic::collector::metrics::v1::ExportMetricsServiceRequest;
use prost::Message as _;

use crate::expected::yesterday;
use crate::forwarding::{beside, plain, printed, shipped};

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

/// Names are whatever a contract says; the Collector has to read them as they are.
const SHOP: &str = r#"
contract: shop
version: "1"
brief: A shop.
identity: none
consent: { default: opt_in }
report:
  plan: { $attribute: "shop.\"${env:HOME}\\ \u00e9", brief: The plan }
  open: { $gauge: "shop.$$\n\" == metric.name or \"", brief: Whether it is open }
"#;

#[test]
fn of_a_contract_with_any_names() -> anyhow::Result<()> {
    let [backend, ours] = [Capture::start()?, Capture::start()?];
    let folder = tempfile::tempdir()?;
    let file = folder.path().join("shop.yaml");
    fs::write(&file, SHOP)?;
    let file = file.to_str().context("a path in UTF-8")?;
    let configuration = printed(&[file, "--receiver", &ours.endpoint()])?;
    let mut collector = beside("operator.yaml", &backend, &configuration)?.start()?;
    let mut report = Report::read("manyfold-0.90", yesterday())?;
    let plan = ("shop.\"${env:HOME}\\ \u{e9}".to_owned(), "paid".to_owned());
    report.resource = vec![("service.name".to_owned(), "shop".to_owned()), plan];
    "shop.$$\n\" == metric.name or \"".clone_into(&mut report.gauges[0].name);
    let mut other = report.gauges[0].clone();
    other.name.push('x');
    report.gauges.push(other);
    post(collector.http(), &report.protobuf(), Way::Protobuf, Encoding::Identity)?.success()?;
    collector.stop()?;
    report.gauges.pop();
    let [captured] = &ours.requests()[..] else { anyhow::bail!("expected one request") };
    let arrived = ExportMetricsServiceRequest::decode(plain(captured)?.as_slice())?;
    let arrived = &arrived.resource_metrics[0];
    let resource = arrived.resource.as_ref().context("a resource")?;
    let keys: Vec<_> = resource.attributes.iter().map(|attribute| &attribute.key).collect();
    assert_eq!(keys, report.resource.iter().map(|(key, _)| key).collect::<Vec<_>>());
    let names: Vec<_> = arrived.scope_metrics[0].metrics.iter().map(|it| &it.name).collect();
    assert_eq!(names, [&report.gauges[0].name]);
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
