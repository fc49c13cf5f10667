//! accepted + rejected + duplicate = sent, also where a list fills up over several requests.

use std::sync::Arc;

use headcount_contract::{Contract, Library};
use headcount_receiver::{Filter, Memory, Store};

use crate::conformance::list;
use crate::receiver::{PROTOBUF, Running, settings, sqlite, start_by};
use crate::reports::{INSTANCE, NOON, Point, Report};

/// Shelves of a shop, two at most.
const SHOP: &str = r#"
contract: shop
version: "1"
brief: Shelves.
identity: stable
consent: { default: opt_in }
schedule: { covers: now, daily: random }
report:
  id: { $id: service.instance.id, hash: sha256, encoding: hex }
  shelves:
    $each: shop.shelf
    max: 2
    shelf: { $attribute: shop.shelf, brief: Its letter, pattern: '[a-z]', example: a }
    books: { $gauge: shop.books, unit: "{book}", brief: Books on it }
    games: { $gauge: shop.games, unit: "{game}", brief: Games on it }
"#;

fn shelves(letters: &str, gauges: &[&'static str], time: u64) -> Report {
    let point = |letter: char| Point {
        attributes: vec![("shop.shelf", letter.to_string())],
        value: i64::from(u32::from(letter)),
    };
    let points: Vec<_> = letters.chars().map(point).collect();
    Report {
        contract: "shop",
        version: "1",
        instance: INSTANCE.to_owned(),
        time,
        resource: vec![],
        gauges: gauges.iter().map(|&name| (name, points.clone())).collect(),
    }
}

/// Sends the shelves and gives how many points were sent, accepted, rejected and duplicate.
async fn sent(receiver: &Running, letters: &str, gauges: &[&'static str], time: u64) -> [u64; 4] {
    let before = receiver.tally.counts();
    let body = shelves(letters, gauges, time).bytes();
    let answer = receiver.post(&[("content-type", PROTOBUF)], body).await;
    let after = receiver.tally.counts();
    let counts = [
        after.sent - before.sent,
        after.accepted - before.accepted,
        after.rejected - before.rejected,
        after.duplicate - before.duplicate,
    ];
    let partial = answer.partial();
    let rejected = partial.as_ref().map_or(0, |(rejected, _)| u64::try_from(*rejected).unwrap());
    assert_eq!(rejected, counts[2], "the answer tells what is counted");
    if let Some((_, why)) = partial {
        assert!(why.contains("at most"), "{why}");
    }
    counts
}

#[tokio::test]
async fn a_list_that_fills_up_is_accounted_for() {
    let directory = tempfile::tempdir().unwrap();
    let stores: [Arc<dyn Store>; 2] = [Arc::new(Memory::new()), sqlite(directory.path())];
    for store in stores {
        let mut library = Library::empty();
        library
            .add(Contract::parse("shop.yaml", SHOP).unwrap_or_else(|why| panic!("{why}")))
            .unwrap();
        let receiver = start_by(Arc::new(library), settings(), store).await;
        let (books, both) = (&["shop.books"][..], &["shop.books", "shop.games"][..]);
        assert_eq!(sent(&receiver, "dc", both, NOON).await, [4, 4, 0, 0]);
        assert_eq!(sent(&receiver, "dc", both, NOON).await, [4, 0, 0, 4]);
        assert_eq!(sent(&receiver, "e", books, NOON).await, [1, 0, 1, 0]);
        // The first letters stay, so this one drives out a shelf with more points than it brings.
        let [one, accepted, rejected, duplicate] = sent(&receiver, "a", books, NOON).await;
        assert_eq!((one, accepted + rejected + duplicate), (1, 1));
        assert_eq!(sent(&receiver, "abc", both, NOON).await[0], 6);
        // However lists fill up, nothing is counted twice or not at all.
        for (letters, gauges) in [("b", books), ("xyz", both), ("bax", both), ("a", both)] {
            let [sent, accepted, rejected, duplicate] =
                sent(&receiver, letters, gauges, NOON + 1).await;
            assert_eq!(sent, accepted + rejected + duplicate, "{letters}");
            assert_eq!(sent, (letters.len() * gauges.len()) as u64);
        }
        let listed = list(&*receiver.store, &Filter::default(), 10).await;
        assert_eq!((listed.len(), listed[0].part.points()), (1, 4), "two shelves, two gauges each");
    }
}
