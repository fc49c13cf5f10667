//! What is found out, in which words, and that nothing else is looked for.

use headcount_contract::Scalar;

use super::installation::{Installation, Signs};
use super::system::{architecture, is_plain, kind, major_minor};
use super::{DETECTORS, Detector, detect, detect_with};

/// What a detector of this name finds on this host.
fn found(name: &str) -> Option<String> {
    let found = detect(|listed| listed == name);
    assert!(found.len() <= 1 && found.iter().all(|(key, _)| key == name), "{found:?}");
    found.into_iter().next().map(|(_, value)| value.to_string())
}

#[test]
fn what_is_not_listed_is_not_looked_for() {
    let detectors: [(&str, Detector); 3] = [
        ("host.arch", || panic!("it is not listed")),
        ("os.type", || Some("linux".to_owned())),
        ("os.version", || None),
    ];
    let listed = |name: &str| name != "host.arch";
    let expected = [("os.type".to_owned(), Scalar::from("linux"))];
    assert_eq!(detect_with(&detectors, listed), expected);
    assert_eq!(detect(|_| false), []);
}

#[test]
fn every_value_is_a_word_or_a_name_of_the_known_shape() {
    for (name, _) in DETECTORS {
        let value = found(name);
        assert!(value.as_ref().is_none_or(|value| is_plain(value)), "{name}: {value:?}");
    }
    assert_eq!(found("os.type").as_deref(), Some(kind(std::env::consts::OS)));
    assert_eq!(found("host.arch").as_deref(), Some(architecture(std::env::consts::ARCH)));
    let version = found("os.version").expect("every kernel has a version");
    let is_number = |part: &str| (1..=5).contains(&part.len()) && part.parse::<u32>().is_ok();
    assert!(version.split('.').count() <= 2 && version.split('.').all(is_number), "{version}");
}

#[test]
fn systems_are_named_as_the_semantic_conventions_name_them() {
    let kinds = ["linux", "macos", "windows", "freebsd", "dragonfly", "android"].map(kind);
    assert_eq!(kinds, ["linux", "darwin", "windows", "freebsd", "dragonflybsd", "linux"]);
    let architectures = ["x86_64", "aarch64", "arm", "x86", "s390x", "riscv64"].map(architecture);
    assert_eq!(architectures, ["amd64", "arm64", "arm32", "x86", "s390x", "riscv64"]);
}

#[test]
fn a_kernel_tells_two_numbers() {
    for (release, told) in [
        ("6.8.0-45-generic", Some("6.8")),
        ("5.15.153.1-microsoft-standard-WSL2", Some("5.15")),
        ("6.9.1-pluto+anns-build", Some("6.9")),
        ("6.1-rc4", Some("6.1")),
        ("23.6.0", Some("23.6")),
        ("22631", Some("22631")),
        ("6.", Some("6")),
        ("6..1", Some("6")),
        ("6.123456", Some("6")),
        ("123456.1", None),
        ("pluto-6.1", None),
        (".6", None),
        ("", None),
    ] {
        assert_eq!(major_minor(release).as_deref(), told, "{release}");
    }
}

