//! What every store must tell beside its reports, tried on each.

use headcount_receiver::{Derived, Filter, Keys, Stored};
use jiff::Timestamp;

use crate::conformance::{all, each};
use crate::erasing::{erase, today};
use crate::reports::{DAY, NOON, Report, id, manyfold, openfn};

fn of_day(instance: usize, day: u64, keys: &Keys) -> Stored {
    Report { time: NOON + day * DAY, ..openfn(&id(instance), 1) }.stored(keys)
}

#[tokio::test]
async fn an_instance_is_known_from_its_first_report_until_nothing_is_left() {
    each(async |store, keys| {
        let [one, two, three] = [1, 2, 3].map(|number| of_day(number, 0, keys));
        let other = manyfold(&id(1)).stored(keys);
        let asked = [&one, &two, &three, &other].map(|stored| stored.key.instance);
        let known = async || store.known(&asked).await.unwrap();
        assert_eq!(known().await, [false; 4], "{store:?}");
        let kept = store.put(vec![one.clone(), two.clone(), one.clone()]).await.unwrap();
        assert_eq!(kept.new_instances, 2, "{store:?}");
        assert_eq!(known().await, [true, true, false, false], "{store:?}");
        let kept = store.put(vec![of_day(1, 1, keys), other.clone()]).await.unwrap();
        assert_eq!(kept.new_instances, 1, "the same id of another contract is another instance");
        assert_eq!(known().await, [true, true, false, true], "{store:?}");
        // Nothing is left of one, and something of the other.
        let asked = vec![erase(&one, "", 30), erase(&two, "", 0)];
        store.erase(asked, today()).await.unwrap();
        assert_eq!(known().await, [false, false, false, true], "{store:?}");
        let kept = store.put(vec![of_day(1, 2, keys), two.clone()]).await.unwrap();
        assert_eq!(kept.new_instances, 1, "what comes late makes nobody known: {store:?}");
        assert_eq!(known().await, [true, false, false, true], "{store:?}");
        assert_eq!(store.known(&[]).await.unwrap(), [] as [bool; 0]);
    })
    .await;
}

#[tokio::test]
async fn an_instance_that_is_erased_in_part_stays_known() {
    each(async |store, keys| {
        let reports: Vec<_> = (0..9).map(|day| of_day(1, day, keys)).collect();
        let instance = reports[0].key.instance;
        store.put(reports.clone()).await.unwrap();
        store.erase(vec![erase(&reports[0], "", 24 * 7)], today()).await.unwrap();
        assert_eq!(all(&*store).await, reports[8..], "{store:?}");
        assert_eq!(store.known(&[instance]).await.unwrap(), [true], "{store:?}");
        store.erase(vec![erase(&reports[0], "", 24 * 8)], today()).await.unwrap();
        assert_eq!(store.known(&[instance]).await.unwrap(), [false], "{store:?}");
    })
    .await;
}

#[tokio::test]
async fn what_the_receiver_adds_is_kept_whatever_comes_first() {
    let derived = |second: i64, source: Option<u8>| Derived {
        received_at: Some(Timestamp::from_millisecond(1000 * second + 999).unwrap()),
        source: source.map(|byte| [byte; 32]),
    };
    let pieces = [derived(7, Some(3)), derived(5, None), derived(9, Some(2))];
    each(async |store, keys| {
        let whole = openfn(&id(1), 1);
        for order in [[0, 1, 2], [2, 1, 0], [1, 2, 0]] {
            let instance = keys.instance("openfn", &format!("{order:?}"));
            for index in [order, order].concat() {
                let mut piece = whole.piece(2 * index..2 * index + 2).stored(keys);
                (piece.key.instance, piece.derived) = (instance, pieces[index]);
                store.put(vec![piece]).await.unwrap();
            }
        }
        store.put(vec![openfn(&id(2), 1).stored(keys)]).await.unwrap();
        let expected = Derived {
            received_at: Some(Timestamp::from_second(5).unwrap()),
            source: Some([2; 32]),
        };
        let rows = store.page(&Filter::default(), None, 100).await.unwrap();
        let added: Vec<_> = rows.iter().filter(|row| row.derived == expected).collect();
        assert_eq!((rows.len(), added.len()), (4, 3), "{store:?}");
        let (contract, instance) = (&added[0].key.contract, &added[0].key.instance);
        let page = store.instance_page(contract, instance, None, 9).await.unwrap();
        assert_eq!(page[0].derived, expected, "{store:?}");
    })
    .await;
}

#[tokio::test]
async fn a_store_tells_its_size_and_that_it_works() {
    each(async |store, keys| {
        let empty = store.bytes();
        let reports: Vec<_> = (0..50).map(|number| openfn(&id(number), 40).stored(keys)).collect();
        let stored: usize = reports.iter().map(|stored| stored.part.encode().len()).sum();
        store.put(reports.clone()).await.unwrap();
        let full = store.bytes();
        assert!(full - empty > stored as u64 / 2, "{full} for {stored} in {store:?}");
        assert!(full - empty < 4 * stored as u64, "{full} for {stored} in {store:?}");
        let asked = reports.iter().map(|report| erase(report, "", 1)).collect();
        store.erase(asked, today()).await.unwrap();
        assert!(store.bytes() < empty + stored as u64 / 2, "pages are free again: {store:?}");
        assert!(store.healthy(), "{store:?}");
    })
    .await;
}
