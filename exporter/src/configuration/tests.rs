//! What is read from a file, and what is refused, with its place.

use std::fs;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use super::{Configuration, MAX_BYTES, Misread, toml, yaml};

/// What a file says, in one line.
fn told(read: Result<Configuration, Misread>) -> String {
    match read {
        Ok(Configuration { enabled, level, endpoint }) => {
            let words = [
                enabled.map(|enabled| enabled.to_string()),
                level.map(|level| level.as_str().to_owned()),
                endpoint,
            ];
            words.into_iter().flatten().collect::<Vec<_>>().join(" ")
        }
        Err(Misread { at: Some(at), text }) => format!("{}:{}: {text}", at.line, at.column),
        Err(Misread { at: None, text }) => text,
    }
}

const YAML: &[(&str, &str)] = &[
    ("", ""),
    ("# all of it is a comment\n", ""),
    ("port: 3000\n", ""),
    ("telemetry:\n  enabled: false\n", "false"),
    ("telemetry:\n  enabled: true\n  level: usage\n", "true usage"),
    ("telemetry: { enabled: 'no' }", "false"),
    ("telemetry: { \"enabled\": \"False\" }", "false"),
    ("telemetry: { enabled: ON }", "true"),
    (
        "telemetry: { enabled: yes, endpoint: \"http://127.0.0.1:4318\" }",
        "true http://127.0.0.1:4318",
    ),
    ("telemetry.enabled: false\n", "false"),
    ("telemetry:\n", ""),
    ("telemetry:\n  # enabled: false\nport: 3000\n", ""),
    ("telemetry: ~\n", ""),
    // What is the application's own is left alone.
    ("telemetry:\n  frontend: { plausible: { domain: x } }\n  enabled: off\n", "false"),
    ("telemetry:\n  backend: [enabled: true]\n", ""),
    ("other:\n  telemetry: { enabled: false }\n", ""),
    ("a: &a { telemetry: { enabled: false } }\nb: *a\nc: !env X\n? [1, {x: y}]\n: z\n", ""),
    ("port: 1\nport: 2\ntelemetry.frontend: 3\n", ""),
    ("telemetry: &t\n  enabled: &e false\nmore: *t\n", "false"),
    // Several documents are one file.
    ("a: 1\n---\ntelemetry: { enabled: false }\n---\n...\n", "false"),
    (
        "telemetry: { enabled: true }\n---\ntelemetry: { enabled: false }\n",
        "3:1: expected `telemetry` once, got it again",
    ),
    // Twice is once too often.
    (
        "telemetry: { enabled: true }\ntelemetry: { enabled: false }\n",
        "2:1: expected `telemetry` once, got it again",
    ),
    (
        "telemetry:\n  enabled: true\n  enabled: false\n",
        "3:12: expected `telemetry.enabled` once, got it again",
    ),
    (
        "telemetry:\n  level: basic\ntelemetry.enabled: no\ntelemetry.level: usage\n",
        "4:18: expected `telemetry.level` once, got it again",
    ),
    // What is not written out is not followed.
    (
        "d: &d { enabled: false }\ntelemetry: *d\n",
        "2:12: expected `telemetry` to be a mapping, got an alias, which is not followed",
    ),
    (
        "d: &d { enabled: false }\ntelemetry:\n  <<: *d\n",
        "3:3: expected `telemetry` written out, got a merge key (<<), which is not followed",
    ),
    (
        "d: &d { telemetry: { enabled: false } }\n<<: *d\n",
        "2:1: expected `telemetry` written out, got a merge key (<<), which is not followed",
    ),
    ("d: &d { telemetry: { enabled: true } }\n<<: *d\ntelemetry: { enabled: false }\n", "false"),
    (
        "d: &d false\ntelemetry: { enabled: *d }\n",
        "2:23: expected `telemetry.enabled` to be `true` or `false`, got an alias, which is not followed",
    ),
    (
        "telemetry: { enabled: !env TELEMETRY }\n",
        "1:23: expected `telemetry.enabled` to be `true` or `false`, got a value with a tag",
    ),
    (
        "telemetry: !include telemetry.yaml\n",
        "1:12: expected `telemetry` to be a mapping, got a value with a tag",
    ),
    // Wrong values.
    ("telemetry: false\n", "1:12: expected `telemetry` to be a mapping, got a text"),
    (
        "telemetry: { enabled: 1 }",
        "1:23: expected `telemetry.enabled` to be `true` or `false`, got `1`",
    ),
    (
        "telemetry:\n  enabled:\n",
        "2:10: expected `telemetry.enabled` to be `true` or `false`, got nothing",
    ),
    (
        "telemetry: { enabled: ${TELEMETRY} }",
        "1:23: expected `telemetry.enabled` to be `true` or `false`, got `$`",
    ),
    (
        "telemetry: { enabled: [false] }",
        "1:23: expected `telemetry.enabled` to be `true` or `false`, got a list",
    ),
    (
        "telemetry: { enabled: \"\\e[2Jaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\" }",
        "1:23: expected `telemetry.enabled` to be `true` or `false`, got `\\u{1b}[2Jaaaaaaaaaaaaaaaaaaaaaaaaaaaa…`",
    ),
    (
        "telemetry: { level: Usage }",
        "1:21: expected `telemetry.level` to be `basic`, `usage`, `statistics` or `diagnostics`, got `Usage`",
    ),
    (
        "telemetry: { endpoint: usage.example.org }",
        "1:24: in `telemetry.endpoint`: expected an endpoint that begins with http:// or https://, got none",
    ),
    (
        "telemetry: { endpoint: \"http://ann:secret@h\" }",
        "1:24: in `telemetry.endpoint`: expected an endpoint without user name and password, got one with an @",
    ),
    (
        "telemetry: { endpoint: {} }",
        "1:24: expected `telemetry.endpoint` to be a URL, got a mapping",
    ),
    // No YAML, or none of a configuration.
    ("- telemetry\n", "1:1: expected a mapping, got a list"),
    ("telemetry\n", "1:1: expected a mapping, got a text"),
];

