use std::ffi::OsString;
use std::time::Duration;

use headcount_receiver::settings::Value;

use super::*;
use crate::exit::Failure;

/// What a file, variables and `--set` flags come to.
fn config(
    text: &str,
    variables: &[(&str, &str)],
    flags: &[(&str, &str)],
) -> Outcome<Loaded<Config>> {
    let variables = variables.iter().map(|(name, value)| (OsString::from(name), value.into()));
    let flags = flags.iter().map(|(name, value)| Assignment::named(name, value)).collect();
    Loaded::of(Some((Path::new("headcount.toml"), text)), variables, flags)
}

fn errors(text: &str, variables: &[(&str, &str)], flags: &[(&str, &str)]) -> String {
    match config(text, variables, flags) {
        Err(Failure::Configuration(error)) => {
            let text = error.to_string();
            text.split_once('\n').expect("a heading and mistakes").1.to_owned()
        }
        other => panic!("expected a failure of configuration, got {other:?}"),
    }
}

#[test]
fn everything_may_be_left_out() {
    let config = config("", &[], &[]).unwrap();
    assert_eq!(
        (config.config.kept, config.config.receiver),
        (Kept::default(), Settings::default())
    );
}

#[test]
fn paths_are_relative_to_the_file_and_elsewhere_to_where_it_runs() {
    let text = "store = 'sqlite:data/a.db'\ncontracts = ['shop.yaml', '/etc/b.yaml']\n\
        [tls]\ncertificate = 'a.pem'\nkey = 'a.key'";
    let file = Some((Path::new("/etc/headcount/headcount.toml"), text));
    let variables = [("HEADCOUNT_TLS__KEY".into(), "b.key".into())];
    let Config { kept, receiver } = Loaded::of(file, variables, Vec::new()).unwrap().config;
    assert_eq!(kept.store.to_string(), "sqlite:/etc/headcount/data/a.db");
    assert_eq!(kept.contracts, ["/etc/headcount/shop.yaml", "/etc/b.yaml"].map(PathBuf::from));
    assert_eq!(receiver.tls.certificate, Some("/etc/headcount/a.pem".into()));
    assert_eq!(receiver.tls.key, Some("b.key".into()));
}

#[test]
fn a_flag_wins_over_a_variable_and_a_variable_over_the_file() {
    let text = "[connections]\ntotal = 1\nstreams = 1\nidle_timeout = '1s'\nper_prefix = 9";
    let variables = [
        ("HEADCOUNT_CONNECTIONS__TOTAL", "2"),
        ("HEADCOUNT_CONNECTIONS__STREAMS", "2"),
        ("HEADCOUNT_CONNECTIONS__PER_PREFIX", ""),
        ("HEADCOUNT_LISTEN", "127.0.0.1:1,[::1]:2"),
    ];
    let config = config(text, &variables, &[("connections.total", "3")]).unwrap();
    let connections = &config.config.receiver.connections;
    assert_eq!((connections.total, connections.streams), (3, 2));
    assert_eq!(connections.idle_timeout, Duration::from_secs(1));
    assert_eq!(connections.per_prefix, 9, "an empty variable is not set");
    assert_eq!(config.config.receiver.listen.len(), 2);
    assert_eq!(config.origin("connections.total"), Some("--set connections.total"));
    assert_eq!(config.origin("connections.streams"), Some("HEADCOUNT_CONNECTIONS__STREAMS"));
    assert_eq!(config.origin("connections.idle_timeout"), Some("headcount.toml:4:16"));
    assert_eq!(config.origin("tls.key"), None);
}

#[test]
fn every_mistake_is_told_at_once_with_its_place() {
    let text = "listen = [\n  '127.0.0.1:4317',\n  'localhost:4318']\nstore = 'postgres:x'\n\
        tls = 1\n[operator]\nlistn = 1\n[connections]\nidle_timeout = 30\nstreams = 1.5\n[connections.total]\n\
        [conections]";
    let variables = [
        ("HEADCOUNT_REQUESTS__POINTS", "many"),
        ("HEADCOUNT_OPERATOR__TOKEN", "1"),
        ("HEADCOUNT_PORT_4317_TCP", "tcp://10.0.0.1:4317"),
    ];
    let flags = [("connections.total", "-1"), ("admission.day", "7"), ("listne", "7")];
    insta::assert_snapshot!(errors(text, &variables, &flags));
}

#[test]
fn what_is_no_toml_is_told_at_once_too() {
    assert_eq!(
        errors("store = \n[tls]\nkey = 'a\n", &[], &[])
            .lines()
            .map(|line| line.split_once(": ").unwrap().0)
            .collect::<Vec<_>>(),
        ["headcount.toml:1:9", "headcount.toml:3:9"]
    );
}

#[test]
fn what_does_not_go_together_is_told_at_the_place_of_what_was_set() {
    let text = "listen = []\n[tls]\ncertificate = 'a.pem'";
    assert_eq!(
        errors(text, &[], &[]),
        "headcount.toml:1:10: expected at least one address such as 127.0.0.1:4317, got none\n\
         headcount.toml:3:15: expected both tls.certificate and tls.key, got one of them"
    );
    assert_eq!(
        errors("", &[("HEADCOUNT_TLS__CLIENT_AUTHORITIES", "a.pem")], &[]),
        "HEADCOUNT_TLS__CLIENT_AUTHORITIES: expected tls.certificate beside \
         tls.client_authorities, got none"
    );
    // A key that is wrong is no key that is missing.
    let lines = errors("[tls]\ncertificate = 'a.pem'\nkey = 7", &[], &[]);
    assert_eq!(lines, "headcount.toml:3:7: expected a path, got `7`");
}

#[test]
fn what_is_printed_reads_as_the_same() {
    let text = "listen = ['[::1]:4317']\n[proxies]\ntrusted = ['10.0.0.0/8']\n\
        [requests]\nvalue_bytes = '2KiB'\ndecodes = 3\n[connections]\nidle_timeout = '90s'";
    let first = config(text, &[], &[("admission.days", "30")]).unwrap();
    let printed = first.annotated();
    assert!(printed.contains("\ndays = 30  # --set admission.days\n"), "{printed}");
    assert!(printed.contains("\nvalue_bytes = \"2KiB\"  # headcount.toml:5:15\n"), "{printed}");
    assert!(printed.contains("\n#depth = 8\n"), "{printed}");
    assert!(printed.contains("\n#key =  # not set; a path\n"), "{printed}");
    let again = config(&printed, &[], &[]).unwrap();
    assert_eq!(
        (again.config.kept, again.config.receiver),
        (first.config.kept, first.config.receiver)
    );
    // Comments that hold a value hold the right one.
    let uncommented: String = printed
        .lines()
        .map(|line| line.strip_prefix('#').filter(|rest| !rest.starts_with(' ')).unwrap_or(line))
        .filter(|line| !line.contains("# not set"))
        .flat_map(|line| [line, "\n"])
        .collect();
    let whole = config(&uncommented, &[], &[]).unwrap();
    assert_eq!(whole.config.receiver.admission.days, 30);
    let set = whole.config.described().into_iter().filter(|one| matches!(one.value, Value::Set(_)));
    assert!(set.into_iter().all(|one| whole.origin(&one.path.join(".")).is_some()));
}
