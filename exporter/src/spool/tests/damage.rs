//! What is not exactly a report, as it was put, is set aside and never sent.

use std::fs::{self, OpenOptions};

use super::*;

/// A spool with one report: its file's name and content.
fn with_one() -> (TempDir, Directory, Spool, String, Vec<u8>) {
    let (folder, directory, spool) = spool();
    spool.put(&report(&contract("One"), 1, 2), time(MADE_AT)).expect("put");
    let name = format!("spool/{}", directory.list("spool").expect("listed")[0].name);
    let bytes = directory.read(&name).expect("read").expect("there");
    (folder, directory, spool, name, bytes)
}

/// A look that finds no report, but this wrong.
fn refused(spool: &Spool, expected: &str) {
    let reading = spool.entries(&[contract("One")]).expect("read");
    assert_eq!((ids(&reading), reading.left), (Vec::new(), 0));
    let [why] = &*reading.set_aside else { panic!("{reading:?}") };
    assert!(why.contains(expected), "{why}");
    assert_eq!(spool.waiting().expect("listed"), [], "it was moved");
}

/// The file of these lines and bytes, with a right checksum.
fn sealed(head: &[u8], otlp: &[u8]) -> Vec<u8> {
    let rest = [head, b"\n", otlp].concat();
    let checksum = crate::text::hex(&Sha256::digest(&rest));
    [format!("headcount-spool 1 {checksum}\n").as_bytes(), &rest].concat()
}

#[test]
fn every_bit_flip_and_every_truncation() {
    let (_folder, directory, spool, name, whole) = with_one();
    let path = directory.path_of(&name);
    let flip = |bit: usize| {
        let mut bytes = whole.clone();
        bytes[bit / 8] ^= 1 << (bit % 8);
        bytes
    };
    for bit in 0..whole.len() * 8 {
        let file = name.strip_prefix("spool/").expect("it is in the spool");
        assert!(entry::decode(flip(bit), file).is_err_and(|why| why.starts_with("is damaged: ")));
    }
    // One of each byte through the disk as well.
    let flips = (0..whole.len()).map(|byte| flip(8 * byte + byte % 8));
    for bytes in flips.chain((0..whole.len()).map(|length| whole[..length].to_vec())) {
        fs::write(&path, &bytes).expect("damaged");
        refused(&spool, " is damaged: it");
    }
    fs::write(&path, [&*whole, b"\n"].concat()).expect("damaged");
    refused(&spool, "its checksum is another");
    assert_eq!(directory.list("damaged").expect("listed").len(), 8);
}

