//! What every store must do, tried on each.

use std::path::Path;
use std::sync::Arc;

use headcount_receiver::{
    Durability, Filter, Kept, Keys, Memory, Options, Row, Sqlite, Store, Stored, StoredKey,
};

use crate::reports::{DAY, NOON, Report, id, library, manyfold, openfn, openfn_points};

/// Runs a check against a new store of each kind.
pub async fn each(check: impl AsyncFn(Arc<dyn Store>, &Keys)) {
    let directory = tempfile::tempdir().unwrap();
    let keys = Keys::fresh().unwrap();
    for open in [memory, sqlite] {
        let store = open(directory.path(), &keys);
        check(store.clone(), &keys).await;
        store.close().await;
    }
}

fn memory(_: &Path, _: &Keys) -> Arc<dyn Store> {
    Arc::new(Memory::new())
}

fn sqlite(directory: &Path, keys: &Keys) -> Arc<dyn Store> {
    Arc::new(Sqlite::open(&directory.join("reports.db"), keys, Options::default()).unwrap())
}

/// Everything that a filter admits, listed by pages of that size.
pub async fn list(store: &dyn Store, filter: &Filter, most: usize) -> Vec<Stored> {
    let mut listed: Vec<Stored> = Vec::new();
    loop {
        let after = listed.last().map(|stored| stored.key.clone());
        let page = store.page(filter, after.as_ref(), most).await.unwrap();
        assert!(page.len() <= most);
        if page.is_empty() {
            return listed;
        }
        listed.extend(page.into_iter().map(stored));
    }
}

/// A row that can be read.
pub fn stored(Row { key, part, derived }: Row) -> Stored {
    Stored { key, part: part.unwrap(), derived }
}

pub async fn all(store: &dyn Store) -> Vec<Stored> {
    list(store, &Filter::default(), 100).await
}

/// The report as the contract documents it.
pub fn document(stored: &Stored) -> String {
    let library = library();
    let contract = library.get(&stored.key.contract, &stored.key.version).unwrap();
    contract.report(&stored.part).unwrap().to_string()
}

