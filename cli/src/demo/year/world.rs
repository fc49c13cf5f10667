//! A world that never was: who runs which application on which day, and what they would tell. Pure: the same plan
//! gives the same world.

mod application;
mod facts;
mod flowforge;
mod flowfuse;
mod life;
mod manyfold;
mod openfn;
mod openwisp;
mod stream;
mod train;

use jiff::ToSpan as _;
use jiff::civil::Date;

pub(super) use application::{APPLICATIONS, Application};
pub(super) use facts::Facts;
use facts::Reading;
pub(super) use life::Life;

use stream::Stream;
use train::{Release, Train};

/// What decides about a world.
#[derive(Clone, Copy, Debug)]
pub(super) struct Plan {
    /// Another seed, another world.
    pub(super) seed: u64,
    /// Instances of each application that there ever are.
    pub(super) instances: u32,
    /// How many days it lasts.
    pub(super) days: i32,
    /// The last of them.
    pub(super) last: Date,
}

/// An application, its releases, and everybody who ever runs it.
#[derive(Debug)]
pub(super) struct Population {
    pub(super) application: &'static Application,
    plan: Plan,
    train: Train,
    lives: Vec<Life>,
}

/// What an instance would tell on a day, and why.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Told {
    /// Which of the lives it is.
    pub(super) instance: usize,
    /// The day that the report is for.
    pub(super) date: Date,
    pub(super) facts: Facts,
}

impl Plan {
    /// The date of a day of the world; days before the first one are below 0.
    pub(super) fn date(&self, day: i32) -> Date {
        self.last.saturating_add((day - self.days + 1).days())
    }
}

impl Population {
    /// Everybody who runs an application in the world of this plan.
    pub(super) fn new(application: &'static Application, plan: Plan) -> Self {
        let stream = Stream::new(plan.seed).of(application.name);
        let train = Train::new(&application.releases, stream, plan.days);
        let lives = life::lives(application, &plan, stream);
        Self { application, plan, train, lives }
    }

    /// Who tells this.
    pub(super) fn life(&self, told: &Told) -> &Life {
        &self.lives[told.instance]
    }

    /// Whether a day is one of the world's.
    pub(super) fn is_in_the_year(&self, day: i32) -> bool {
        (0..self.plan.days).contains(&day)
    }

    /// How many reports there are in all.
    pub(super) fn reports(&self) -> u64 {
        (0..self.plan.days).map(|day| self.count(day) as u64).sum()
    }

    /// How many reports there are on a day.
    fn count(&self, day: i32) -> usize {
        self.reporting(day).count()
    }

    /// What is told on a day, by whom.
    pub(super) fn told(&self, day: i32) -> impl Iterator<Item = Told> + '_ {
        self.reporting(day).map(move |(instance, life)| {
            let (date, release) = (self.plan.date(day), self.release(life, day));
            let facts = (self.application.facts)(&Reading { life, release, day, date });
            Told { instance, date, facts }
        })
    }

    fn reporting(&self, day: i32) -> impl Iterator<Item = (usize, &Life)> {
        let date = self.plan.date(day);
        self.lives.iter().enumerate().filter(move |(_, life)| life.reports(day, date))
    }

    /// The release that an instance runs on a day.
    fn release(&self, life: &Life, day: i32) -> &Release {
        self.train.newest(life.upgraded(day))
    }
}

#[cfg(test)]
mod tests;
