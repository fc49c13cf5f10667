//! A value for a setting, and where it was given.

use headcount_receiver::settings::Given;

/// A value that somebody gave for a setting.
#[derive(Clone, Debug)]
pub(crate) struct Assignment {
    pub(super) path: Vec<String>,
    pub(super) given: Given,
    /// The place of a file, the name of a variable, or a flag.
    pub(super) origin: String,
    /// The same for each item of a list, where they are known.
    pub(super) items: Vec<String>,
}

impl Assignment {
    /// One text, by a flag.
    pub(crate) fn text(flag: &str, path: &[&str], text: impl Into<String>) -> Self {
        Self::new(flag, path, Given::Text(text.into()))
    }

    /// Several texts, by a flag that may be given several times.
    pub(crate) fn texts(flag: &str, path: &[&str], texts: impl Iterator<Item = String>) -> Self {
        Self::new(flag, path, Given::List(texts.map(Given::Text).collect()))
    }

    /// `connections.total=100`, as `--set` takes it.
    pub(crate) fn named(name: &str, text: &str) -> Self {
        let path: Vec<_> = name.split('.').collect();
        Self::text(&format!("--set {name}"), &path, text)
    }

    pub(super) fn new(origin: &str, path: &[&str], given: Given) -> Self {
        let path = path.iter().map(|&name| name.to_owned()).collect();
        Self { path, given, origin: origin.to_owned(), items: Vec::new() }
    }

    pub(super) fn path(&self) -> Vec<&str> {
        self.path.iter().map(String::as_str).collect()
    }

    pub(super) fn name(&self) -> String {
        self.path.join(".")
    }

    /// What of it is wrong, with its place: the items of a list that are, or all of it.
    pub(super) fn wrong(&self, mut is_wrong: impl FnMut(&Given) -> bool) -> Vec<(&str, &Given)> {
        let whole = vec![(self.origin.as_str(), &self.given)];
        let Given::List(items) = &self.given else { return whole };
        let places = self.items.iter().map(String::as_str);
        let places = places.chain(std::iter::repeat(self.origin.as_str()));
        let wrong: Vec<_> = places
            .zip(items)
            .filter(|(_, item)| is_wrong(&Given::List(vec![(*item).clone()])))
            .collect();
        if wrong.is_empty() { whole } else { wrong }
    }
}

/// A value as somebody wrote it.
pub(super) fn shown(given: &Given) -> String {
    match given {
        // Where others put a password, or a key.
        Given::Text(text) if text.contains("://") && text.contains(['@', '?']) => {
            "a URL with more than a host and a path".to_owned()
        }
        Given::Text(text) => format!("`{text}`"),
        Given::Integer(integer) => format!("`{integer}`"),
        Given::Boolean(boolean) => format!("`{boolean}`"),
        Given::List(_) => "a list".to_owned(),
    }
}
