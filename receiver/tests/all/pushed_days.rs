//! What every store must remember of what was pushed, tried on each.

use headcount_receiver::Store as _;
use jiff::civil::date;

use crate::conformance::each;
use crate::sqlite::Place;

#[tokio::test]
async fn the_newest_day_that_was_pushed_is_remembered_for_each_application() {
    each(async |store, _| {
        assert_eq!(store.pushed("openfn").await.unwrap(), None, "{store:?}");
        for day in [date(2026, 11, 1), date(2026, 11, 2)] {
            store.note_pushed("openfn", day).await.unwrap();
            assert_eq!(store.pushed("openfn").await.unwrap(), Some(day), "{store:?}");
        }
        assert_eq!(store.pushed("manyfold").await.unwrap(), None, "{store:?}");
    })
    .await;
}

#[tokio::test]
async fn what_was_pushed_is_remembered_over_a_restart() {
    let place = Place::new();
    let day = date(2026, 11, 2);
    let store = place.open();
    store.note_pushed("openfn", day).await.unwrap();
    store.close().await;
    drop(store);
    assert_eq!(place.open().pushed("openfn").await.unwrap(), Some(day));
}
