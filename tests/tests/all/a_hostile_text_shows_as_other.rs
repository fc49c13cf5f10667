//! What a hostile sender writes shows nowhere: not on a page, in a table, a metric, a badge or a terminal. It is counted as
//! other, however many instances send it.

use std::collections::BTreeMap;

use anyhow::ensure;
use headcount_contract::Library;
use headcount_tests::{Browser, headcount, run};
use serde_json::Value as Json;

use crate::nobody_is_given_away_by_figures::attacker::Values;
use crate::nobody_is_given_away_by_figures::makers::Makers;
use crate::nobody_is_given_away_by_figures::surfaces::Surfaces;
use crate::nobody_is_given_away_by_figures::world::contracts::contract;
use crate::nobody_is_given_away_by_figures::world::{Report, Shape, day};

/// Stands in every hostile text, so that it is found in whatever way it is written.
const MARK: &str = "zqx7";

/// More than a group needs to be shown.
const SENDERS: u32 = 4;

/// Texts that do harm somewhere, all of which a leaf without a pattern lets pass.
fn hostile() -> Vec<String> {
    let texts = [
        "<script>alert('zqx7')</script>",
        "\"><img src=x onerror=alert('zqx7')>",
        "<svg onload=alert('zqx7')>",
        "</text></svg><script>zqx7</script>",
        "javascript:zqx7;alert(1)",
        "\"} 1 zqx7{evil=\"1",
        "zqx7\\\" \\n# TYPE evil gauge",
        "=cmd|' /C zqx7'!A0",
        "+zqx7+1",
        "-zqx7+1",
        "@zqx7",
        "zqx7,\"a\",b;c",
        "zqx7 `${7*7}` {{7*7}} %s",
        "zqx7é",
        "zqx7\u{fe0e}",
        "ѕtable zqx7",
        "ｓtable zqx7",
        " zqx7",
        ".zqx7",
        "zqx7&amp;#x3c;",
    ];
    let long = format!("zqx7{}", "a".repeat(61));
    texts.map(str::to_owned).into_iter().chain([long]).collect()
}

/// Texts that no leaf lets pass: they are refused before they are kept.
const REFUSED: [&str; 6] =
    ["zqx7\u{1b}[31m", "zqx7\u{202e}", "zqx7\u{0}", "zqx7\na", "zqx7\u{2066}", "zqx7\r"];

#[test]
fn on_every_surface() -> anyhow::Result<()> {
    let mut makers = Makers::new()?;
    let contract = contract(0, Shape::Sums, 2);
    let mut library = Library::empty();
    library.add(contract.clone())?;
    makers.begin(day(0), library.clone(), None)?;
    let mut instance = 0;
    let mut say = |text: &str| -> anyhow::Result<bool> {
        let mut taken = true;
        for _ in 0..SENDERS {
            instance += 1;
            let texts = [("build", text.to_owned()), ("system", "linux".to_owned())];
            let values =
                Values { texts: texts.into(), numbers: [("users", 3), ("jobs", 5)].into() };
            let report = Report { instance, day: day(0), version: 0, values };
            taken &= makers.takes(&contract, &report)?;
        }
        Ok(taken)
    };
    for text in ["stable", "other", "missing"] {
        ensure!(say(text)?, "{text} is refused");
    }
    let hostile = hostile();
    for text in &hostile {
        ensure!(say(text)?, "{text} is refused, and so shows nothing here");
    }
    for text in REFUSED {
        ensure!(!say(text)?, "{text:?} is taken");
    }
    makers.end()?;

    makers.begin(day(2), library, Some(day(0)))?;
    let surfaces = Surfaces::fetch(&makers)?;
    for (path, text) in surfaces.texts() {
        for sign in [MARK, "ѕ", "ｓ", "alert(", "evil", "javascript:"] {
            ensure!(!text.contains(sign), "{path} shows {sign:?}");
        }
    }
    let stats = surfaces.json("/colony/stats")?;
    counted_as_other(&stats, hostile.len())?;
    in_a_terminal(&makers, &stats)?;
    in_a_browser(&makers)?;
    makers.end()
}

/// All of them are one group, and a sender who calls itself other is another.
fn counted_as_other(stats: &Json, hostile: usize) -> anyhow::Result<()> {
    let groups = stats["figures"]["builds"]["groups"].as_array().into_iter().flatten();
    let told: BTreeMap<_, _> = groups
        .map(|group| {
            ((group["kind"].as_str(), group["name"].as_str()), group["instances"].as_u64())
        })
        .collect();
    let senders = u64::from(SENDERS);
    for name in ["stable", "other", "missing"] {
        ensure!(told.get(&(Some("value"), Some(name))) == Some(&Some(senders)), "{told:?}");
    }
    let other = told.get(&(Some("other"), None)).copied().flatten();
    ensure!(other == Some(senders * hostile as u64), "{told:?}");
    Ok(())
}

fn in_a_terminal(makers: &Makers, stats: &Json) -> anyhow::Result<()> {
    for options in [&[][..], &["--definitions"], &["--json"]] {
        let mut command = headcount()?;
        command.args(["stats", "colony", "--from", &makers.url()?]).args(options);
        let said = run(&mut command)?.success()?;
        ensure!(said.stdout.contains("stable"), "{}", said.stdout);
        if options.contains(&"--json") {
            ensure!(serde_json::from_str::<Json>(&said.stdout)? == *stats, "{}", said.stdout);
        }
        let text = said.stdout + &said.stderr;
        let control = |c: char| c.is_control() && c != '\n';
        ensure!(!text.contains(MARK) && !text.contains(control), "{text:?}");
    }
    Ok(())
}

/// Nobody complains, nothing runs, and nothing is asked for elsewhere.
fn in_a_browser(makers: &Makers) -> anyhow::Result<()> {
    let (mut browser, url) = (Browser::start()?, makers.url()?);
    for path in ["/", "/colony/", "/colony/contract", "/colony/contract/changes"] {
        browser.open(&format!("{url}{path}"))?;
        let scripts = "document.querySelectorAll('script, [onload], [onerror]').length";
        ensure!(browser.evaluate(scripts)? == 0, "{path} has a script");
    }
    ensure!(browser.complaints().is_empty(), "{:?}", browser.complaints());
    let elsewhere = browser.requests().into_iter().find(|asked| !asked.starts_with(&url));
    ensure!(elsewhere.is_none(), "{elsewhere:?}");
    Ok(())
}
