//! What an application says about itself in its notice.

use std::collections::BTreeMap;
use std::path::{self, Path};

use headcount_contract::NoticeFacts;

/// [`NoticeFacts`] that own their texts, less the destination, which is the exporter's own.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Facts(BTreeMap<String, String>);

impl From<NoticeFacts<'_>> for Facts {
    fn from(facts: NoticeFacts<'_>) -> Self {
        let texts = [
            ("instance", facts.instance),
            ("configuration", facts.configuration),
            ("application", facts.application),
            ("preview", facts.preview),
            ("documentation", facts.documentation),
            ("operator", facts.operator),
        ];
        let told = texts.into_iter().filter_map(|(key, text)| Some((key, text?)));
        Self(told.map(|(key, text)| (key.to_owned(), text.to_owned())).collect())
    }
}

impl From<BTreeMap<String, String>> for Facts {
    fn from(texts: BTreeMap<String, String>) -> Self {
        Self(texts)
    }
}

impl Facts {
    /// With these, where nothing else is said.
    pub(crate) fn or(mut self, others: BTreeMap<String, String>) -> Self {
        for (key, text) in others {
            self.0.entry(key).or_insert(text);
        }
        self
    }

    /// With what the exporter knows itself, where the application says nothing.
    pub(crate) fn completed(mut self, configuration: Option<&Path>, directory: &Path) -> Self {
        if let Some(path) = configuration {
            let switch = || format!("telemetry.enabled in {}", path.display());
            self.0.entry("configuration".to_owned()).or_insert_with(switch);
        }
        let directory = absolute(directory).unwrap_or_else(|| directory.display().to_string());
        let command = || format!("headcount operator … {}", quoted(&directory));
        self.0.entry("operator".to_owned()).or_insert_with(command);
        self
    }

    /// The texts by their names, to be kept.
    pub(crate) fn texts(&self) -> &BTreeMap<String, String> {
        &self.0
    }

    /// The facts of a notice.
    pub(crate) fn with<'a>(&'a self, destination: &'a str) -> NoticeFacts<'a> {
        let fact = |key: &str| self.0.get(key).map(String::as_str);
        NoticeFacts {
            destination,
            instance: fact("instance"),
            configuration: fact("configuration"),
            application: fact("application"),
            preview: fact("preview"),
            documentation: fact("documentation"),
            operator: fact("operator"),
        }
    }
}

/// A word for a shell, in quotes where it needs them.
fn quoted(word: &str) -> String {
    let plain = |c: char| c.is_alphanumeric() || "/._-+:@%".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        return word.to_owned();
    }
    format!("'{}'", word.replace('\'', r"'\''"))
}

/// A path from wherever it is read; `None` where it is not Unicode.
pub(crate) fn absolute(path: &Path) -> Option<String> {
    let absolute = path::absolute(path).unwrap_or_else(|_| path.to_owned());
    absolute.into_os_string().into_string().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_can_be_run_as_it_stands() {
        let told = |directory: &str| {
            let facts = Facts::default().completed(None, Path::new(directory));
            facts.texts()["operator"].clone()
        };
        assert_eq!(told("/var/lib/shop/usage"), "headcount operator … /var/lib/shop/usage");
        assert_eq!(told("/var/lib/my shop"), "headcount operator … '/var/lib/my shop'");
        assert_eq!(told("/a'b"), r"headcount operator … '/a'\''b'");
        assert!(told("usage").ends_with("/usage") && !told("usage").contains("… usage"));
    }
}
