//! The walk over a request's bytes.
//!
//! What the visitor gets is read by hand-written loops over a message's fields. Everything else
//! (histograms, exemplars, metadata, values in values, what a later field replaces) is checked
//! against the schema by `check`, so that both accept what a full decoder accepts.
//!
//! A message's fields may come in any order, but the visitor gets the head first. So the fields of
//! each level are passed over once, which costs next to nothing for a submessage whose length is
//! known, and then the submessages are entered.

mod attribute;
mod check;
mod metric;
mod point;
mod resource;

use crate::error::{Fault, Problem, ReadError};
use crate::limits::{Bound, Limits, Usage};
use crate::schema;
use crate::visit::{Attribute, Place, Value, Visit};
use crate::wire::{Nesting, Wire, WireType, key};

const IN_REQUEST: Nesting = Nesting::REQUEST;
const IN_RESOURCE_METRICS: Nesting = IN_REQUEST.down(1);
const IN_SCOPE_METRICS: Nesting = IN_RESOURCE_METRICS.down(1);
const IN_METRIC: Nesting = IN_SCOPE_METRICS.down(1);
const IN_POINTS: Nesting = IN_METRIC.down(1);
const IN_POINT: Nesting = IN_POINTS.down(1);

const RESOURCE_METRICS: u32 = key(1, WireType::Length);

/// Reads an OTLP `ExportMetricsServiceRequest` from its protobuf bytes, in one bounded pass.
///
/// Accepts what a protobuf decoder accepts: fields in any order, unknown fields, repeated
/// occurrences of one message that are merged; and within `limits` only. The walk allocates
/// nothing. What `visit` got before an error is part of a request that was refused.
///
/// # Errors
///
/// Where the bytes are not such a message, or hold more than `limits` lets in.
pub fn read<'a>(
    bytes: &'a [u8],
    limits: &Limits,
    visit: &mut impl Visit<'a>,
) -> Result<(), ReadError> {
    let mut walk = Walk::new(limits, visit);
    walk.request(Wire::new(bytes)).map_err(|fault| fault.locate(bytes, walk.place))
}

/// The state of a walk.
struct Walk<'w, 'a, V> {
    visit: &'w mut V,
    limits: &'w Limits,
    usage: Usage<'w>,
    place: Place,
    /// Room for the attributes of the entity at hand. What the one before left there is of use:
    /// points in a row mostly share their keys and many values.
    attributes: [Attribute<'a>; Limits::ATTRIBUTES],
}

impl<'w, 'a, V: Visit<'a>> Walk<'w, 'a, V> {
    fn new(limits: &'w Limits, visit: &'w mut V) -> Self {
        let empty = Attribute { key: "", value: Value::Empty };
        Self {
            visit,
            limits,
            usage: Usage::new(limits),
            place: Place::default(),
            attributes: [empty; Limits::ATTRIBUTES],
        }
    }

    fn request(&mut self, mut wire: Wire<'a>) -> Result<(), Fault> {
        while !wire.is_empty() {
            match wire.key()? {
                RESOURCE_METRICS => {
                    self.place.enter_resource();
                    self.take(Bound::Resources, &wire)?;
                    self.resource_metrics(wire.message()?)?;
                }
                key => self.other_field(&schema::REQUEST, key, &mut wire, IN_REQUEST)?,
            }
        }
        Ok(())
    }

    /// Takes one more of what is counted over the whole request.
    #[inline]
    fn take(&mut self, bound: Bound, wire: &Wire<'a>) -> Result<(), Fault> {
        self.usage.request(bound, 1).map_err(|passed| Fault::limit(passed, wire.address()))
    }

    /// Reads a text of at most as many bytes as `bound` lets in.
    #[inline]
    fn text(&self, wire: &mut Wire<'a>, bound: Bound, name: FieldName) -> Result<&'a str, Fault> {
        self.text_like("", wire, bound, name)
    }

    /// Reads a text that may well be the same as one read before: then it needs no second check.
    #[inline(always)]
    #[expect(clippy::inline_always, reason = "a tenth of the whole walk's time, measured")]
    fn text_like(
        &self,
        before: &'a str,
        wire: &mut Wire<'a>,
        bound: Bound,
        name: FieldName,
    ) -> Result<&'a str, Fault> {
        let bytes = wire.bytes()?;
        if bytes == before.as_bytes() {
            return Ok(before);
        }
        let address = bytes.as_ptr().addr();
        self.usage.size(bound, bytes.len()).map_err(|passed| Fault::limit(passed, address))?;
        str::from_utf8(bytes).map_err(|_| name.not_text(address))
    }
}

/// A message's and a field's name, for an error.
#[derive(Clone, Copy)]
struct FieldName(&'static str, &'static str);

impl FieldName {
    #[cold]
    fn not_text(self, address: usize) -> Fault {
        Fault { problem: Problem::Text { message: self.0, field: self.1 }, address }
    }
}

/// The occurrences of one submessage that a pass over a message's fields found.
#[derive(Clone, Copy)]
struct Occurrences<'a> {
    /// The message's bytes from the first occurrence on.
    wire: Wire<'a>,
    left: usize,
}

impl<'a> Occurrences<'a> {
    fn none(wire: Wire<'a>) -> Self {
        Self { wire, left: 0 }
    }

    /// Adds the occurrence whose key stands at `wire`.
    fn add(&mut self, wire: Wire<'a>) {
        if self.left == 0 {
            self.wire = wire;
        }
        self.left += 1;
    }

    /// The next occurrence of the field with this key.
    fn next(&mut self, wanted: u32, nesting: Nesting) -> Result<Option<Wire<'a>>, Fault> {
        if self.left == 0 {
            return Ok(None);
        }
        self.left -= 1;
        loop {
            let key = self.wire.key()?;
            if key == wanted {
                return self.wire.message().map(Some);
            }
            self.wire.skip(key, nesting)?;
        }
    }
}
