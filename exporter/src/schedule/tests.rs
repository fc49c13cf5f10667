use super::*;

const RESOURCE: &str = "as at the start";

/// An exporter's life: only its state, and a clock that the test turns.
struct Life {
    schedule: Schedule,
    state: State,
    started: Timestamp,
    now: Timestamp,
    ran: bool,
    resource: &'static str,
    /// Whether reports can be made.
    works: bool,
}

fn time(text: &str) -> Timestamp {
    text.parse().expect("an RFC 3339 time")
}

fn date(text: &str) -> Date {
    text.parse().expect("a date")
}

fn schedule(covers: Covers, daily: Daily) -> Schedule {
    Schedule { covers, daily, startup_delay_seconds: 0, backfill: 0, events: Vec::new() }
}

/// OpenFn's: three chances a night.
fn nightly() -> Schedule {
    let daily = Daily::At(vec![90, 570, 1050]);
    Schedule { backfill: 10, ..schedule(Covers::PreviousDay, daily) }
}

impl Life {
    fn new(schedule: Schedule, start: &str) -> Self {
        let now = time(start);
        let state = State { reportable_from: Some(day_of(now)), ..State::default() };
        let started = now;
        Self { schedule, state, started, now, ran: false, resource: RESOURCE, works: true }
    }

    fn plan(&self) -> Plan<'_> {
        Plan {
            schedule: &self.schedule,
            state: &self.state,
            slot: 14 * 60 + 30,
            started: self.started,
            ran: self.ran,
            looks_back: true,
            resource: self.resource,
            now: self.now,
        }
    }

    /// Makes what is due, as a turn does.
    fn turn(&mut self) -> Vec<String> {
        let due = self.plan().due();
        if !due.is_empty() && !self.works {
            self.state.failed =
                Some(crate::state::Failed { at: self.now, why: "no report".to_owned() });
            return vec!["failed".to_owned()];
        }
        for due in &due {
            self.ran = true;
            if due.counts {
                self.state.report_made(due.day);
            }
            match due.reason {
                Reason::Install => self.state.installed = true,
                Reason::Backfill => self.state.looked_back = Some(self.now),
                _ => {}
            }
            self.state.resource = Some(self.resource.to_owned());
            self.state.failed = None;
        }
        due.iter().map(|due| format!("{} {}", due.reason.as_str(), due.day)).collect()
    }

    /// What is made until then, with the time of each, when every wake-up is kept.
    fn until(&mut self, end: &str) -> Vec<String> {
        let mut made = Vec::new();
        while self.now <= time(end) {
            let at = self.now.to_string();
            made.extend(self.turn().into_iter().map(|due| format!("{at} {due}")));
            let next = self.plan().next();
            assert!(next > self.now, "it sleeps");
            assert!(next.duration_since(self.now) <= LONGEST_SLEEP, "it looks at the clock");
            self.now = next;
        }
        made
    }

    /// What is made on waking at this time.
    fn at(&mut self, now: &str) -> Vec<String> {
        self.now = time(now);
        self.turn()
    }
}

#[test]
fn a_finished_day_is_reported_at_the_first_time_of_the_next() {
    let mut life = Life::new(nightly(), "2026-03-01T10:00:00Z");
    assert_eq!(
        life.until("2026-03-03T12:00:00Z"),
        ["2026-03-02T01:30:00Z daily 2026-03-01", "2026-03-03T01:30:00Z daily 2026-03-02"]
    );
}

#[test]
fn the_later_times_are_further_chances() {
    let mut life = Life::new(nightly(), "2026-03-01T23:00:00Z");
    life.works = false;
    assert_eq!(life.at("2026-03-02T01:30:00Z"), ["failed"]);
    assert!(life.at("2026-03-02T01:30:02Z").is_empty(), "not again at once");
    assert_eq!(life.at("2026-03-02T02:30:00Z"), ["failed"]);
    assert_eq!(life.at("2026-03-02T09:29:59Z"), ["failed"]);
    life.works = true;
    assert_eq!(life.at("2026-03-02T09:30:00Z"), ["daily 2026-03-01"]);
    assert!(life.at("2026-03-02T17:30:00Z").is_empty());
}

