use std::fs;

use jiff::civil::date;
use tempfile::TempDir;

use super::*;

const TODAY: Date = date(2024, 4, 25);

fn random(seed: u8) -> [u8; 48] {
    std::array::from_fn(|index| {
        seed.wrapping_mul(31).wrapping_add(u8::try_from(index).expect("48"))
    })
}

fn directory() -> (TempDir, Directory) {
    let folder = tempfile::tempdir().expect("a folder");
    let directory = Directory::at(folder.path().join("data"));
    (folder, directory)
}

fn created(directory: &Directory, seed: u8) -> Identity {
    Identity::create(directory, random(seed), TODAY).expect("created")
}

fn load(directory: &Directory) -> Found {
    Identity::load(directory).expect("no error of the system")
}

fn content(directory: &Directory, file: &str) -> Vec<u8> {
    directory.read(file).expect("read").expect("there")
}

/// Every damage of one bit, and every truncation.
fn damages(whole: &[u8]) -> impl Iterator<Item = Vec<u8>> {
    let flips = (0..whole.len() * 8).map(|bit| {
        let mut bytes = whole.to_vec();
        bytes[bit / 8] ^= 1 << (bit % 8);
        bytes
    });
    flips.chain((0..whole.len()).map(|length| whole[..length].to_vec()))
}

#[test]
fn there_is_none_before_it_is_made() {
    let (folder, directory) = directory();
    assert_eq!(load(&directory), Found::None);
    assert_eq!(fs::read_dir(folder.path()).expect("a folder").count(), 0);
}

#[test]
fn it_lasts_in_two_files() {
    let (_folder, directory) = directory();
    let identity = created(&directory, 1);
    assert_eq!(load(&directory), Found::Identity(identity.clone()));
    assert_eq!(content(&directory, FILES[0]), content(&directory, FILES[1]));
    assert_eq!(identity.since(), TODAY);
    assert_eq!(identity.secret(), Secret::new(random(1)[16..].try_into().expect("32 bytes")));
    let id = Uuid::try_parse(&identity.id()).expect("a UUID");
    assert_eq!(id.get_version_num(), 4);
}

#[test]
fn the_file_is_as_documented() {
    let (_folder, directory) = directory();
    created(&directory, 0);
    let text = String::from_utf8(content(&directory, FILES[0])).expect("text");
    let (before, checksum) = text.split_at(text.find("sha256").expect("a checksum"));
    assert_eq!(
        before,
        "headcount identity 1\nid 00010203-0405-4607-8809-0a0b0c0d0e0f\nsecret 101112131415161718191a1b1c1d1e1f\
         202122232425262728292a2b2c2d2e2f\nsince 2024-04-25\n"
    );
    assert_eq!(checksum, format!("sha256 {}\n", hex(&Sha256::digest(before))));
}

#[test]
fn one_damaged_file_changes_nothing_and_is_healed() {
    let (_folder, directory) = directory();
    let identity = created(&directory, 1);
    let whole = content(&directory, FILES[0]);
    for file in FILES {
        for damage in damages(&whole) {
            fs::write(directory.path_of(file), &damage).expect("damaged");
            assert_eq!(
                Identity::peek(&directory).expect("read"),
                Found::Identity(identity.clone())
            );
        }
        assert_ne!(content(&directory, file), whole, "a look changes nothing");
        assert_eq!(load(&directory), Found::Identity(identity.clone()));
        assert_eq!(content(&directory, file), whole, "healed");
        fs::remove_file(directory.path_of(file)).expect("removed");
        assert_eq!(load(&directory), Found::Identity(identity.clone()));
        assert_eq!(content(&directory, file), whole, "healed");
    }
}

