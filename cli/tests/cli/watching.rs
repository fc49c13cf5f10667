//! The operator's interface of `headcount serve`, and where its token comes from.

use std::fs;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;

use crate::running::{Listening, folder, headcount, run_in, write};

const TOKEN: &str = "a-token-of-the-tests";
const LISTEN: [&str; 5] =
    ["serve", "--listen", "127.0.0.1:0", "--set", "operator.listen=127.0.0.1:0"];

/// The address that was announced.
fn interface(announced: &str) -> &str {
    let line = announced
        .lines()
        .find_map(|line| line.strip_prefix("headcount: operator's interface on http://"));
    line.unwrap_or_else(|| panic!("expected an address, got {announced}"))
}

/// The answer to a request for the metrics, head and all.
fn metrics(address: &str, token: &str) -> String {
    let mut stream = TcpStream::connect(address).expect("it listens");
    let head = format!(
        "GET /metrics HTTP/1.1\r\nhost: {address}\r\nauthorization: Bearer {token}\r\nconnection: close\r\n\r\n"
    );
    stream.write_all(head.as_bytes()).expect("it reads");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("UTF-8");
    answer
}

#[test]
fn a_token_is_made_beside_the_database_and_stays() {
    let folder = folder();
    let mut tokens = Vec::new();
    for _ in 0..2 {
        let serving = Listening::start(folder.path(), &LISTEN, 1);
        let said = "headcount: operator's token in headcount.db.token\n";
        assert!(serving.announced.contains(said), "{}", serving.announced);
        let token =
            fs::read_to_string(folder.path().join("headcount.db.token")).expect("it is there");
        assert!(!serving.announced.contains(token.trim()), "the token itself is not told");
        let address = interface(&serving.announced);
        assert!(metrics(address, token.trim()).starts_with("HTTP/1.1 200 "));
        assert!(metrics(address, TOKEN).starts_with("HTTP/1.1 401 "));
        tokens.push(token);
        let (_, said) = serving.end("-TERM");
        assert!(!said.contains(tokens[0].trim()), "{said}");
    }
    assert_eq!(tokens[0], tokens[1]);
}

#[test]
fn a_token_may_be_in_a_file_or_in_a_variable() {
    let folder = folder();
    write(&folder, "token", &format!("{TOKEN}\n"));
    let memory = [&LISTEN[..], &["--store", "memory"]].concat();
    let named = [&memory[..], &["--set", "operator.token_file=token"]].concat();
    let serving = Listening::start(folder.path(), &named, 1);
    assert!(metrics(interface(&serving.announced), TOKEN).starts_with("HTTP/1.1 200 "));
    drop(serving);
    let mut command = headcount();
    command.env("HEADCOUNT_OPERATOR_TOKEN", TOKEN);
    let serving = Listening::of(command, folder.path(), &memory, 1);
    assert!(metrics(interface(&serving.announced), TOKEN).starts_with("HTTP/1.1 200 "));
}

#[test]
fn it_does_not_listen_without_a_token() {
    let folder = folder();
    let memory = [&LISTEN[..], &["--store", "memory"]].concat();
    let ended = run_in(folder.path(), &memory);
    assert_eq!(ended.code, Some(64), "{ended:?}");
    assert!(
        ended.err.contains("expected operator.token_file or HEADCOUNT_OPERATOR_TOKEN"),
        "{ended:?}"
    );
    let missing = [&LISTEN[..], &["--set", "operator.token_file=token"]].concat();
    let ended = run_in(folder.path(), &missing);
    assert_eq!(ended.code, Some(64), "{ended:?}");
    assert!(
        ended.err.contains("expected the operator's token in token, got No such file"),
        "{ended:?}"
    );
    write(&folder, "token", TOKEN);
    let output = headcount()
        .args(&missing)
        .current_dir(folder.path())
        .env("HEADCOUNT_OPERATOR_TOKEN", "fifteen_letters")
        .output()
        .expect("it starts");
    assert_eq!(output.status.code(), Some(64));
    let err = String::from_utf8(output.stderr).expect("UTF-8");
    assert!(err.contains("HEADCOUNT_OPERATOR_TOKEN or in token, got both"), "{err}");
    assert!(!err.contains("fifteen"), "{err}");
}
