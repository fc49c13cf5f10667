//! The texts that a leaf's rules name.

use crate::document::Document;
use crate::model::{Leaf, Source};
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

    /// Whether no text passes but those that the rules name.
    pub(crate) fn is_closed(&self) -> bool {
        let rules = &self.rules;
        !rules.allowed.is_empty() || (rules.pattern.is_none() && rules.other.is_some())
    }

    /// Whether the report can show a text here, in exactly this form.
    pub(crate) fn shows(&self, text: &str) -> Result<(), Unfit> {
        let document = Document::Text(text.to_owned());
        let value = match self.source {
            Source::Id(_) => self.concealed(text).map(Scalar::Text),
            _ => self.read(&document),
        }?;
        match self.render(&value) == document {
            true => Ok(()),
            false => Err(Unfit("expected the form that the report shows".to_owned())),
        }
    }
}