#[test]
fn a_description_of_another_shape_is_not_told() {
    for text in [
        "Ubuntu 24.04.1 LTS",
        "Debian GNU/Linux 12 (bookworm)",
        "openSUSE Leap 15.6",
        "Pop!_OS 22.04 LTS",
    ] {
        assert!(is_plain(text), "{text}");
    }
    let long = "L".repeat(65);
    for text in ["", " Linux", "Ann's Linux", "Linux\u{1b}[2J", "Linux <b>", "ann@pluto", &long] {
        assert!(!is_plain(text), "{text}");
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_release_file_is_read_as_the_shell_would() {
    use super::system::release::value_in;

    let text = "# PRETTY_NAME=no\nNAME=Alpine\n  ID='alpine'\nPRETTY_NAME=\"Alpine Linux v3.20\"\n\
                BROKEN=\"a\nESCAPED=\"a \\\"b\\\"\"\nPRETTY_NAME=second\n";
    let values = ["NAME", "ID", "PRETTY_NAME", "BROKEN", "ESCAPED", "VERSION"];
    let found = values.map(|key| value_in(text, key));
    let expected = ["Alpine", "alpine", "Alpine Linux v3.20", "\"a"].map(|v| Some(v.to_owned()));
    assert_eq!(found[..4], expected);
    assert_eq!(found[4..], [None, None], "an escaped value is not taken");
}

/// The variables that are set, the files that exist, where the program is, and what follows.
type Surroundings<'s> = (&'s [(&'s str, &'s str)], &'s [&'s str], &'s str, Installation);

const SURROUNDINGS: &[Surroundings<'_>] = &[
    (&[], &[], "/home/ann/shop", Installation::Unspecified),
    (
        &[("KUBERNETES_SERVICE_HOST", "10.0.0.1")],
        &["/.dockerenv"],
        "/app",
        Installation::Kubernetes,
    ),
    (&[], &["/.dockerenv"], "/usr/bin/shop", Installation::Docker),
    (&[], &["/run/.containerenv", "/.dockerenv"], "/app", Installation::Podman),
    (&[("container", "podman")], &[], "/app", Installation::Podman),
    (&[("container", "lxc")], &[], "/app", Installation::Lxc),
    (&[], &["/dev/incus/sock"], "/usr/bin/shop", Installation::Lxc),
    (&[("container", "oci")], &[], "/app", Installation::Container),
    (&[], &["/run/systemd/container"], "/usr/bin/shop", Installation::Container),
    (&[("INVOCATION_ID", "0")], &[], "/snap/shop/7/bin/shop", Installation::Snap),
    (&[], &[], "/nix/store/0-shop/bin/shop", Installation::Nix),
    (&[("INVOCATION_ID", "0")], &[], "/usr/bin/shop", Installation::Package),
    (&[("INVOCATION_ID", "0")], &[], "/usr/local/bin/shop", Installation::Systemd),
    (&[("INVOCATION_ID", "0")], &[], "/usr/binary/shop", Installation::Systemd),
];

#[test]
fn the_outermost_sign_tells_the_installation() {
    for (set, files, program, expected) in SURROUNDINGS {
        let signs = Signs {
            variable: &|name| {
                set.iter().find(|(known, _)| *known == name).map(|(_, v)| (*v).to_owned())
            },
            exists: &|path| files.contains(&path),
            program: Some(program.into()),
        };
        assert_eq!(signs.tell(), *expected, "{set:?} {files:?} {program}");
    }
    assert_eq!(Installation::Docker.runtime(), Some("docker"));
    assert_eq!(Installation::Kubernetes.runtime(), None, "any runtime can be beneath it");
}

#[cfg(target_os = "linux")]
mod traced {
    //! The system's own record of what is opened, made by strace.

    use std::process::Command;
    use std::{env, fs, path::Path};

    use super::detect;

    const TEST: &str = "detect::tests::traced::a_listed_attribute_opens_its_own_files_only";
    /// What is listed while the test runs under strace.
    const LISTED: &str = "HEADCOUNT_TEST_LISTED";
    /// Files that do not exist: asking for them marks the begin and the end.
    const MARKS: [&str; 2] = ["/headcount-begin", "/headcount-end"];

    /// The paths that are asked for while this attribute is found out.
    fn asked_for(listed: &str) -> Vec<String> {
        let folder = tempfile::tempdir().expect("a folder");
        let log = folder.path().join("trace");
        let program = env::current_exe().expect("this program");
        let mut strace = Command::new("strace");
        strace.args(["-f", "-qq", "-e", "trace=%file", "-o"]).arg(&log).arg(program);
        strace.args(["--exact", TEST, "--test-threads=1"]).env(LISTED, listed);
        let ran = strace.output().expect("strace is needed: run ./test once");
        assert!(ran.status.success(), "{ran:?}");
        let log = fs::read_to_string(log).expect("a trace");
        let place = |mark| log.lines().position(|line| line.contains(mark)).expect("a mark");
        let [begin, end] = MARKS.map(place);
        let between = log.lines().skip(begin + 1).take(end - begin - 1);
        between.filter_map(|line| line.split('"').nth(1)).map(str::to_owned).collect()
    }

    #[test]
    fn a_listed_attribute_opens_its_own_files_only() {
        if let Ok(name) = env::var(LISTED) {
            assert!(!Path::new(MARKS[0]).exists());
            detect(|listed| listed == name);
            assert!(!Path::new(MARKS[1]).exists());
            return;
        }
        for name in ["os.type", "host.arch", "os.version", "host.name", "host.id"] {
            assert_eq!(asked_for(name), [""; 0], "{name}");
        }
        let release = |path: &String| path.ends_with("/os-release");
        for name in ["os.name", "os.description"] {
            let paths = asked_for(name);
            assert!(!paths.is_empty() && paths.iter().all(release), "{name}: {paths:?}");
        }
        let container = asked_for("container.runtime.name");
        assert!(!container.iter().any(release), "{container:?}");
    }
}