#[test]
fn yaml_says_so_or_is_refused() {
    for (text, expected) in YAML {
        assert_eq!(told(yaml::parse(text)), *expected, "{text}");
    }
}

#[test]
fn broken_yaml_is_refused_wherever_it_breaks() {
    for text in [
        "telemetry: { enabled: false",
        "telemetry:\n  enabled: true\n other: [\n",
        "telemetry: { enabled: true }\nlater: \"no end\n",
        "telemetry: { enabled: true }\nlater: *unknown\n",
        "telemetry:\n\tenabled: false\n",
    ] {
        let told = told(yaml::parse(text));
        assert!(told.contains(": expected YAML, "), "{text}: {told}");
    }
}

const TOML: &[(&str, &str)] = &[
    ("", ""),
    ("port = 3000\n", ""),
    ("[telemetry]\nenabled = false\n", "false"),
    ("telemetry.enabled = false\n", "false"),
    ("telemetry = { enabled = true, level = \"statistics\" }\n", "true statistics"),
    (
        "[telemetry]\nenabled = \"off\"\nendpoint = \"http://[::1]:4318\"\n",
        "false http://[::1]:4318",
    ),
    ("[telemetry.frontend]\ndomain = \"x\"\n", ""),
    ("[other.telemetry]\nenabled = false\n", ""),
    ("telemetry = false\n", "1:13: expected `telemetry` to be a table, got a boolean"),
    ("[[telemetry]]\nenabled = false\n", "1:1: expected `telemetry` to be a table, got a list"),
    (
        "[telemetry]\nenabled = 0\n",
        "2:11: expected `telemetry.enabled` to be `true` or `false`, got a number",
    ),
    (
        "[telemetry]\n\"ü\" = 1\nenabled = \"maybe\"\n",
        "3:11: expected `telemetry.enabled` to be `true` or `false`, got `maybe`",
    ),
    (
        "a = \"ü\"\ntelemetry = { \"ü\" = \"ü\", level = true }\n",
        "2:34: expected `telemetry.level` to be `basic`, `usage`, `statistics` or `diagnostics`, got `true`",
    ),
];

#[test]
fn toml_says_so_or_is_refused() {
    for (text, expected) in TOML {
        assert_eq!(told(toml::parse(text)), *expected, "{text}");
    }
    for text in [
        "[telemetry]\nenabled = false\nenabled = true\n",
        "[telemetry]\n[telemetry]\n",
        "[telemetry]\nenabled = False\n",
        "telemetry: { enabled: false }\n",
    ] {
        let told = told(toml::parse(text));
        assert!(told.contains(": expected TOML, "), "{text}: {told}");
    }
}

/// What a file of this name and content says.
fn read(name: &str, bytes: &[u8]) -> String {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join(name);
    fs::write(&path, bytes).expect("a file");
    let folder = format!("{}/", folder.path().display());
    match Configuration::read(&path) {
        Ok(configuration) => told(Ok(configuration)),
        Err(error) => error.to_string().replace(&folder, ""),
    }
}