#[test]
fn missed_days_are_made_up_for_oldest_first_and_ten_at_a_time() {
    let mut life = Life::new(nightly(), "2026-03-01T10:00:00Z");
    let made = life.at("2026-03-14T06:00:00Z");
    assert_eq!(made.len(), 11);
    assert_eq!(
        (made[0].as_str(), made[9].as_str()),
        ("backfill 2026-03-01", "backfill 2026-03-10")
    );
    assert_eq!(made[10], "daily 2026-03-13");
    assert!(life.at("2026-03-14T07:00:00Z").is_empty(), "the rest waits for the next time of day");
    assert_eq!(life.at("2026-03-14T09:30:00Z"), ["backfill 2026-03-11", "backfill 2026-03-12"]);
    assert!(life.at("2026-03-15T01:29:00Z").is_empty());
}

#[test]
fn days_without_consent_are_not_made_up_for() {
    let mut life = Life::new(nightly(), "2026-03-01T10:00:00Z");
    life.state.reportable_from = Some(date("2026-03-08"));
    assert_eq!(
        life.at("2026-03-11T02:00:00Z"),
        ["backfill 2026-03-08", "backfill 2026-03-09", "daily 2026-03-10"]
    );
    life.state.stop(date("2026-03-11"));
    assert!(life.at("2026-03-12T02:00:00Z").is_empty());
}

#[test]
fn a_snapshot_is_made_once_a_day_at_the_instances_own_minute() {
    let mut life = Life::new(schedule(Covers::Now, Daily::Random), "2026-03-01T10:00:00Z");
    assert_eq!(
        life.until("2026-03-03T23:00:00Z"),
        [
            "2026-03-01T14:30:00Z daily 2026-03-01",
            "2026-03-02T14:30:00Z daily 2026-03-02",
            "2026-03-03T14:30:00Z daily 2026-03-03",
        ]
    );
    // After it, on the day on which somebody agreed, at once.
    let mut life = Life::new(schedule(Covers::Now, Daily::Random), "2026-03-01T18:00:00Z");
    assert_eq!(life.turn(), ["daily 2026-03-01"]);
}

#[test]
fn a_delay_after_the_start_comes_first_and_restarts_add_nothing() {
    let daily = schedule(Covers::Now, Daily::Random);
    let schedule = Schedule { startup_delay_seconds: 30, ..daily };
    let mut life = Life::new(schedule, "2026-03-01T10:00:00Z");
    assert_eq!(
        life.until("2026-03-02T20:00:00Z"),
        ["2026-03-01T10:00:30Z daily 2026-03-01", "2026-03-02T14:30:00Z daily 2026-03-02"]
    );
    for minute in 0..50 {
        life.started = time("2026-03-02T21:00:00Z") + SignedDuration::from_mins(minute);
        life.now = life.started + SignedDuration::from_secs(40);
        assert!(life.turn().is_empty());
    }
}

#[test]
fn a_sleeping_laptop_reports_on_waking() {
    let mut life = Life::new(schedule(Covers::Now, Daily::Random), "2026-03-01T10:00:00Z");
    assert_eq!(life.at("2026-03-05T22:00:00Z"), ["daily 2026-03-05"]);
    assert!(life.at("2026-03-05T22:00:02Z").is_empty());
}

