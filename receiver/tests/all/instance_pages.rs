//! What every store must do when somebody asks for the reports of one instance, tried on each.

use headcount_contract::Cutoff;
use headcount_receiver::{Store, Stored, StoredKey, Tombstone};
use jiff::SignedDuration;

use crate::conformance::{each, stored};
use crate::erasing::{erase, today};
use crate::reports::{DAY, NOON, Report, id, manyfold, openfn};

/// Every report of the instance, by pages of that size, and how many pages that took.
async fn held(store: &dyn Store, of: &StoredKey, most: usize) -> (Vec<Stored>, usize) {
    let (mut held, mut pages): (Vec<Stored>, _) = (Vec::new(), 0);
    loop {
        let after = held.last().map(|stored| stored.key.clone());
        let page = store.instance_page(&of.contract, &of.instance, after.as_ref(), most);
        let page = page.await.unwrap();
        assert!(page.len() <= most);
        if page.is_empty() {
            return (held, pages);
        }
        pages += 1;
        held.extend(page.into_iter().map(stored));
    }
}

#[tokio::test]
async fn the_reports_of_one_instance_come_in_the_order_of_their_keys() {
    each(async |store, keys| {
        let mut parts = Vec::new();
        for instance in 0..3 {
            for day in [0, 1, 7] {
                let time = NOON + day * DAY;
                for version in ["2", "3"] {
                    let report = Report { version, time, ..openfn(&id(instance), 1) };
                    parts.push(report.stored(keys));
                }
                parts.push(Report { time, ..manyfold(&id(instance)) }.stored(keys));
            }
        }
        store.put(parts.clone()).await.unwrap();
        parts.sort_by(|one, other| one.key.cmp(&other.key));
        for of in [&parts[0].key, &parts[17].key, &parts[26].key] {
            let theirs = |part: &&Stored| {
                (&part.key.contract, part.key.instance) == (&of.contract, of.instance)
            };
            let theirs: Vec<_> = parts.iter().filter(theirs).cloned().collect();
            for most in [1, 2, 4, 100] {
                assert_eq!(
                    held(&*store, of, most).await.0,
                    theirs,
                    "{of} by {most} from {store:?}"
                );
            }
        }
        let nobody = keys.instance("manyfold", "nobody");
        let none = store.instance_page("manyfold", &nobody, None, 9).await.unwrap();
        assert!(none.is_empty(), "{store:?}");
        // The same id under another contract is another instance.
        let none = store.instance_page("manyfold", &parts[17].key.instance, None, 9).await.unwrap();
        assert!(none.is_empty(), "{store:?}");
    })
    .await;
}

#[tokio::test]
async fn a_page_of_large_reports_is_short() {
    each(async |store, keys| {
        let of_day = |day| Report { time: NOON + day * DAY, ..openfn(&id(1), 3000) }.stored(keys);
        let reports: Vec<_> = (0..4).map(of_day).collect();
        let size = reports[0].part.encode().len();
        assert!((512 * 1024..1024 * 1024).contains(&size), "two are more than a page: {size}");
        store.put(reports.clone()).await.unwrap();
        let (held, pages) = held(&*store, &reports[0].key, 100).await;
        assert!(held == reports, "{store:?}");
        assert_eq!(pages, 2, "{store:?}");
    })
    .await;
}

#[tokio::test]
async fn what_is_remembered_of_an_erasure_is_told() {
    each(async |store, keys| {
        let report = openfn(&id(1), 1).stored(keys);
        let tombstone = async || store.tombstone(&report.key.instance).await.unwrap();
        assert_eq!(tombstone().await, None, "{store:?}");
        store.erase(vec![erase(&report, "b", 2)], today()).await.unwrap();
        let cutoff = Cutoff { report_id: "b".to_owned(), time_unix_nano: NOON + 2 * DAY / 24 };
        let expected = Tombstone { cutoff, since: today() };
        assert_eq!(expected.until(), today() + SignedDuration::from_hours(30 * 24));
        assert_eq!(tombstone().await, Some(expected), "{store:?}");
    })
    .await;
}
