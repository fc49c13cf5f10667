//! Resource attributes that came on points.
//!
//! A Collector may move what stands on resources to their points, and then put the points of several instances under
//! one resource. So a point that tells what its resource lacks belongs to a resource of its own: the one that it came
//! under, with that. Points that tell the same belong to the same.

use std::collections::BTreeMap;

use headcount_proto::{Attribute, Place, Point, Value};

use super::{Opened, Sorter};
use crate::admit::{SERVICE_NAME, attribute};
use crate::model::Contract;
use crate::part::Put;
use crate::plan::length_bit;
use crate::refusal::Refusal;

/// The resources of the current scope that only their points tell apart.
pub(super) struct Moved<'l, 'a> {
    /// The lengths of the names that may be moved, a bit for each: a look at these spares most points any other.
    lengths: u64,
    /// The names that the resource lacks, of those that this contract reads there.
    lacking: Option<(&'l Contract, Vec<&'l str>)>,
    /// None of a resource whose contract is not taken.
    opened: Vec<Option<Opened<'l, 'a>>>,
    index: BTreeMap<Vec<(&'a str, Bits<'a>)>, usize>,
    /// How many more there may be in the request, and how many that were in the beginning.
    left: usize,
    most: usize,
}

/// A value to be told apart from others.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum Bits<'a> {
    Text(&'a str),
    Bytes(&'a [u8]),
    Number(u8, u64),
}

impl<'a> Bits<'a> {
    fn of(value: Value<'a>) -> Self {
        match value {
            Value::Text(text) => Self::Text(text),
            Value::Bytes(bytes) => Self::Bytes(bytes),
            Value::Bool(value) => Self::Number(0, value.into()),
            Value::Int(value) => Self::Number(1, value.cast_unsigned()),
            Value::Double(value) => Self::Number(2, value.to_bits()),
            Value::Empty => Self::Number(3, 0),
            Value::Array => Self::Number(4, 0),
            Value::KeyValues => Self::Number(5, 0),
        }
    }
}

impl<'l, 'a> Moved<'l, 'a> {
    pub(super) fn new(most: usize) -> Self {
        let (lacking, opened, index) = (None, Vec::new(), BTreeMap::new());
        Self { lengths: 0, lacking, opened, index, left: most, most }
    }

    /// Goes on to a scope of this contract, or of none.
    pub(super) fn expect_of(&mut self, contract: Option<&'l Contract>) {
        self.lengths = contract.map_or(length_bit(SERVICE_NAME), |contract| contract.plan.lengths);
    }

    /// Whether the point may tell what belongs on its resource. It does not otherwise.
    #[inline]
    pub(super) fn may_be_in(&self, point: &Point<'_, '_>) -> bool {
        point.attributes.iter().any(|attribute| self.lengths & length_bit(attribute.key) != 0)
    }

    /// The names that the resource lacks, of those that the contract reads there and on no element.
    fn lacking(&mut self, contract: &'l Contract, resource: &[Attribute<'_>]) -> &[&'l str] {
        let lacking = self.lacking.take().filter(|(known, _)| std::ptr::eq(*known, contract));
        let find = || {
            let names = contract.plan.of_report();
            let lacks = |name: &&str| {
                attribute(resource, name).is_none() && !contract.plan.has_in_elements(name)
            };
            (contract, names.filter(lacks).collect())
        };
        &self.lacking.insert(lacking.unwrap_or_else(find)).1
    }

    /// What was opened in the scope that ends.
    pub(super) fn close(&mut self) -> Vec<Option<Opened<'l, 'a>>> {
        self.lacking = None;
        self.index.clear();
        std::mem::take(&mut self.opened)
    }
}

impl<'l, 'a> Sorter<'l, 'a> {
    /// Takes a point that may tell what belongs on its resource.
    #[cold]
    #[inline(never)]
    pub(super) fn take_moved(&mut self, point: &Point<'_, 'a>) -> Result<Put, (Place, Refusal)> {
        let index = self.opened_by(point).map_err(|refusal| (self.place, refusal))?;
        let Some(index) = index else { return self.take(point) };
        std::mem::swap(&mut self.scope, &mut self.moved.opened[index]);
        let gauge = self.gauge_of(&self.metric);
        let gauge = std::mem::replace(&mut self.gauge, gauge);
        let taken = self.take(point);
        self.gauge = gauge;
        std::mem::swap(&mut self.scope, &mut self.moved.opened[index]);
        taken
    }

    /// The resource that the point belongs to, where that is one of its own.
    fn opened_by(&mut self, point: &Point<'_, 'a>) -> Result<Option<usize>, Refusal> {
        let open = self.scope.as_ref().map(|open| open.contract);
        let Some(contract) = open.or_else(|| self.named_by(point)) else { return Ok(None) };
        let lacking = self.moved.lacking(contract, &self.resource);
        let told = lacking.iter().filter_map(|name| attribute(point.attributes, name));
        let told: Vec<_> = told.copied().collect();
        if told.is_empty() {
            return Ok(None);
        }
        let key: Vec<_> = told.iter().map(|one| (one.key, Bits::of(one.value))).collect();
        if let Some(index) = self.moved.index.get(&key) {
            return Ok(Some(*index));
        }
        let most = self.moved.most;
        let left = self.moved.left.checked_sub(1);
        self.moved.left = left.ok_or(Refusal::TooManyResources { most })?;
        let before = self.resource.len();
        self.resource.extend(told);
        let opened = self.opened(contract).ok();
        self.resource.truncate(before);
        self.moved.opened.push(opened.map(|open| Opened { of_points: true, ..open }));
        self.moved.index.insert(key, self.moved.opened.len() - 1);
        Ok(Some(self.moved.opened.len() - 1))
    }

    /// The contract by the `service.name` of a point, where nothing else says which.
    fn named_by(&mut self, point: &Point<'_, 'a>) -> Option<&'l Contract> {
        let name = *attribute(point.attributes, SERVICE_NAME)?;
        if attribute(&self.resource, SERVICE_NAME).is_some() {
            return None;
        }
        self.resource.push(name);
        let contract = self.choose().ok();
        self.resource.pop();
        contract
    }
}