#[test]
fn two_damaged_files_are_never_a_new_instance() {
    let (_folder, directory) = directory();
    created(&directory, 1);
    let whole = content(&directory, FILES[0]);
    for damage in damages(&whole) {
        for file in FILES {
            fs::write(directory.path_of(file), &damage).expect("damaged");
        }
        let Found::Damaged(advice) = load(&directory) else { panic!("{damage:?}") };
        assert!(advice.contains("data/identity or "), "{advice}");
        assert!(advice.contains("data/identity.copy,"), "{advice}");
    }
    for (gone, left) in [(0, 1), (1, 0)] {
        fs::write(directory.path_of(FILES[left]), b"").expect("damaged");
        directory.remove(FILES[gone]).expect("removed");
        assert!(matches!(load(&directory), Found::Damaged(_)));
    }
}

#[test]
fn of_two_generations_the_later_counts() {
    let (_folder, directory) = directory();
    created(&directory, 1);
    let old = content(&directory, FILES[0]);
    let new = created(&directory, 2);
    // Cut off between the two files.
    fs::write(directory.path_of(FILES[1]), &old).expect("written");
    assert_eq!(load(&directory), Found::Identity(new.clone()));
    assert_eq!(Identity::parse(&content(&directory, FILES[1])), Some(new));
}

#[test]
fn what_is_no_file_is_damaged_and_not_waited_for() {
    let (_folder, directory) = directory();
    let identity = created(&directory, 1);
    directory.remove(FILES[0]).expect("removed");
    fs::create_dir(directory.path_of(FILES[0])).expect("a folder");
    assert_eq!(load(&directory), Found::Identity(identity));
    directory.remove(FILES[1]).expect("removed");
    assert!(matches!(load(&directory), Found::Damaged(_)));
}

#[test]
fn deleted_it_leaves_no_copy() {
    let (folder, directory) = directory();
    let identity = created(&directory, 1);
    directory.set_aside(FILES[0]).expect("set aside");
    load(&directory);
    Identity::delete(&directory).expect("deleted");
    Identity::delete(&directory).expect("nothing left to delete");
    assert_eq!(load(&directory), Found::None);
    let secret = hex(&random(1)[16..]);
    for file in fs::read_dir(directory.path_of("damaged")).expect("a folder") {
        let text = fs::read_to_string(file.expect("an entry").path()).expect("text");
        assert!(!text.contains(&identity.id()) && !text.contains(&secret));
    }
    drop(folder);
}

#[test]
fn it_is_due_by_its_age() {
    let (_folder, directory) = directory();
    let identity = created(&directory, 1);
    assert!(!identity.is_due(30, date(2024, 5, 24)));
    assert!(identity.is_due(30, date(2024, 5, 25)));
    // A clock that runs a little back makes no new instance; one that was wrong by years is not waited for.
    assert!(!identity.is_due(30, date(2024, 4, 1)));
    assert!(identity.is_due(30, date(1970, 1, 1)));
    assert!(identity.is_due(30, date(9999, 12, 31)));
}

#[test]
fn it_shows_neither_id_nor_secret() {
    let (_folder, directory) = directory();
    let identity = created(&directory, 1);
    assert_eq!(format!("{identity:?}"), "Identity { since: 2024-04-25, .. }");
    let found = format!("{:?}", load(&directory));
    assert_eq!(found, "Identity(Identity { since: 2024-04-25, .. })");
}

#[cfg(unix)]
#[test]
fn it_counts_also_where_it_cannot_be_healed() {
    use std::os::unix::fs::PermissionsExt as _;
    let (_folder, directory) = directory();
    let identity = created(&directory, 1);
    for file in FILES {
        let mode = fs::metadata(directory.path_of(file)).expect("metadata").permissions().mode();
        assert_eq!(mode & 0o7777, 0o600, "{file}");
    }
    directory.remove(FILES[1]).expect("removed");
    let mode = |mode| {
        let mode = fs::Permissions::from_mode(mode);
        fs::set_permissions(directory.path(), mode).expect("the mode is set");
    };
    mode(0o500);
    assert_eq!(load(&directory), Found::Identity(identity));
    mode(0o700);
}
