//! The texts that a leaf's rules name.

use crate::document::Document;
use crate::model::{Leaf, Reason, Source};
use crate::value::{Scalar, Unfit};

/// A text that the rules name: as it travels, and as the report shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Word {
    pub(crate) wire: String,
    pub(crate) shown: String,
}

impl Leaf {
    /// The texts that the rules name and let pass: those of `map`, those of `enum`, and `other`.
    pub(crate) fn words(&self) -> Vec<Word> {
        let rules = &self.rules;
        let mapped = rules.map.iter().map(|(wire, _)| wire);
        let mut words: Vec<Word> = Vec::new();
        for wire in mapped.chain(&rules.allowed).chain(&rules.other) {
            let known = words.iter().any(|word| word.wire == *wire);
            if known || rules.refusal(wire).is_some() {
                continue;
            }
            if let Document::Text(shown) = self.render(&Scalar::from(wire.as_str())) {
                let wire = wire.clone();
                words.push(Word { wire, shown });
            }
        }
        words
    }

    /// The words as the report shows them, each once.
    pub(crate) fn shown_words(&self) -> Vec<String> {
        let mut shown = Vec::new();
        for word in self.words() {
            if !shown.contains(&word.shown) {
                shown.push(word.shown);
            }
        }
        shown
    }

    /// Whether no text passes but those that the rules name, by `enum`, or by `map` with `other`.
    pub(crate) fn is_closed(&self) -> bool {
        let rules = &self.rules;
        !rules.allowed.is_empty() || (rules.pattern.is_none() && rules.other.is_some())
    }

    /// Whether the application may record any text here.
    pub(crate) fn is_open(&self) -> bool {
        matches!(self.source, Source::Attribute(_)) && !self.is_vetted()
    }

    /// Whether the report can show a value here, in exactly this form.
    pub(crate) fn shows(&self, document: &Document) -> Result<(), Unfit> {
        let value = match (&self.source, document) {
            (Source::Id(_), Document::Text(text)) => self.concealed(text).map(Scalar::Text),
            _ => self.read(document),
        }?;
        if self.render(&value) == *document {
            Ok(())
        } else {
            Err(Unfit("expected the form that the report shows".to_owned()))
        }
    }
}

/// The reasons for which a place of the report exists.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Reasons(Vec<Reason>);

impl Reasons {
    /// Those of a place that stands in every report.
    pub(crate) fn of_reports() -> Self {
        Self(Reason::OF_REPORTS.to_vec())
    }

    /// Those of what an erasure carries, too.
    pub(crate) fn all() -> Self {
        Self(Reason::ALL.to_vec())
    }

    /// Those of a place further in; an empty list asks for none in particular.
    pub(crate) fn within(&self, when: &[Reason]) -> Self {
        let told = |reason: &&Reason| when.is_empty() || when.contains(reason);
        Self(self.0.iter().filter(told).copied().collect())
    }

    /// Whether the place exists in a report that is made for this reason.
    pub(crate) fn contains(&self, reason: Reason) -> bool {
        self.0.contains(&reason)
    }

    pub(crate) fn as_slice(&self) -> &[Reason] {
        &self.0
    }

    /// The reasons as a leaf shows them, each once.
    pub(crate) fn shown(&self, leaf: &Leaf) -> Vec<String> {
        let mut shown = Vec::new();
        for reason in &self.0 {
            if let Document::Text(text) = leaf.render(&Scalar::from(reason.as_str()))
                && !shown.contains(&text)
            {
                shown.push(text);
            }
        }
        shown
    }
}

#[cfg(test)]
mod tests {
    use crate::Library;

    #[test]
    fn texts_are_closed_by_a_list_and_vetted_by_a_pattern_too() {
        let library = Library::built_in();
        let contract = library.find("openfn/2").expect("it ships");
        let leaf = |path| contract.leaf(path).expect("a leaf");
        assert!(leaf("instance.operating_system").is_closed());
        assert!(leaf("instance.operating_system").is_vetted());
        assert!(!leaf("instance.version").is_closed());
        // Its texts match a pattern.
        assert!(leaf("instance.version").is_vetted());
    }
}
