//! The address that a report came from is not in the store's files, nor in the log at its finest.
#![cfg(target_os = "linux")] // where all of 127.0.0.0/8 is this machine's

use std::net::Ipv4Addr;

use headcount_tests::{Encoding, Receiver, Report, Way, contains, post_from};

use crate::expected::yesterday;

const SENDER: Ipv4Addr = Ipv4Addr::new(127, 77, 131, 201);

/// The address in every notation.
const NOTATIONS: [&[u8]; 6] = [
    b"127.77.131.201",
    &[127, 77, 131, 201],
    &[201, 131, 77, 127],
    b"7f4d83c9",
    b"7F4D83C9",
    b"2135786441",
];

#[test]
fn whichever_way_it_comes() -> anyhow::Result<()> {
    for way in Way::ALL {
        let mut receiver = Receiver::start_with(|command| {
            command.env("RUST_LOG", "trace");
        })?;
        let report = Report::read("openfn-2", yesterday())?;
        let body = if way == Way::Json { report.json().into_bytes() } else { report.protobuf() };
        let bad = &body[..body.len() - 1];
        post_from(SENDER, receiver.address(), bad, way, Encoding::Identity)?;
        post_from(SENDER, receiver.address(), &body, way, Encoding::Identity)?.success()?;
        receiver.only_report()?;
        let mut places = receiver.files()?;
        assert_eq!(receiver.stop()?, Some(0));
        places.extend(receiver.files()?);
        places.push(("the log".to_owned(), receiver.log().into_bytes()));
        for (name, content) in places {
            for notation in NOTATIONS {
                let text = String::from_utf8_lossy(notation);
                assert!(!contains(&content, notation), "{way:?}: {name} holds {text}");
            }
        }
    }
    Ok(())
}
