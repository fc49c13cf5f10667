//! What every store must count and freeze, and must not, tried on each.

pub mod asking;
mod interrupted;
mod lives;
mod whole;

use std::sync::OnceLock;

use headcount_receiver::Froze;
use jiff::{SignedDuration, Timestamp};

use crate::conformance::{all, each};
use crate::erasing::{erase, hours};
use crate::reports::{DAY, NOON, Report, id, openfn};
use asking::{RELEASES, counting, day, freeze, instances, ran, releases, settled, shown};

#[tokio::test]
async fn a_day_is_frozen_when_the_second_one_after_it_begins() {
    each(async |store, keys| {
        settled(&*store, day(0)).await;
        store.put(vec![ran(1, 0, 0).stored(keys), ran(2, 0, 0).stored(keys)]).await.unwrap();
        for now in [day(0), day(1), day(2) - SignedDuration::from_secs(1)] {
            assert_eq!(freeze(&*store, now).await, Froze::default(), "{now}, {store:?}");
        }
        let froze = freeze(&*store, day(2)).await;
        assert_eq!((froze.counted, froze.frozen), (2, Some(asking::date(0))), "{store:?}");
        let shown = shown(&*store).await;
        assert_eq!(shown.days.len(), 1, "{store:?}");
        assert_eq!(shown.days[0].frozen_on, asking::date(2), "{store:?}");
        assert_eq!(instances(&shown.days[0]), 2, "{store:?}");
        assert_eq!(freeze(&*store, day(3) - hours(1)).await, Froze::default(), "{store:?}");
    })
    .await;
}

#[tokio::test]
async fn an_instance_counts_once_with_its_last_report_as_long_as_the_window_is() {
    each(async |store, keys| {
        settled(&*store, day(0)).await;
        let reports = [ran(1, 0, 0), ran(1, 1, 1), ran(2, 0, 0), ran(3, 2, 1)];
        store.put(reports.iter().map(|report| report.stored(keys)).collect()).await.unwrap();
        for now in 2..12 {
            freeze(&*store, day(now)).await;
        }
        let shown = shown(&*store).await;
        let seen: Vec<_> = shown.days.iter().map(releases).collect();
        let [old, new] = RELEASES;
        let both =
            |old_ones, new_ones| vec![(old.to_owned(), old_ones), (new.to_owned(), new_ones)];
        let expected = [
            vec![(old.to_owned(), 2)],
            both(1, 1),
            both(1, 2),
            both(1, 2),
            both(1, 2),
            both(1, 2),
            both(1, 2),
            // The second one's week is over, then the first one's.
            vec![(new.to_owned(), 2)],
            vec![(new.to_owned(), 1)],
            vec![],
        ];
        assert_eq!(seen, expected, "{store:?}");
    })
    .await;
}

#[tokio::test]
async fn what_comes_late_is_kept_and_not_counted_and_a_frozen_day_never_changes() {
    each(async |store, keys| {
        settled(&*store, day(0)).await;
        store.put(vec![ran(1, 1, 0).stored(keys)]).await.unwrap();
        settled(&*store, day(3)).await;
        freeze(&*store, day(3)).await;
        let before = shown(&*store).await;
        let late = [ran(2, 0, 0), ran(2, 1, 0), ran(1, 1, 1)].map(|late| late.stored(keys));
        store.put(late.to_vec()).await.unwrap();
        assert_eq!(all(&*store).await.len(), 3, "{store:?}");
        assert_eq!(freeze(&*store, day(3)).await, Froze::default(), "{store:?}");
        assert_eq!(shown(&*store).await, before, "{store:?}");
        store.put(vec![ran(3, 2, 1).stored(keys)]).await.unwrap();
        freeze(&*store, day(4)).await;
        let after = shown(&*store).await;
        assert_eq!(after.days[..1], before.days, "{store:?}");
        assert_eq!(instances(&after.days[1]), 2, "{store:?}");
        store.erase(vec![erase(&ran(1, 1, 0).stored(keys), "", 24 * 5)], day(4)).await.unwrap();
        assert_eq!(shown(&*store).await, after, "{store:?}");
        assert_eq!(
            store.snapshot("manyfold", Some(asking::date(1))).await.unwrap().days,
            after.days[1..]
        );
    })
    .await;
}