#[test]
fn a_clock_that_jumps_by_years_neither_floods_nor_silences() {
    let mut life = Life::new(nightly(), "2026-03-01T10:00:00Z");
    assert_eq!(life.at("2026-03-02T02:00:00Z"), ["daily 2026-03-01"]);
    let jumped = life.at("2046-03-02T02:00:00Z");
    assert_eq!(jumped.len(), 11, "{jumped:?}");
    assert!(life.at("2046-03-02T02:00:10Z").is_empty());
    // Back again: the days of the wrong year do not count.
    assert_eq!(life.at("2026-03-03T02:00:00Z"), ["daily 2026-03-02"]);
    assert_eq!(life.at("2026-03-04T02:00:00Z"), ["daily 2026-03-03"]);
    // A clock that was never set.
    assert!(life.at("1970-01-01T02:00:00Z").is_empty());
    life.state.failed =
        Some(crate::state::Failed { at: time("2046-01-01T00:00:00Z"), why: String::new() });
    assert_eq!(life.at("2026-03-05T02:00:00Z"), ["daily 2026-03-04"]);
}

#[test]
fn summer_time_does_not_show() {
    // Both nights on which Europe changes its clocks.
    for (start, end) in [
        ("2026-03-28T00:00:00Z", "2026-03-30T23:00:00Z"),
        ("2026-10-24T00:00:00Z", "2026-10-26T23:00:00Z"),
    ] {
        let mut life = Life::new(nightly(), start);
        let made = life.until(end);
        assert_eq!(made.len(), 2, "{made:?}");
        assert!(made.iter().all(|made| made.contains("T01:30:00Z")), "{made:?}");
    }
}

#[test]
fn events_are_told_once() {
    let events = vec![Event::Install, Event::Upgrade, Event::Heartbeat, Event::OptOut];
    let daily = schedule(Covers::Now, Daily::Random);
    let mut life = Life::new(Schedule { events, ..daily }, "2026-03-01T10:00:00Z");
    assert_eq!(life.turn(), ["install 2026-03-01"]);
    // It says what holds: the day needs no other report.
    assert_eq!(life.until("2026-03-02T20:00:00Z"), ["2026-03-02T14:30:00Z daily 2026-03-02"]);
    life.resource = "another version";
    assert_eq!(life.turn(), ["upgrade 2026-03-02"]);
    assert!(life.turn().is_empty());
    life.resource = "a third";
    assert_eq!(
        life.at("2026-03-03T15:00:00Z"),
        ["upgrade 2026-03-03"],
        "not the daily one as well"
    );
}

#[test]
fn beside_a_finished_day_an_event_stands_alone() {
    let schedule = Schedule { events: vec![Event::Install], ..nightly() };
    let mut life = Life::new(schedule, "2026-03-01T10:00:00Z");
    assert_eq!(life.turn(), ["install 2026-02-28"]);
    assert_eq!(life.at("2026-03-02T02:00:00Z"), ["daily 2026-03-01"]);
}

#[test]
fn a_program_that_does_not_keep_running_reports_each_run() {
    let mut life = Life::new(schedule(Covers::Now, Daily::EachRun), "2026-03-01T10:00:00Z");
    assert_eq!(life.turn(), ["daily 2026-03-01"]);
    assert!(life.turn().is_empty());
    life.ran = false;
    assert_eq!(life.turn(), ["daily 2026-03-01"]);
}

#[test]
fn people_are_told_when_the_next_report_is_made() {
    let mut life = Life::new(nightly(), "2026-03-01T10:00:00Z");
    assert_eq!(life.plan().next_report(), Some(time("2026-03-02T01:30:00Z")));
    life.at("2026-03-02T02:00:00Z");
    assert_eq!(life.plan().next_report(), Some(time("2026-03-03T01:30:00Z")));
    life.state.stop(date("2026-03-02"));
    assert_eq!(life.plan().next_report(), None);
}

#[test]
fn slots_are_spread_over_the_day() {
    let slots: std::collections::BTreeSet<_> = (0..=255_u8)
        .map(|byte| {
            slot(
                headcount_contract::Secret::new([byte; 32])
                    .authenticate(b"slot")
                    .first_chunk::<32>()
                    .expect("32 bytes"),
            )
        })
        .collect();
    assert!(slots.len() > 200, "{}", slots.len());
    assert!(slots.iter().all(|slot| *slot < 1440));
}
