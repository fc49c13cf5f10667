//! axe-core, which knows what keeps people from using a page: the rules of WCAG 2.2 AA and good practice.

use std::fs;

use anyhow::Context as _;
use serde_json::{Value, json};

use super::Browser;
use crate::peer::folder;

const SCRIPT: &str = "node/node_modules/axe-core/axe.min.js";

/// Runs all of its rules, and gives those that are broken: which, and where.
const RUN: &str = "axe.run(document, { resultTypes: ['violations'] }).then(found => found.violations.flatMap(
    rule => rule.nodes.map(node => `${rule.id}: ${node.target.join(' ')}: ${node.failureSummary}`)))";

impl Browser {
    /// What axe-core finds wrong with the page that is open. The page's own scripts stay off while it loads; axe's need them
    /// on.
    pub fn violations(&mut self) -> anyhow::Result<Vec<String>> {
        let script = folder().join(SCRIPT);
        let axe = fs::read_to_string(&script)
            .with_context(|| format!("expected {}: run ./test once", script.display()))?;
        self.scripts(true)?;
        self.evaluate(&format!("{axe};0"))?;
        let parameters = json!({ "expression": RUN, "returnByValue": true, "awaitPromise": true });
        let answer = self.protocol.command("Runtime.evaluate", &parameters);
        self.scripts(false)?;
        let found = answer?["result"]["value"].take();
        let found = found.as_array().context("axe-core gives a list")?.clone();
        Ok(found.iter().filter_map(Value::as_str).map(ToOwned::to_owned).collect())
    }

    fn scripts(&mut self, on: bool) -> anyhow::Result<()> {
        let parameters = json!({ "value": !on });
        self.protocol.command("Emulation.setScriptExecutionDisabled", &parameters)?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::Browser;

    #[test]
    fn axe_finds_what_is_wrong() -> anyhow::Result<()> {
        let folder = tempfile::tempdir()?;
        let page = folder.path().join("page.html");
        fs::write(
            &page,
            "<!DOCTYPE html><title>A page</title><img src=x><main><h1>It</h1></main>",
        )?;
        let mut browser = Browser::start()?;
        browser.open(&format!("file://{}", page.display()))?;
        let found = browser.violations()?;
        for rule in ["image-alt", "html-has-lang"] {
            assert!(found.iter().any(|one| one.starts_with(rule)), "{rule} in {found:#?}");
        }
        Ok(())
    }
}
