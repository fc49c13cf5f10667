//! The life of one instance: when it joins and leaves, how often it is upgraded, on which days it reports.

use jiff::civil::{Date, Weekday};

use super::stream::Stream;
use super::{Application, Plan};

/// One instance.
#[derive(Debug)]
pub(in super::super) struct Life {
    /// Its id, a random UUID.
    pub(in super::super) id: String,
    /// Whatever else is random about it.
    pub(super) stream: Stream,
    /// How large it is; half are below 1.
    pub(super) size: f64,
    /// The day on which it was installed; below 0 for those that were there before.
    pub(super) joined: i32,
    /// The day from which on it is gone.
    left: i32,
    /// Days from one upgrade to the next.
    upgrades: i32,
    /// The part of its days on which it reports.
    steady: f64,
    /// Whether it rests at weekends.
    rests: bool,
}

/// Days for which those were there that are there on the first day.
const BEFORE: i32 = 400;
/// How many only try it, and for how many days at most.
const TRIES: (f64, i32) = (0.18, 21);
/// Days that the others stay, on average.
const STAYS: f64 = 1_400.0;
/// How many rest at weekends.
const RESTS: f64 = 0.1;
/// Outages are thrown once for each so many days: how likely one is, and how long it lasts at most.
const OUTAGE: (i32, f64, i32) = (30, 0.1, 9);
/// How lively each month is, January first: people try things when they are back from holidays.
const SEASONS: [f64; 12] = [1.1, 1.05, 1.1, 1.0, 1.0, 0.9, 0.65, 0.6, 1.15, 1.25, 1.2, 0.6];

/// Everybody who runs an application, in the order in which they join.
pub(super) fn lives(application: &Application, plan: &Plan, stream: Stream) -> Vec<Life> {
    let stream = stream.of("lives");
    let joins = Joins::new(application.growth, plan);
    let settled = (f64::from(plan.instances) * application.settled).round();
    let lives = (0..plan.instances).map(|number| {
        let stream = stream.at(number.into());
        let settled = f64::from(number) < settled;
        let joined = if settled {
            -stream.of("joined").numbers().i32(1..=BEFORE)
        } else {
            joins.day(stream.of("joined").share())
        };
        Life::new(stream, joined, settled)
    });
    let mut lives: Vec<_> = lives.collect();
    lives.sort_by_key(|life| life.joined);
    lives
}

/// On which days people join.
struct Joins {
    /// For each day, how many joined until its end; the last is everybody.
    until: Vec<f64>,
}

impl Joins {
    fn new(growth: f64, plan: &Plan) -> Self {
        let mut all = 0.0;
        let until = (0..plan.days).map(|day| {
            let date = plan.date(day);
            let grown = 1.0 + growth * f64::from(day) / f64::from(plan.days);
            let month = usize::try_from(date.month() - 1).unwrap_or_default();
            all += grown * SEASONS[month] * if is_weekend(date) { 0.6 } else { 1.0 };
            all
        });
        Self { until: until.collect() }
    }

    /// The day on which that share of all has joined.
    fn day(&self, share: f64) -> i32 {
        let joined = share * self.until.last().copied().unwrap_or_default();
        let day = self.until.partition_point(|until| *until <= joined);
        i32::try_from(day).unwrap_or(i32::MAX)
    }
}

impl Life {
    fn new(stream: Stream, joined: i32, settled: bool) -> Self {
        let stay = stream.of("stays");
        let tries = !settled && stay.of("tries").share() < TRIES.0;
        let stays = if tries {
            stay.numbers().i32(1..=TRIES.1)
        } else {
            whole(-STAYS * (1.0 - stay.share()).ln()).max(TRIES.1)
        };
        let mut habits = stream.of("habits").numbers();
        // One in four follows at once, one in twelve almost never.
        let upgrades = match habits.f64() {
            ..0.25 => habits.i32(1..=3),
            ..0.7 => habits.i32(10..=35),
            ..0.92 => habits.i32(60..=150),
            _ => habits.i32(300..=900),
        };
        Self {
            id: stream.of("id").uuid(),
            size: stream.of("size").size(1.0),
            joined,
            // Those that were there before are there on the first day.
            left: joined.max(0).saturating_add(stays),
            upgrades,
            steady: 1.0 - 0.08 * habits.f64() * habits.f64(),
            rests: habits.f64() < RESTS,
            stream,
        }
    }

    /// The second of the day at which it reports.
    pub(in super::super) fn second(&self) -> i64 {
        self.stream.of("second").numbers().i64(0..24 * 60 * 60)
    }

    /// Whether it is there on a day.
    pub(in super::super) fn is_there(&self, day: i32) -> bool {
        (self.joined..self.left).contains(&day)
    }

    /// Whether it reports for a day.
    pub(super) fn reports(&self, day: i32, date: Date) -> bool {
        self.is_there(day)
            && !(self.rests && is_weekend(date))
            && self.stream.of("day").at(day.into()).share() < self.steady
            && !self.is_out(day)
    }

    /// Whether it is out of order.
    fn is_out(&self, day: i32) -> bool {
        let (block, likely, longest) = OUTAGE;
        let stream = self.stream.of("outage").at(day.div_euclid(block).into());
        let mut numbers = stream.numbers();
        let begins = numbers.i32(0..block - longest);
        let lasts = numbers.i32(1..=longest);
        numbers.f64() < likely && (begins..begins + lasts).contains(&day.rem_euclid(block))
    }

    /// The last day until a day on which it was upgraded: that of its installation, if it never was.
    pub(super) fn upgraded(&self, day: i32) -> i32 {
        day - (day - self.joined).rem_euclid(self.upgrades)
    }

    /// How long it has been running, in years.
    pub(super) fn years(&self, day: i32) -> f64 {
        f64::from(day - self.joined) / 365.0
    }
}

/// Whether most people do not work.
pub(super) fn is_weekend(date: Date) -> bool {
    matches!(date.weekday(), Weekday::Saturday | Weekday::Sunday)
}

/// The nearest whole number. What is told here is far from the ends of the type.
#[expect(clippy::cast_possible_truncation, reason = "a cast of a double saturates")]
pub(super) fn whole(number: f64) -> i32 {
    number.round() as i32
}