#[test]
fn a_right_checksum_is_not_enough() {
    let (_folder, directory, spool, name, whole) = with_one();
    let rest = whole.iter().position(|&byte| byte == b'\n').expect("a line") + 1;
    let json = rest + whole[rest..].iter().position(|&byte| byte == b'\n').expect("a line");
    let head = str::from_utf8(&whole[rest..json]).expect("text");
    let otlp = &whole[json + 1..];
    let write = |head: &str, otlp: &[u8]| {
        directory.write(&name, &sealed(head.as_bytes(), otlp)).expect("written");
    };
    let heads = [
        (r#","points":4"#, r#","points":4,"more":1"#, "not what is known of a report"),
        (r#","points":4"#, "", "not what is known of a report"),
        (r#""points":4"#, r#""points":5"#, "holds another report than it says"),
        ("2024-04-25", "2024-04-24", "holds another report than it says"),
        (r#""reason":"daily""#, r#""reason":"install""#, "holds a report of another name"),
        ("01:30:00", "01:30:01", "holds a report of another name"),
        ("acme/1", "acme/2", "holds another report than it says"),
        (r#""instance":""#, r#""instance":"x"#, "holds another report than it says"),
    ];
    for (before, after, expected) in heads {
        assert!(head.contains(before), "{before} in {head}");
        write(&head.replacen(before, after, 1), otlp);
        refused(&spool, expected);
    }
    write(head, &[otlp, b"\x7a\x06secret"].concat());
    refused(&spool, "say it in another way");
    write(head, b"");
    refused(&spool, "expected exactly one report of acme/1, got none");
    write(head, &report(&contract("One"), 2, 2).otlp());
    refused(&spool, "holds another report than it says");
    write(head, otlp);
    let reading = spool.entries(&[contract("One")]).expect("read");
    assert_eq!(reading.spooled.len(), 1, "only the changes were wrong");
}

#[test]
fn a_file_of_another_name() {
    let (_folder, directory, spool, name, whole) = with_one();
    directory.remove(&name).expect("removed");
    let id = report(&contract("One"), 1, 2).report_id().to_owned();
    let other_names = [
        "x".to_owned(),
        format!("20240426T013000Z-daily-{id}.bak"),
        format!("20240426T013000Z-{id}"),
        format!("2024-04-26T01:30:00Z-daily-{id}"),
        format!("20240431T013000Z-daily-{id}"),
        "20240426T013000Z-daily-".to_owned(),
    ];
    for other in other_names {
        directory.write(&format!("spool/{other}"), &whole).expect("written");
        refused(&spool, "is not named as a report");
    }
    directory.write(&format!("spool/20240426T013001Z-daily-{id}"), &whole).expect("written");
    refused(&spool, "holds a report of another name");
}

#[test]
fn a_file_of_a_gigabyte_is_not_read() {
    let (_folder, directory, spool, name, _) = with_one();
    let file = OpenOptions::new().write(true).open(directory.path_of(&name));
    file.and_then(|file| file.set_len(1 << 30)).expect("a sparse file");
    spool.put(&report(&contract("One"), 2, 2), after(1)).expect("put");
    let swept = spool.sweep(after(1)).expect("swept");
    assert_eq!((swept.dropped, swept.set_aside.len()), (0, 1), "it pushes nothing out");
    assert!(swept.set_aside[0].ends_with("is longer than a report"), "{swept:?}");
    assert_eq!(spool.entries(&[contract("One")]).expect("read").spooled.len(), 1);
}

#[cfg(unix)]
#[test]
fn what_is_no_file_is_passed_over() {
    use std::os::unix::fs::symlink;
    use std::process::Command;

    let (folder, directory, spool, name, whole) = with_one();
    let outside = folder.path().join("outside");
    fs::write(&outside, &whole).expect("written");
    directory.remove(&name).expect("removed");
    symlink(&outside, directory.path_of(&name)).expect("a link");
    let id = report(&contract("One"), 2, 2).report_id().to_owned();
    let pipe = directory.path_of(&format!("spool/20240426T013000Z-daily-{id}"));
    assert!(Command::new("mkfifo").arg(&pipe).status().expect("mkfifo runs").success());
    fs::create_dir(directory.path_of("spool/20240426T013000Z-daily-folder")).expect("a folder");
    assert_eq!(spool.entries(&[contract("One")]).expect("read"), Reading::default());
    assert_eq!(spool.sweep(time(MADE_AT)).expect("swept"), Swept::default());
    spool.clear().expect("cleared");
    assert!(pipe.exists() && outside.exists(), "nothing of it was touched");
}

#[cfg(unix)]
#[test]
fn a_file_that_may_not_be_read_now_waits() {
    use std::os::unix::fs::PermissionsExt as _;
    let (_folder, directory, spool, name, _) = with_one();
    let path = directory.path_of(&name);
    let mode = |mode| fs::set_permissions(&path, fs::Permissions::from_mode(mode)).expect("a mode");
    mode(0o000);
    // Root may read everything.
    if fs::read(&path).is_err() {
        let reading = spool.entries(&[contract("One")]).expect("read");
        assert_eq!((reading.spooled.len(), reading.left), (0, 1));
        mode(0o600);
    }
    assert_eq!(spool.entries(&[contract("One")]).expect("read").spooled.len(), 1);
}

#[cfg(unix)]
#[test]
fn what_cannot_be_moved_is_refused_all_the_same() {
    use std::os::unix::fs::PermissionsExt as _;
    let (_folder, directory, spool, name, whole) = with_one();
    spool.put(&report(&contract("One"), 2, 2), after(1)).expect("put");
    fs::write(directory.path_of(&name), &whole[1..]).expect("damaged");
    let mode = |mode| {
        let mode = fs::Permissions::from_mode(mode);
        fs::set_permissions(directory.path_of("spool"), mode).expect("the mode is set");
    };
    mode(0o500);
    // Root may move everything.
    let stays = tempfile::tempfile_in(directory.path_of("spool")).is_err();
    let reading = spool.entries(&[contract("One")]).expect("read");
    assert_eq!((reading.spooled.len(), reading.set_aside.len()), (1, 1));
    assert_eq!(reading.set_aside[0].contains(", and stays: "), stays);
    let swept = spool.sweep(after(1)).expect("swept");
    assert_eq!(swept, Swept::default(), "only what is dropped is read");
    mode(0o700);
}