#[tokio::test]
async fn who_is_erased_is_counted_no_longer_and_is_new_when_it_comes_back() {
    each(async |store, keys| {
        settled(&*store, day(0)).await;
        let reports = [ran(1, 1, 0), ran(2, 1, 0)].map(|report| report.stored(keys));
        store.put(reports.to_vec()).await.unwrap();
        settled(&*store, day(3)).await;
        freeze(&*store, day(3)).await;
        // One that reaches none of its reports leaves it counted.
        store.erase(vec![erase(&reports[1], "", 23)], day(3)).await.unwrap();
        store.erase(vec![erase(&reports[0], "", 24)], day(3)).await.unwrap();
        freeze(&*store, day(4)).await;
        store.put(vec![ran(1, 3, 1).stored(keys)]).await.unwrap();
        freeze(&*store, day(5)).await;
        let seen: Vec<_> = shown(&*store).await.days.iter().map(instances).collect();
        assert_eq!(seen, [2, 1, 2], "{store:?}");
    })
    .await;
}

#[tokio::test]
async fn who_moves_to_another_version_of_the_contract_on_one_day_counts_once() {
    each(async |store, keys| {
        settled(&*store, day(0)).await;
        let report = |who, version| Report { version, ..openfn(&id(who), 1) }.stored(keys);
        let old = (0..12).map(|who| report(who, "2"));
        let new = (0..6).map(|who| report(who, "3"));
        store.put(old.chain(new).collect()).await.unwrap();
        let froze = asking::freeze_all(&*store, &asking::counting_of("openfn"), day(2)).await;
        assert_eq!(froze.counted, 18, "{store:?}");
        let shown = store.snapshot("openfn", None).await.unwrap();
        assert_eq!(instances(&shown.days[0]), 12, "{store:?}");
    })
    .await;
}

#[tokio::test]
async fn a_clock_that_jumps_freezes_nothing_before_a_day_has_shown_it_right() {
    each(async |store, keys| {
        settled(&*store, day(0)).await;
        store.put(vec![ran(1, 0, 0).stored(keys)]).await.unwrap();
        let jumped = day(3650);
        for now in [jumped, jumped + hours(23)] {
            let froze = freeze(&*store, now).await;
            assert!(froze.doubted && froze.frozen.is_none(), "{store:?}");
        }
        // It is set right, and what is due is frozen.
        assert_eq!(freeze(&*store, day(2)).await.frozen, Some(asking::date(0)), "{store:?}");
        assert!(freeze(&*store, jumped + hours(24)).await.doubted, "{store:?}");
        assert_eq!(freeze(&*store, Timestamp::UNIX_EPOCH).await, Froze::default(), "{store:?}");
        assert_eq!(shown(&*store).await.days.len(), 1, "{store:?}");
    })
    .await;
}

#[tokio::test]
async fn who_was_off_for_weeks_catches_up_day_by_day() {
    let now = day(30);
    let expected = OnceLock::new();
    each(async |store, keys| {
        settled(&*store, day(0)).await;
        for who in 0..5 {
            let days = (0..20).step_by(who + 1);
            let reports = days.map(|day| ran(who, day, who % 2).stored(keys));
            store.put(reports.collect()).await.unwrap();
        }
        assert!(freeze(&*store, now).await.doubted, "a clock that is weeks ahead, {store:?}");
        settled(&*store, now).await;
        let mut due = Vec::new();
        loop {
            let froze = store.freeze(counting(), now).await.unwrap();
            assert!(froze.frozen.is_none() || froze.counted == 0, "{store:?}");
            due.push(froze.due);
            if !froze.more {
                break;
            }
        }
        assert!(due.is_sorted_by(|one, next| one >= next), "{due:?}");
        assert_eq!(due.last(), Some(&0), "{store:?}");
        let shown = shown(&*store).await;
        assert_eq!(shown.days.len(), 29, "{store:?}");
        assert!(shown.days.iter().all(|day| day.frozen_on == asking::date(30)), "{store:?}");
        assert_eq!(
            expected.get_or_init(|| shown.clone()).days,
            shown.days,
            "each store counts alike"
        );
    })
    .await;
}

#[tokio::test]
async fn what_an_archive_brings_for_frozen_days_changes_none_of_them() {
    each(async |store, keys| {
        settled(&*store, day(0)).await;
        store.put(vec![ran(1, 10, 0).stored(keys)]).await.unwrap();
        settled(&*store, day(12)).await;
        freeze(&*store, day(12)).await;
        let before = shown(&*store).await;
        let archive = (0..10).map(|day| Report { time: NOON + day * DAY, ..ran(2, 0, 0) });
        store.put(archive.map(|report| report.stored(keys)).collect()).await.unwrap();
        assert_eq!(freeze(&*store, day(12)).await, Froze::default(), "{store:?}");
        assert_eq!(shown(&*store).await, before, "{store:?}");
    })
    .await;
}