#[test]
fn the_name_says_what_is_in_a_file() {
    assert_eq!(read("shop.yaml", b"telemetry: { enabled: false }"), "false");
    assert_eq!(read("shop.YML", b"telemetry: { enabled: false }"), "false");
    assert_eq!(read("shop.toml", b"telemetry = { enabled = false }"), "false");
    assert_eq!(read("shop.toml", "\u{feff}telemetry.enabled = false".as_bytes()), "false");
    assert_eq!(read("shop.yaml", "\u{feff}telemetry: { enabled: false }".as_bytes()), "false");
    let expected = "shop.json: expected a file that ends in .yaml, .yml or .toml";
    assert_eq!(read("shop.json", b"{}"), expected);
    let expected = "1:23: expected `telemetry.enabled` to be `true` or `false`, got `maybe`";
    let told = read("shop.yaml", b"telemetry: { enabled: maybe }");
    assert_eq!(told, format!("shop.yaml:{expected}"));
}

#[test]
fn a_file_that_is_not_there_says_nothing() {
    let folder = tempfile::tempdir().expect("a folder");
    let missing = Configuration::read(&folder.path().join("nowhere/shop.yaml"));
    assert_eq!(missing.expect("nothing"), Configuration::default());
}

#[test]
fn what_cannot_be_read_is_no_empty_file() {
    let folder = tempfile::tempdir().expect("a folder");
    let refused = |path: PathBuf| Configuration::read(&path).expect_err("refused").to_string();
    let directory = folder.path().join("shop.yaml");
    fs::create_dir(&directory).expect("a folder");
    assert!(refused(directory.clone()).contains("expected a regular file"));
    let beneath = folder.path().join("file");
    fs::write(&beneath, "").expect("a file");
    assert!(refused(beneath.join("shop.yaml")).contains("expected a readable file"));
    assert_eq!(
        read("shop.yaml", b"telemetry:\n  enabled: false # \xff"),
        "shop.yaml:2:20: expected UTF-8, got other bytes"
    );
    let size = usize::try_from(MAX_BYTES).expect("a small number");
    let mut large = b"telemetry: { enabled: false }\n#".to_vec();
    large.resize(size, b'x');
    assert_eq!(read("shop.yaml", &large), "false");
    large.push(b'x');
    assert_eq!(read("shop.yaml", &large), "shop.yaml: expected at most 1048576 bytes, got more");
}

#[cfg(unix)]
#[test]
fn a_pipe_is_not_waited_for() {
    let folder = tempfile::tempdir().expect("a folder");
    let pipe = folder.path().join("shop.yaml");
    let made = std::process::Command::new("mkfifo").arg(&pipe).status().expect("mkfifo");
    assert!(made.success());
    let error = Configuration::read(&pipe).expect_err("refused").to_string();
    assert!(error.contains("expected a regular file"), "{error}");
}

#[test]
fn a_bomb_does_not_go_off() {
    let size = usize::try_from(MAX_BYTES).expect("a small number");
    let laugh = |n: u32| format!("a{n}: &a{n} [*a{m}, *a{m}]\n", m = n - 1);
    let laughs: String = (1..64).map(laugh).collect();
    let laughs = format!("a0: &a0 [x, x]\n{laughs}telemetry: {{ enabled: false }}\n");
    assert_eq!(told(yaml::parse(&laughs)), "false");
    let begun = Instant::now();
    for unit in [
        "[", "{", "- ", "? ", "a: ", "{a: ", "&a ", "!a ", "'", "\"", "*a ", "<<: ", "%", "---\n",
        ",", "|\n", "#", "[],", "x\n  ",
    ] {
        let text = format!("a: [{}", unit.repeat(size / unit.len()));
        assert_ne!(told(yaml::parse(&text)), "true", "{unit}");
        let text = unit.repeat(size / unit.len());
        let (yaml, toml) = (yaml::parse(&text), toml::parse(&text));
        assert_ne!(told(yaml), "true", "{unit}");
        assert_ne!(told(toml), "true", "{unit}");
    }
    assert!(begun.elapsed() < Duration::from_mins(1), "{:?}", begun.elapsed());
}

#[test]
fn no_end_cut_off_turns_a_no_into_a_yes() {
    for (name, text) in [
        ("shop.yaml", "port: 1\ntelemetry:\n  enabled: no\n  level: usage\nmore: [1, 2]\n"),
        ("shop.toml", "port = 1\n[telemetry]\nenabled = false\nlevel = 'usage'\n"),
    ] {
        for end in 0..text.len() {
            let told = read(name, &text.as_bytes()[..end]);
            assert!(!told.starts_with("true"), "{name}, {end} bytes: {told}");
        }
    }
}

#[test]
fn a_debug_text_shows_no_url() {
    let text = "telemetry: { endpoint: \"http://h/?token=secret\" }";
    let configuration = yaml::parse(text).expect("a configuration");
    assert_eq!(configuration.endpoint.as_deref(), Some("http://h/?token=secret"));
    assert!(!format!("{configuration:?}").contains("secret"));
}
