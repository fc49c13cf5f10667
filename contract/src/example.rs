//! An example of a contract's report: every key present, every value its own.

use sha2::{Digest as _, Sha256};
use uuid::Builder;

use crate::document::Document;
use crate::header::Header;
use crate::model::{
    Contract, Covers, Element, Hash, Leaf, List, Member, Node, Reason, Source, Structure, Type,
};
use crate::render::Facts;

/// The elements of a list.
const ELEMENTS: usize = 2;
/// The end of the day that the example is for.
const END_OF_DAY: u64 = 1_714_089_600_000_000_000;
/// An hour of that day.
const IN_THE_DAY: u64 = END_OF_DAY - 5_400_000_000_000;

impl Contract {
    /// A report of this contract, the same on each call: every optional value present, counts 1, 2, 3 and so
    /// on, two elements in each list (none in the lists of a second element), and the contract's own
    /// examples where it has some.
    ///
    /// [`Contract::part`] takes it, and [`Contract::report`] gives it back.
    ///
    /// ```
    /// use headcount_contract::Library;
    ///
    /// let library = Library::built_in();
    /// let example = library.find("manyfold/0.90").expect("it ships").example();
    /// let version = example.get("version").expect("a key of the contract");
    /// assert_eq!(version.get("app").expect("a key").to_string(), "\"v0.67.0\"");
    /// ```
    pub fn example(&self) -> Document {
        let reason = self.fullest_reason();
        let header = self.example_header(reason);
        let facts = Facts {
            date: header.date,
            newest: header.time_unix_nano,
            covers: self.schedule.covers,
            reason,
        };
        let draw = |elements| {
            let mut sampler = Sampler::new(facts, elements);
            Document::Object(sampler.structure(&self.report, 0))
        };
        // The way through a part puts elements in their order.
        // It fails where a list's elements cannot be told apart: then fewer of them do.
        let told = (0..=ELEMENTS).rev().find_map(|elements| {
            let part = self.part(&draw(elements), &header).ok()?;
            self.report(&part).ok()
        });
        told.unwrap_or_else(|| draw(0))
    }

    fn example_header(&self, reason: Reason) -> Header {
        let time_unix_nano = match self.schedule.covers {
            Covers::PreviousDay => END_OF_DAY,
            Covers::Now => IN_THE_DAY,
        };
        Header {
            report_id: Header::report_id_at(time_unix_nano, 0, [0; 8]),
            date: jiff::civil::date(2024, 4, 25),
            time_unix_nano,
            reason,
            dropped: 0,
        }
    }

    /// The reason for which a report tells most; the usual one where it makes no difference.
    fn fullest_reason(&self) -> Reason {
        let reasons = Reason::OF_REPORTS.into_iter().rev();
        let fullest = reasons.max_by_key(|reason| leaves(&self.report, *reason));
        fullest.unwrap_or_default()
    }
}

/// How many leaves a report has for a reason.
fn leaves(structure: &Structure, reason: Reason) -> usize {
    if !structure.exists_for(reason) {
        return 0;
    }
    let members = structure.members.iter();
    members
        .map(|member| match &member.node {
            Node::Leaf(_) => 1,
            Node::Structure(inner) => leaves(inner, reason),
            Node::List(list) => list.elements.iter().map(|e| leaves(e.shape(), reason)).sum(),
        })
        .sum()
}

/// Draws values, and counts what it drew so that each is another.
struct Sampler {
    facts: Facts,
    elements: usize,
    numbers: usize,
    texts: usize,
    switches: usize,
    lists: usize,
}

impl Sampler {
    fn new(facts: Facts, elements: usize) -> Self {
        Self { facts, elements, numbers: 0, texts: 0, switches: 0, lists: 0 }
    }

    /// The members of an object that is the `index`-th of its list.
    fn structure(&mut self, structure: &Structure, index: usize) -> Vec<(String, Document)> {
        let mut members = Vec::with_capacity(structure.members.len());
        for Member { key, node } in &structure.members {
            let value = match node {
                Node::Leaf(leaf) => self.leaf(leaf, index),
                Node::List(list) => Document::List(self.list(list, index)),
                Node::Structure(inner) if inner.exists_for(self.facts.reason) => {
                    Document::Object(self.structure(inner, index))
                }
                Node::Structure(_) => continue,
            };
            members.push((key.clone(), value));
        }
        members
    }

    fn list(&mut self, list: &List, index: usize) -> Vec<Document> {
        let mut items = Vec::new();
        for element in &list.elements {
            if !element.shape().exists_for(self.facts.reason) {
                continue;
            }
            let count = match element {
                Element::One(_) => 1,
                // An element without children, so that the example shows an empty list as well.
                _ if index > 0 => 0,
                Element::Each { max, .. } | Element::EachPoint { max, .. } => {
                    self.elements.min(*max)
                }
            };
            self.lists += 1;
            for index in 0..count {
                items.push(Document::Object(self.structure(element.shape(), index)));
            }
        }
        items
    }

