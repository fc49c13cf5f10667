//! How reports are lost: by their age, their number and their length, and not by a clock that jumps.

use super::*;

const DAY: i64 = 24 * 60 * 60;

/// A spool with a report for each of these seconds after the first.
fn made(seconds: &[i64]) -> (TempDir, Directory, Spool) {
    let (folder, directory, spool) = spool();
    let contract = contract("One");
    for (seed, seconds) in seconds.iter().enumerate() {
        let seed = u8::try_from(seed).expect("few");
        spool.put(&report(&contract, seed, 1), after(*seconds)).expect("put");
    }
    (folder, directory, spool)
}

/// The seconds after the first at which the reports were made that still wait.
fn left(spool: &Spool) -> Vec<i64> {
    let waiting = spool.waiting().expect("listed");
    waiting.iter().map(|one| one.made_at.as_second() - after(0).as_second()).collect()
}

fn sweep(spool: &Spool, seconds: i64) -> u64 {
    let swept = spool.sweep(after(seconds)).expect("swept");
    assert_eq!(swept.set_aside, Vec::<String>::new());
    assert_eq!(swept.heads.len() as u64, swept.dropped);
    swept.dropped
}

#[test]
fn after_fourteen_days() {
    let (_folder, _directory, spool) = made(&[0, DAY, 2 * DAY]);
    assert_eq!(sweep(&spool, 14 * DAY), 0);
    assert_eq!(sweep(&spool, 14 * DAY + 1), 1);
    assert_eq!(left(&spool), [DAY, 2 * DAY]);
    assert_eq!(sweep(&spool, 17 * DAY), 2);
}

#[test]
fn the_oldest_beyond_thirty_one() {
    let seconds: Vec<i64> = (0..35).collect();
    let (_folder, _directory, spool) = made(&seconds);
    let swept = spool.sweep(after(35)).expect("swept");
    assert_eq!(left(&spool), (4..35).collect::<Vec<_>>());
    let dropped = swept.heads.iter().map(|head| head.made_at.as_second() - after(0).as_second());
    assert_eq!(dropped.collect::<Vec<_>>(), [0, 1, 2, 3]);
    assert_eq!(sweep(&spool, 35), 0);
}

#[test]
fn the_oldest_beyond_eight_mebibytes_and_never_the_last() {
    let (_folder, directory, spool) = made(&[0, 1, 2, 3]);
    let grow = |index: usize, bytes: u64| {
        let name = spool.waiting().expect("listed")[index].name.clone();
        let file = std::fs::OpenOptions::new().write(true).open(directory.path_of(&path(&name)));
        file.and_then(|file| file.set_len(bytes)).expect("a sparse file");
    };
    (0..4).for_each(|index| grow(index, 3 << 20));
    let swept = spool.sweep(after(4)).expect("swept");
    // They are damaged as well, so they are set aside and make room by that.
    assert_eq!((swept.dropped, swept.set_aside.len()), (0, 2));
    assert_eq!(left(&spool), [2, 3]);
    grow(1, 9 << 20);
    spool.sweep(after(4)).expect("swept");
    assert_eq!(left(&spool), [3]);
    spool.sweep(after(4)).expect("swept");
    assert_eq!(left(&spool), [3]);
}

#[test]
fn a_clock_that_jumps_drops_no_backlog() {
    let years = 50 * 365 * DAY;
    for jump in [-years, years, -2 * DAY, 400 * DAY] {
        let (_folder, _directory, spool) = made(&[0, DAY, 2 * DAY]);
        assert_eq!(sweep(&spool, 2 * DAY + jump), 0, "{jump}");
        // A report is made while the clock is wrong, and it is right again.
        spool.put(&report(&contract("One"), 9, 1), after(2 * DAY + jump)).expect("put");
        assert_eq!(sweep(&spool, 2 * DAY + jump), 0, "{jump}");
        assert_eq!(sweep(&spool, 2 * DAY), 0, "{jump}");
        assert_eq!(left(&spool).len(), 4, "{jump}");
        // Those that it was right for go by their age.
        assert_eq!(sweep(&spool, 17 * DAY), if jump == -2 * DAY { 4 } else { 3 }, "{jump}");
    }
}

#[test]
fn reports_of_a_wrong_clock_give_way_first() {
    let years = 50 * 365 * DAY;
    for wrong in [-years, years] {
        let mut seconds: Vec<i64> = (0..31).map(|second| second + wrong).collect();
        seconds.extend(0..10);
        let (_folder, _directory, spool) = made(&seconds);
        assert_eq!(sweep(&spool, 10), 10);
        let right = left(&spool).iter().filter(|second| (0..10).contains(*second)).count();
        assert_eq!(right, 10);
    }
}

#[test]
fn a_clock_that_is_adjusted_is_not_wrong() {
    let seconds: Vec<i64> = (0..32).collect();
    let (_folder, _directory, spool) = made(&seconds);
    assert_eq!(sweep(&spool, -60), 1);
    assert_eq!(left(&spool)[0], 1);
}

#[test]
fn reports_of_every_contract_count() {
    let (_folder, _directory, spool) = made(&(0..31).collect::<Vec<_>>());
    spool.put(&report(&contract("Another"), 99, 1), after(-1)).expect("put");
    assert_eq!(sweep(&spool, 31), 1);
    assert_eq!(left(&spool)[0], 0);
}

#[test]
fn a_request_for_erasure_is_not_lost_to_age_or_number() {
    let (_folder, _directory, spool) = spool();
    let contract = contract("One");
    let id = report(&contract, 1, 0).instance().expect("an id").to_owned();
    let header = header([200; 8], Reason::Erase);
    let request = erasure(&contract, InstanceId::AsItTravels(&id), &header).expect("an id");
    spool.put(&request, after(-20 * DAY)).expect("put");
    for seed in 0..40 {
        spool.put(&report(&contract, seed, 1), after(seed.into())).expect("put");
    }
    assert_eq!(sweep(&spool, 40), 10);
    assert_eq!(spool.waiting().expect("listed")[0].reason, Reason::Erase);
}
