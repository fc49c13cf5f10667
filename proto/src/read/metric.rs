//! Metrics: the head, and which of the data are to be visited.

use super::point::truncated;
use super::{FieldName, IN_METRIC, IN_POINTS, Walk};
use crate::error::Fault;
use crate::limits::{Bound, Tally};
use crate::schema::{self, Message};
use crate::visit::{Kind, Metric, Sum, Temporality, Visit};
use crate::wire::{Wire, WireType, key};

const NAME: u32 = key(1, WireType::Length);
const UNIT: u32 = key(3, WireType::Length);

const POINT: u32 = key(1, WireType::Length);

// Of sums.
const TEMPORALITY: u32 = key(2, WireType::Varint);
const MONOTONIC: u32 = key(3, WireType::Varint);

/// The members of `Metric.data`.
fn kind_of(field: u32) -> Option<Kind> {
    const GAUGE: u32 = key(5, WireType::Length);
    const SUM: u32 = key(7, WireType::Length);
    const HISTOGRAM: u32 = key(9, WireType::Length);
    const EXPONENTIAL_HISTOGRAM: u32 = key(10, WireType::Length);
    const SUMMARY: u32 = key(11, WireType::Length);
    match field {
        GAUGE => Some(Kind::Gauge),
        SUM => Some(Kind::Sum(Sum::default())),
        HISTOGRAM => Some(Kind::Histogram),
        EXPONENTIAL_HISTOGRAM => Some(Kind::ExponentialHistogram),
        SUMMARY => Some(Kind::Summary),
        _ => None,
    }
}

/// The schema of a kind's data.
fn schema_of(kind: Kind) -> &'static Message {
    match kind {
        Kind::Empty | Kind::Gauge => &schema::GAUGE,
        Kind::Sum(_) => &schema::SUM,
        Kind::Histogram => &schema::HISTOGRAM,
        Kind::ExponentialHistogram => &schema::EXPONENTIAL_HISTOGRAM,
        Kind::Summary => &schema::SUMMARY,
    }
}

/// The occurrences of `Metric.data`, a oneof: the last kind remains, and what came of it in
/// unbroken sequence at the end is merged.
struct Found<'a> {
    /// A sum as if nothing was said about it: see [`Found::told`].
    kind: Kind,
    /// The last occurrence.
    last: Wire<'a>,
    /// How many there are in all.
    count: usize,
    /// How many at the beginning are replaced by later ones.
    replaced: usize,
}

impl<'a> Found<'a> {
    fn add(&mut self, kind: Kind, wire: Wire<'a>) {
        if self.kind != kind {
            self.replaced = self.count;
        }
        self.kind = kind;
        self.last = wire;
        self.count += 1;
    }

    /// The kind, with what a sum says about itself. That may come after its points, or in another piece than they.
    fn told(&self, fields: Wire<'a>) -> Kind {
        match (self.kind, self.count) {
            (Kind::Sum(mut sum), 1) => {
                look_ahead(self.last, &mut sum);
                Kind::Sum(sum)
            }
            (Kind::Sum(_), _) => Kind::Sum(self.told_in_pieces(fields)),
            (kind, _) => kind,
        }
    }

    #[cold]
    fn told_in_pieces(&self, mut wire: Wire<'a>) -> Sum {
        let (mut sum, mut index) = (Sum::default(), 0);
        while let Ok(key) = wire.key() {
            let Some(_) = kind_of(key) else {
                if wire.skip(key, IN_METRIC).is_err() {
                    break;
                }
                continue;
            };
            let Ok(piece) = wire.message() else { break };
            if index >= self.replaced {
                look_ahead(piece, &mut sum);
            }
            index += 1;
        }
        sum
    }
}

/// Passes over a sum's points to what it says about itself. Bytes that are no sum end this: the walk that follows meets
/// them at their place.
fn look_ahead(mut wire: Wire<'_>, sum: &mut Sum) {
    while let Ok(key) = wire.key() {
        let passed = match key {
            TEMPORALITY => wire.varint().map(|number| sum.temporality = temporality(number)),
            MONOTONIC => wire.varint().map(|flag| sum.monotonic = flag != 0),
            key => wire.skip(key, IN_POINTS),
        };
        if passed.is_err() {
            break;
        }
    }
}

/// An enum that was written with more bits keeps the lower ones, as in every protobuf library.
fn temporality(number: u64) -> Temporality {
    match truncated(number) {
        1 => Temporality::Delta,
        2 => Temporality::Cumulative,
        _ => Temporality::Unspecified,
    }
}

impl<'a, V: Visit<'a>> Walk<'_, 'a, V> {
    pub(super) fn metric(&mut self, mut wire: Wire<'a>) -> Result<(), Fault> {
        let fields = wire;
        let mut name = "";
        let mut unit = "";
        let mut found = Found { kind: Kind::Empty, last: wire, count: 0, replaced: 0 };
        let mut tally = Tally::default();
        while !wire.is_empty() {
            let key = wire.key()?;
            if let Some(kind) = kind_of(key) {
                found.add(kind, wire.message()?);
                continue;
            }
            match key {
                NAME => {
                    name = self.text(&mut wire, Bound::ValueBytes, FieldName("Metric", "name"))?;
                }
                UNIT => {
                    unit = self.text(&mut wire, Bound::ValueBytes, FieldName("Metric", "unit"))?;
                }
                key => self.check_field(&schema::METRIC, key, &mut wire, &mut tally, IN_METRIC)?,
            }
        }
        self.visit.metric(&Metric { name, unit, kind: found.told(fields) });
        match found.count {
            0 => Ok(()),
            1 => self.points(found.kind, found.last),
            _ => self.merged(&found, fields),
        }
    }

    /// Data in several pieces, which must all be right though only the last kind's are visited.
    #[cold]
    fn merged(&mut self, found: &Found<'a>, mut wire: Wire<'a>) -> Result<(), Fault> {
        let mut index = 0;
        while index < found.count {
            let key = wire.key()?;
            let Some(kind) = kind_of(key) else {
                wire.skip(key, IN_METRIC)?;
                continue;
            };
            let piece = wire.message()?;
            if index < found.replaced {
                self.check(schema_of(kind), piece, IN_POINTS)?;
            } else {
                self.points(kind, piece)?;
            }
            index += 1;
        }
        Ok(())
    }

    fn points(&mut self, kind: Kind, mut wire: Wire<'a>) -> Result<(), Fault> {
        while !wire.is_empty() {
            match wire.key()? {
                POINT => {
                    self.place.enter_point();
                    self.take(Bound::Points, &wire)?;
                    let point = wire.message()?;
                    match kind {
                        Kind::Empty | Kind::Gauge | Kind::Sum(_) => self.number_point(point)?,
                        kind => self.other_point(kind, point)?,
                    }
                }
                key => self.other_field(schema_of(kind), key, &mut wire, IN_POINTS)?,
            }
        }
        Ok(())
    }
}