    fn leaf(&mut self, leaf: &Leaf, index: usize) -> Document {
        let counter = match (&leaf.source, leaf.kind) {
            (Source::Const(constant), _) => return constant.clone(),
            (Source::Report(fact), _) => return self.facts.write(*fact, leaf),
            // The ids of a list ascend, so they are drawn from the same place.
            (Source::Id(_), _) => return leaf.sample(index, self.lists).unwrap_or(Document::Null),
            (_, Type::Boolean) => &mut self.switches,
            (_, Type::Integer | Type::Double) => &mut self.numbers,
            (_, Type::Text | Type::Uuid) => &mut self.texts,
        };
        *counter += 1;
        leaf.sample(index, *counter).unwrap_or(Document::Null)
    }
}

impl Leaf {
    /// A value that the leaf's rules allow, as the report writes it: another one for each `index`, the
    /// place in a list, and for each `number`, as far as the rules have others.
    pub(crate) fn sample(&self, index: usize, number: usize) -> Option<Document> {
        match (&self.source, self.kind) {
            (Source::Const(constant), _) => Some(constant.clone()),
            // A report fills these in.
            (Source::Report(_), _) => Some(Document::Null),
            (_, Type::Boolean) => Some(Document::Bool(number % 2 == 1)),
            (_, Type::Integer | Type::Double) => self.sample_number(number),
            (Source::Id(name), _) if self.hash.is_some() || self.kind == Type::Uuid => {
                let example = self.examples.get(index).cloned();
                Some(Document::Text(example.unwrap_or_else(|| self.sample_id(name, index, number))))
            }
            _ => self.sample_text(index, number).map(Document::Text),
        }
    }

    fn sample_text(&self, index: usize, number: usize) -> Option<String> {
        if self.kind == Type::Uuid && self.examples.is_empty() {
            return Some(self.sample_id(self.wire_name().unwrap_or_default(), index, number));
        }
        let pool =
            if self.examples.is_empty() { self.shown_words() } else { self.examples.clone() };
        if !pool.is_empty() {
            return pool.get(index % pool.len()).cloned();
        }
        let digits = number.to_string();
        let letters = ["x", "y", "z"].map(str::to_owned);
        let candidates = [format!("example {digits}"), digits].into_iter().chain(letters);
        candidates
            .chain([String::new()])
            .find(|text| self.shows(&Document::Text(text.clone())).is_ok())
    }

    /// An identifier in the form in which it travels. Those of one list ascend.
    fn sample_id(&self, name: &str, index: usize, number: usize) -> String {
        let id = |index| {
            let seed = format!("{name} {number} {index}");
            let bytes: [u8; 32] = Sha256::digest(seed.as_bytes()).into();
            match self.hash {
                Some(Hash { encoding, .. }) => encoding.encode(&bytes),
                None => {
                    let random = bytes.first_chunk().copied().unwrap_or_default();
                    Builder::from_random_bytes(random).into_uuid().hyphenated().to_string()
                }
            }
        };
        let mut ids: Vec<_> = (0..ELEMENTS).map(id).collect();
        ids.sort();
        ids.swap_remove(index % ELEMENTS)
    }

    fn sample_number(&self, number: usize) -> Option<Document> {
        #[allow(clippy::cast_precision_loss)] // An example counts to a few hundred.
        let count = number as f64;
        let (min, max) = (self.rules.min, self.rules.max);
        let floor = min.or(max.map(|max| max - 100.0)).unwrap_or(0.0);
        let ceiling = max.unwrap_or(floor + 100.0);
        let within = floor + (ceiling - floor) * (count % 100.0) / 100.0;
        let mut candidates = vec![count, count + 0.5, floor + count, within, floor.ceil(), floor];
        if self.kind == Type::Double {
            candidates.swap(0, 1);
        }
        if !self.rules.buckets.is_empty() {
            candidates.clone_from(&self.rules.buckets);
            candidates.rotate_left(number % self.rules.buckets.len());
        }
        let mut documents = candidates.into_iter().filter_map(|value| self.number(value));
        documents.find(|document| self.shows(document).is_ok())
    }

    /// A number as the report writes it for this leaf.
    pub(crate) fn number(&self, value: f64) -> Option<Document> {
        match self.kind {
            Type::Double => Some(Document::Double(value)),
            #[allow(clippy::cast_possible_truncation)]
            // Whole, and far below 2^53 or a bound of the contract.
            _ => (value.fract() == 0.0).then_some(Document::Int(value as i64)),
        }
    }
}
