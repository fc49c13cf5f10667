//! A scope, and what its resource says under its contract.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;

use headcount_proto::{Attribute, Scope};
use jiff::civil::Date;

use super::Sorter;
use crate::admit::{Origin, attribute, reason, seal};
use crate::model::{Contract, Reason};
use crate::refusal::Refusal;

/// The contract of a scope, and what its resource says under it.
pub(super) struct Opened<'l, 'a> {
    pub(super) contract: &'l Contract,
    pub(super) reason: Reason,
    /// The days for which reports are taken.
    pub(super) days: RangeInclusive<Date>,
    pub(super) origin: Result<Origin, Refusal>,
    /// What is told here about elements of lists, and not on their points.
    pub(super) around: Vec<Attribute<'a>>,
    /// Whether points tell what belongs on their resource.
    pub(super) of_points: bool,
    /// The draft that the last point went to.
    pub(super) last: Option<Last>,
    /// The drafts of each day, where nobody has an id.
    pub(super) nameless: BTreeMap<Date, usize>,
}

/// The draft that the last points of a scope went to, and the newest time among them.
#[derive(Clone, Copy, Debug)]
pub(super) struct Last {
    pub(super) date: Date,
    pub(super) index: usize,
    pub(super) newest: u64,
}

impl<'l, 'a> Sorter<'l, 'a> {
    /// Adds what the scope says and its resource does not, as far as the contract reads it, and chooses the contract.
    pub(super) fn adopt(&mut self, scope: &Scope<'_, 'a>) -> Result<&'l Contract, Vec<String>> {
        self.scope_schema = scope.schema_url;
        self.resource.truncate(self.own);
        if scope.attributes.is_empty() {
            return self.choose();
        }
        let lacks = |one: &&Attribute<'_>| attribute(&self.resource, one.key).is_none();
        let added: Vec<_> = scope.attributes.iter().filter(lacks).copied().collect();
        self.resource.extend(&added);
        let contract = self.choose();
        // Where points name the contract, it is not known yet what it reads.
        if let Ok(contract) = contract {
            self.resource.truncate(self.own);
            let plan = &contract.plan;
            let read = |one: &Attribute<'_>| {
                plan.is_of_element(one.key) || plan.of_report().any(|name| name == one.key)
            };
            self.resource.extend(added.into_iter().filter(read));
        }
        contract
    }

    /// What the resource says under a contract. Where its reports are not taken, those of which some are.
    pub(super) fn opened(&mut self, contract: &'l Contract) -> Result<Opened<'l, 'a>, Vec<String>> {
        let reason = reason(&self.resource);
        let days = self.taken(contract, reason)?;
        let origin = self.gate(contract, reason).origin(&self.resource);
        if self.noting {
            self.sorted.stripped.resource(contract, &self.resource[..self.own]);
        }
        let of_element = |one: &&Attribute<'_>| contract.plan.is_of_element(one.key);
        let around = self.resource.iter().filter(of_element).copied().collect();
        Ok(Opened {
            contract,
            reason,
            days,
            origin,
            around,
            of_points: false,
            last: None,
            nameless: BTreeMap::new(),
        })
    }

    /// Stamps what the resource says with the newest time of the points that it came with.
    pub(super) fn seal(&mut self) {
        if let Some(Opened { origin: Ok(origin), last: Some(last), .. }) = &self.scope {
            seal(&mut self.drafts[last.index].draft, origin.clone(), last.newest);
        }
    }

    /// The same, where no more points of the scope come.
    pub(super) fn close(&mut self) {
        let scope = self.scope.take();
        self.close_one(scope);
        for moved in self.moved.close() {
            self.close_one(moved);
        }
    }

    fn close_one(&mut self, scope: Option<Opened<'l, 'a>>) {
        if let Some(Opened { origin: Ok(origin), last: Some(last), .. }) = scope {
            seal(&mut self.drafts[last.index].draft, origin, last.newest);
        }
    }
}
