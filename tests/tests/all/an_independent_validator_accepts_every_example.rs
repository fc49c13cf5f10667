//! The schema of each contract, its example, and what is wrong with changed examples, judged by
//! Python's `jsonschema`.

use std::fs;

use anyhow::Context as _;
use headcount_tests::{Peer, headcount, run};
use serde_json::{Value, json};

const CONTRACTS: [&str; 8] = [
    "openfn/1",
    "openfn/2",
    "openfn/3",
    "openwisp/1",
    "flowforge/0.2",
    "flowfuse/1.5",
    "flowfuse/2.15",
    "manyfold/0.90",
];

/// Standard output of `headcount contract ARGUMENTS`.
fn contract(arguments: &[&str]) -> anyhow::Result<String> {
    Ok(run(headcount()?.arg("contract").args(arguments))?.success()?.stdout)
}

/// What the validator says of each document.
fn verdicts(schema: &str, documents: &[Value]) -> anyhow::Result<Vec<String>> {
    let folder = tempfile::tempdir()?;
    let (schema_file, documents_file) = (folder.path().join("schema"), folder.path().join("lines"));
    fs::write(&schema_file, schema)?;
    let lines: Vec<String> = documents.iter().map(Value::to_string).collect();
    fs::write(&documents_file, lines.join("\n"))?;
    let mut validator = Peer::JsonSchemaValidator.command()?;
    let said = run(validator.args([schema_file, documents_file]))?.success()?.stdout;
    Ok(said.lines().map(str::to_owned).collect())
}

/// The document with one change in each place where one can be made, and what the change is.
fn changed(document: &Value) -> anyhow::Result<Vec<(String, Value)>> {
    let mut pointers = Vec::new();
    collect_pointers(document, String::new(), &mut pointers);
    let mut all = Vec::new();
    for pointer in pointers {
        let mut copy = document.clone();
        let place = copy.pointer_mut(&pointer).context("the pointer is of this document")?;
        let change = match place {
            Value::Object(map) => {
                map.insert("unlisted".to_owned(), json!(1));
                "a key that the contract does not list"
            }
            Value::Array(_) => {
                *place = json!({});
                "an object for a list"
            }
            Value::String(_) | Value::Null => {
                *place = json!(7);
                "a number for a text"
            }
            Value::Number(_) => {
                *place = json!("seven");
                "a text for a number"
            }
            Value::Bool(_) => {
                *place = json!("yes");
                "a text for a boolean"
            }
        };
        all.push((format!("{change} at {pointer:?}"), copy));
    }
    let keys = document.as_object().context("a report is an object")?.keys();
    for key in keys {
        let mut copy = document.clone();
        copy.as_object_mut().context("a report is an object")?.remove(key);
        all.push((format!("no {key:?}"), copy));
    }
    Ok(all)
}

fn collect_pointers(value: &Value, pointer: String, into: &mut Vec<String>) {
    match value {
        Value::Object(map) => {
            for (key, value) in map {
                collect_pointers(value, format!("{pointer}/{key}"), into);
            }
        }
        Value::Array(list) => {
            for (index, value) in list.iter().enumerate() {
                collect_pointers(value, format!("{pointer}/{index}"), into);
            }
        }
        _ => {}
    }
    into.push(pointer);
}

#[test]
fn every_example_is_valid() -> anyhow::Result<()> {
    for name in CONTRACTS {
        let schema = contract(&["schema", name])?;
        let example: Value = serde_json::from_str(&contract(&["example", name])?)?;
        assert_eq!(verdicts(&schema, &[example])?, ["valid"], "{name}");
    }
    Ok(())
}

#[test]
fn no_changed_example_is_valid() -> anyhow::Result<()> {
    for name in CONTRACTS {
        let schema = contract(&["schema", name])?;
        let example: Value = serde_json::from_str(&contract(&["example", name])?)?;
        let (changes, documents): (Vec<_>, Vec<_>) = changed(&example)?.into_iter().unzip();
        let verdicts = verdicts(&schema, &documents)?;
        assert_eq!(verdicts.len(), documents.len(), "{name}");
        let missed: Vec<_> =
            changes.iter().zip(verdicts).filter(|(_, verdict)| verdict == "valid").collect();
        assert!(missed.is_empty(), "{name}: the schema accepts {missed:#?}");
    }
    Ok(())
}