#[tokio::test]
async fn what_is_put_is_listed() {
    each(async |store, keys| {
        let report = openfn(&id(1), 3).stored(keys);
        let merged = store.put(vec![report.clone()]).await.unwrap().merged;
        assert_eq!(merged.len(), 1);
        assert_eq!((merged[0].added, merged[0].duplicate), (openfn_points(3), 0), "{store:?}");
        let listed = all(&*store).await;
        assert_eq!(listed, [report], "{store:?}");
        assert!(document(&listed[0]).contains(r#""no_of_users":11"#));
    })
    .await;
}

#[tokio::test]
async fn nothing_put_is_nothing_kept() {
    each(async |store, _| {
        assert_eq!(store.put(vec![]).await.unwrap(), Kept::default());
        assert_eq!(all(&*store).await, []);
    })
    .await;
}

#[tokio::test]
async fn putting_again_changes_nothing() {
    each(async |store, keys| {
        let report = openfn(&id(1), 2).stored(keys);
        store.put(vec![report.clone()]).await.unwrap();
        let merged = store.put(vec![report.clone(), report.clone()]).await.unwrap().merged;
        let counts: Vec<_> = merged.iter().map(|merged| (merged.added, merged.duplicate)).collect();
        assert_eq!(counts, [(0, openfn_points(2)); 2], "{store:?}");
        assert_eq!(all(&*store).await, [report], "{store:?}");
    })
    .await;
}

#[tokio::test]
async fn the_order_of_parts_does_not_show() {
    let keys = Keys::fresh().unwrap();
    let whole = openfn(&id(1), 2);
    let pieces: Vec<_> = (0..4).map(|i| whole.piece(2 * i..2 * i + 2).stored(&keys)).collect();
    let whole = whole.stored(&keys);
    each(async |store, _| {
        for order in permutations(4) {
            // Each order of its own instance, once one by one, once at once.
            for together in [false, true] {
                let key = StoredKey {
                    instance: keys.instance("openfn", &format!("{order:?}{together}")),
                    ..whole.key.clone()
                };
                let part = |index: usize| Stored::new(key.clone(), pieces[index].part.clone());
                let parts: Vec<_> = order.iter().copied().map(part).collect();
                let puts = if together {
                    vec![parts]
                } else {
                    parts.into_iter().map(|part| vec![part]).collect()
                };
                for put in puts {
                    store.put(put).await.unwrap();
                }
            }
        }
        let listed = all(&*store).await;
        assert_eq!(listed.len(), 48);
        assert!(listed.iter().all(|stored| stored.part == whole.part), "{store:?}");
    })
    .await;
}

pub fn permutations(count: usize) -> Vec<Vec<usize>> {
    if count == 0 {
        return vec![vec![]];
    }
    let shorter = permutations(count - 1).into_iter();
    shorter
        .flat_map(|order| {
            (0..count).map(move |place| {
                let mut longer = order.clone();
                longer.insert(place, count - 1);
                longer
            })
        })
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn puts_at_once_lose_nothing() {
    const INSTANCES: usize = 8;
    each(async |store, keys| {
        let mut tasks = tokio::task::JoinSet::new();
        for instance in 0..INSTANCES {
            for piece in 0..8 {
                // Every piece twice, from tasks of their own.
                for _ in 0..2 {
                    let part = openfn(&id(instance), 3).piece(piece..piece + 1).stored(keys);
                    let store = store.clone();
                    tasks.spawn(async move { store.put(vec![part]).await.unwrap().merged[0] });
                }
            }
        }
        let merged = tasks.join_all().await;
        let added: u64 = merged.iter().map(|merged| merged.added).sum();
        let duplicate: u64 = merged.iter().map(|merged| merged.duplicate).sum();
        let points = openfn_points(3) * INSTANCES as u64;
        assert_eq!((added, duplicate), (points, points), "{store:?}");
        let mut expected: Vec<_> =
            (0..INSTANCES).map(|number| openfn(&id(number), 3).stored(keys)).collect();
        expected.sort_by(|one, other| one.key.cmp(&other.key));
        assert_eq!(all(&*store).await, expected, "{store:?}");
    })
    .await;
}

#[tokio::test]
async fn filters_and_pages_list_in_the_order_of_the_keys() {
    let keys = Keys::fresh().unwrap();
    let mut expected = Vec::new();
    for instance in 0..4 {
        for day in 0..3 {
            let time = NOON + day * DAY;
            let at = |report: Report| Report { time, ..report }.stored(&keys);
            expected.push(at(openfn(&id(instance), 0)));
            expected.push(at(Report { version: "3", ..openfn(&id(instance), 0) }));
            expected.push(at(manyfold(&id(instance))));
        }
    }
    each(async |store, _| {
        store.put(expected.clone()).await.unwrap();
        let mut sorted = expected.clone();
        sorted.sort_by(|one, other| one.key.cmp(&other.key));
        for filter in filters() {
            let admitted: Vec<_> =
                sorted.iter().filter(|stored| filter.admits(&stored.key)).cloned().collect();
            for most in [1, 2, 5, 100] {
                let listed = list(&*store, &filter, most).await;
                assert_eq!(listed, admitted, "{filter:?} by {most} from {store:?}");
            }
        }
    })
    .await;
}

/// Every combination of conditions that can meet, and some that cannot.
fn filters() -> Vec<Filter> {
    let texts = |known: &[&str]| -> Vec<Option<String>> {
        let known = known.iter().map(|text| Some((*text).to_owned()));
        known.chain([None]).collect()
    };
    let days = [None, Some("2024-04-26".parse().unwrap())];
    let mut filters = Vec::new();
    for contract in texts(&["openfn", "manyfold", "nobody"]) {
        for version in texts(&["2", "0.90", "no"]) {
            for from in days {
                for to in days {
                    let (contract, version) = (contract.clone(), version.clone());
                    filters.push(Filter { contract, version, from, to });
                }
            }
        }
    }
    filters
}

#[tokio::test]
async fn large_reports_and_many_of_them_are_kept() {
    each(async |store, keys| {
        let large = openfn(&id(0), 3000).stored(keys);
        let small = (1..500).map(|number| openfn(&id(number), 1).stored(keys));
        let everything: Vec<_> = [large.clone()].into_iter().chain(small).collect();
        store.put(everything.clone()).await.unwrap();
        let listed = list(&*store, &Filter::default(), 64).await;
        assert_eq!(listed.len(), everything.len());
        let found = listed.iter().find(|stored| stored.key == large.key).unwrap();
        assert!(found.part == large.part, "{store:?}");
    })
    .await;
}

#[tokio::test]
async fn each_store_says_what_an_acknowledgement_means() {
    let keys = Keys::fresh().unwrap();
    let directory = tempfile::tempdir().unwrap();
    assert_eq!(memory(directory.path(), &keys).durability(), Durability::Volatile);
    assert_eq!(sqlite(directory.path(), &keys).durability(), Durability::Flushed);
}
