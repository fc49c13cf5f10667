//! Reads a contract file: every mistake at once, each with its place.

mod environment;
mod example;
mod fields;
mod intake;
mod leaf;
mod promises;
mod publish;
mod rules;
mod settings;
mod tree;

use fields::Fields;

use crate::digest::Digest;
use crate::mistake::{Findings, Mistakes, Position};
use crate::model::{
    Consent, ConsentDefault, Contract, Identity, Level, OnWithdrawal, Publish, StatsShape,
    Structure,
};
use crate::plan::Plan;
use crate::yaml::{self, Node, Value};

/// Bytes of a contract file; the largest known one has a twentieth of it.
const MAX_BYTES: usize = 256 * 1024;

/// Where schemas live while a contract names no `schema_url` of its own. Nothing is fetched from there.
const SCHEMA_BASE: &str = "https://schemas.headcount.example";

impl Contract {
    /// Reads a contract from YAML. `file` is the name that mistakes are reported under.
    ///
    /// ```
    /// use headcount_contract::Contract;
    ///
    /// let error = Contract::parse("shop.yaml", "contract: shop\n").expect_err("unfinished");
    /// assert!(error.to_string().starts_with("shop.yaml:1:1: expected `brief`"));
    /// ```
    pub fn parse(file: &str, yaml: &str) -> Result<Self, Mistakes> {
        let mut findings = Findings::default();
        if yaml.len() > MAX_BYTES {
            let at = Position { line: 1, column: 1 };
            findings.mistake(at, format!("expected at most {MAX_BYTES} bytes, got {}", yaml.len()));
            return Err(Mistakes::new(file, findings.mistakes));
        }
        let contract =
            yaml::read(yaml, &mut findings).and_then(|root| contract(&root, &mut findings));
        match contract {
            Some(mut contract) if findings.mistakes.is_empty() => {
                contract.warnings = findings.warnings;
                contract.source = yaml.into();
                Ok(contract)
            }
            _ => Err(Mistakes::new(file, findings.mistakes)),
        }
    }
}

fn contract(root: &Node, findings: &mut Findings) -> Option<Contract> {
    let mut fields = Fields::open(root, "a contract", findings)?;
    let name = named(fields.need("contract", findings), "contract", b"-_", findings);
    let version = named(fields.need("version", findings), "version", b".-", findings);
    let brief = fields.need_text("brief", findings);
    let note = fields.text("note", findings);
    let schema_url = fields.take("schema_url");
    let identity = fields.need("identity", findings);
    let identity = identity.and_then(|node| settings::identity(node, findings));
    let consent =
        fields.need("consent", findings).and_then(|node| settings::consent(node, findings));
    let schedule = settings::schedule(fields.take("schedule"), consent.as_ref(), findings);
    let report = fields.need("report", findings);
    let report = report.and_then(|node| report_of(node, findings)).unwrap_or_else(no_report);
    let intake = intake::intake(fields.take("receiver"), consent.as_ref(), findings);
    let (name, version) = (name.unwrap_or_default(), version.unwrap_or_default());
    let reports = publish::Reports {
        name: &name,
        report: &report,
        identity,
        kept_days: intake.keep_reports_days,
    };
    let publish = publish::publish(fields.take("publish"), &reports, findings);
    fields.finish(findings);
    promises::rotation(identity, &report, findings);

    let schema_url = schema_url_of(schema_url, &name, &version, findings);
    let plan = Plan::new(&report, identity, root.at, findings);
    if consent.as_ref().is_some_and(|consent| consent.announce) {
        promises::announcement(&plan, findings);
    }
    Some(Contract {
        brief: brief.unwrap_or_default(),
        note,
        schema_url,
        identity: identity.unwrap_or(Identity::None),
        consent: consent.unwrap_or_else(nobody_asked),
        schedule,
        report,
        intake,
        publish,
        digest: Digest::of(root),
        source: "".into(),
        warnings: Vec::new(),
        plan,
        name,
        version,
    })
}

/// Names and versions become parts of URLs, file names and metric names.
fn named(
    node: Option<&Node>,
    key: &str,
    between: &[u8],
    findings: &mut Findings,
) -> Option<String> {
    let node = node?;
    let text = fields::text(node, key, findings)?;
    let word = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit();
    let ends = [text.bytes().next(), text.bytes().last()];
    let fits = text.len() <= 64
        && ends.into_iter().all(|end| end.is_some_and(word))
        && text.bytes().all(|b| word(b) || between.contains(&b));
    if !fits {
        let [first, second] = [0, 1].map(|at| char::from(between[at]));
        findings.mistake(
            node.at,
            format!(
                "expected `{key}` to be lower-case letters and digits, with `{first}` and `{second}` \
                 between them, got `{text}`"
            ),
        );
    }
    Some(text)
}

fn schema_url_of(
    node: Option<&Node>,
    name: &str,
    version: &str,
    findings: &mut Findings,
) -> String {
    let ending = format!("/{name}/{version}");
    let Some(node) = node else {
        return format!("{SCHEMA_BASE}{ending}");
    };
    match node.scalar() {
        Some(url) if url.ends_with(&ending) && url.starts_with("https://") => url.to_owned(),
        _ => {
            findings.mistake(
                node.at,
                format!(
                    "expected `schema_url` to begin with `https://` and end in `{ending}`, got {}",
                    node.what()
                ),
            );
            String::new()
        }
    }
}

fn report_of(node: &Node, findings: &mut Findings) -> Option<Structure> {
    match &node.value {
        Value::Map(entries) => Some(tree::report(node.at, entries, findings)),
        _ => {
            findings.mistake(
                node.at,
                format!("expected `report` to be a mapping, got {}", node.what()),
            );
            None
        }
    }
}

/// Stand-ins while mistakes are collected; a contract with a mistake is never handed out.
fn no_report() -> Structure {
    Structure { members: Vec::new(), when: Vec::new() }
}

fn nobody_asked() -> Consent {
    Consent {
        default: ConsentDefault::OptIn,
        required_when: None,
        environment: None,
        on_withdrawal: OnWithdrawal::KeepId,
        announce: false,
        grace_seconds: 0,
    }
}

/// The level of a leaf or subtree: never below that of what it stands in.
fn level(fields: &mut Fields<'_>, outer: Level, findings: &mut Findings) -> Level {
    let words = Level::ALL.map(|level| (level.as_str(), level));
    let at = fields.at;
    let level = fields.word("level", &words, findings).unwrap_or(outer);
    if level < outer {
        findings.mistake(
            at,
            format!("expected a level of at least `{}`, got `{}`", outer.as_str(), level.as_str()),
        );
    }
    level.max(outer)
}

/// What a contract without a `publish:` section publishes: nothing.
fn nothing_published() -> Publish {
    Publish { min_count: 5, stats: StatsShape::Full, licence: None, figures: Vec::new() }
}
