use headcount_contract::Reason;
use headcount_proto::instances;

use super::compare::Local;
use super::question::Told;
use super::*;
use crate::history::{Sent, SentOutcome};
use crate::spool::Head;

/// A report of a day of April 2024, sent the day after; its id is `id`.
fn sent(day: i8, id: &str) -> Sent {
    let date = Date::constant(2024, 4, day);
    let at = format!("2024-04-{:02}T01:30:00Z", day + 1).parse().expect("a time");
    let head = Head {
        report_id: id.to_owned(),
        contract: "shop/1".to_owned(),
        digest: "0".repeat(64).parse().expect("a digest"),
        date,
        reason: Reason::Daily,
        made_at: at,
        instance: None,
        receipt: receipt(id),
        points: 1,
    };
    Sent::new(&head, at, "http://usage.example.org", SentOutcome::Delivered)
}

/// The receipt of the report with this id.
fn receipt(id: &str) -> Receipt {
    Receipt::of(id.as_bytes())
}

fn held(version: &str, date: &str, id: &str) -> instances::HeldReport {
    instances::HeldReport {
        version: version.to_owned(),
        date: date.to_owned(),
        receipt: receipt(id).to_string(),
        report_id: id.to_owned(),
        ..instances::HeldReport::default()
    }
}

fn local(sent: &[Sent]) -> Local<'_> {
    let today = Date::constant(2024, 4, 30);
    Local { name: "shop", keep_days: Some(20), today, erased: None, sent }
}

fn verdicts(local: &Local<'_>, reports: Vec<instances::HeldReport>) -> Vec<(i8, Verdict)> {
    let told = Told { reports, erasures: Vec::new() };
    let held = local.with(told, "the receiver".to_owned());
    held.reports.iter().map(|report| (report.date.day(), report.verdict)).collect()
}

#[test]
fn each_report_is_as_sent_or_not() {
    let sent = [sent(25, "a"), sent(26, "b"), sent(27, "c")];
    let told = vec![
        held("1", "2024-04-25", "a"),
        held("1", "2024-04-26", "another"),
        held("1", "2024-04-29", "d"),
        held("0", "2024-04-25", "a"),
    ];
    assert_eq!(
        verdicts(&local(&sent), told),
        [
            (25, Verdict::Unknown),
            (25, Verdict::AsSent),
            (26, Verdict::Differs),
            (27, Verdict::NotHeld),
            (29, Verdict::Unknown),
        ]
    );
}

#[test]
fn of_two_reports_for_a_day_the_newer_counts() {
    let sent = [sent(25, "b"), sent(25, "a"), sent(25, "c")];
    let [b, a, c] =
        ["b", "a", "c"].map(|id| verdicts(&local(&sent), vec![held("1", "2024-04-25", id)]));
    assert_eq!(
        (a, b, c),
        (vec![(25, Verdict::Differs)], vec![(25, Verdict::Differs)], vec![(25, Verdict::AsSent)])
    );
}

#[test]
fn what_was_erased_or_is_over_need_not_be_held() {
    let sent = [sent(9, "over"), sent(10, "over, too"), sent(11, "kept"), sent(12, "kept, too")];
    let not_held = |day| (day, Verdict::NotHeld);
    assert_eq!(verdicts(&local(&sent), vec![]), [not_held(11), not_held(12)]);
    let erased = Some("2024-04-12T12:00:00Z".parse().expect("a time"));
    assert_eq!(verdicts(&Local { erased, ..local(&sent) }, vec![]), [not_held(12)]);
    let for_ever = Local { keep_days: None, ..local(&sent) };
    assert_eq!(verdicts(&for_ever, vec![]).len(), 4);
    // Held all the same, it is told.
    let held = vec![held("1", "2024-04-09", "over")];
    assert_eq!(verdicts(&local(&sent), held)[0], (9, Verdict::AsSent));
}

#[test]
fn what_is_no_report_of_the_instance_is_not_looked_for() {
    let rejected = Sent { outcome: SentOutcome::Rejected, ..sent(25, "a") };
    let erasure = Sent { reason: Reason::Erase, ..sent(26, "b") };
    let withdrawal = Sent { reason: Reason::OptOut, ..sent(27, "c") };
    let other = Sent { contract: "shopping/1".to_owned(), ..sent(28, "d") };
    assert_eq!(verdicts(&local(&[rejected, erasure, withdrawal, other]), vec![]), []);
}

#[test]
fn an_entry_of_an_older_release_is_compared_by_the_receipt_that_was_given() {
    let older = Sent { sent_receipt: None, ..sent(25, "a") };
    let proven = Sent { receipt: Some(receipt("a")), receipt_matches: Some(true), ..older.clone() };
    let told = || vec![held("1", "2024-04-25", "a")];
    assert_eq!(verdicts(&local(&[proven]), told()), [(25, Verdict::AsSent)]);
    assert_eq!(verdicts(&local(&[older]), told()), [(25, Verdict::Differs)]);
}

#[test]
fn a_receivers_texts_are_made_fit_to_be_shown() {
    let mut strange = held("1\u{1b}[2J\u{202e}", "2024-04-25", "a\nb");
    strange.receipt = "none".to_owned();
    let nonsense = held("1", "yesterday", "x");
    let told = Told {
        reports: vec![strange, nonsense],
        erasures: vec![instances::HeldErasure {
            remembered_until: Some(instances::Timestamp { seconds: 1_717_000_000, nanos: 0 }),
            ..instances::HeldErasure::default()
        }],
    };
    let held = local(&[]).with(told, "http://usage.example.org".to_owned());
    assert_eq!(
        held.to_string(),
        "shop/1[2J for 2024-04-25: not in the history\n\
         an erasure is remembered until 2024-05-29: nothing from before it is kept again\n"
    );
    assert_eq!((&*held.reports[0].report_id, held.reports[0].receipt), ("ab", None));
    let none = local(&[]).with(Told::default(), "http://usage.example.org".to_owned());
    assert_eq!(none.to_string(), "http://usage.example.org holds no report of this instance\n");
}
