//! What holds for whatever is asked about instances, for the tests and for the fuzz target in `fuzz/`.

use headcount_proto::instances::{EraseRequest, Json, ShowRequest, ShowResponse};

/// So many bytes of what came, in a row, must not stand in an error.
const RUN: usize = 8;

/// Panics unless a question, or an answer, that is read comes back the same through JSON and protobuf, and an error
/// holds nothing of what came. Says whether any was read.
pub(crate) fn question_is_read(bytes: &[u8]) -> bool {
    let show = comes_back::<ShowRequest>(bytes);
    let erase = comes_back::<EraseRequest>(bytes);
    let answer = comes_back::<ShowResponse>(bytes);
    show || erase || answer
}

fn comes_back<M: Json + PartialEq>(bytes: &[u8]) -> bool {
    let by_json = match M::from_json(bytes) {
        Ok(message) => {
            let text = message.to_json().expect("what was read from JSON can be written");
            assert!(M::from_json(text.as_bytes()).expect("what is written is read") == message);
            let encoded = message.encode_to_vec();
            assert!(M::decode(&*encoded).expect("what prost writes it reads") == message);
            true
        }
        Err(error) => {
            says_nothing_of(bytes, &error.to_string());
            false
        }
    };
    let by_protobuf = match M::decode(bytes) {
        Ok(message) => {
            // A time beyond the year 9999 has no JSON.
            if let Ok(text) = message.to_json() {
                let again = M::from_json(text.as_bytes()).expect("what is written is read");
                assert!(again == message, "{text}");
            }
            true
        }
        Err(_) => false,
    };
    by_json || by_protobuf
}

/// The names of fields, and what an error says of its own accord, are our own words.
fn says_nothing_of(bytes: &[u8], error: &str) {
    const OURS: &str = include_str!("../../headcount/v1/instances.proto");
    let ours = format!(
        "{OURS} asItTravels pageToken pageSize receiptsOnly nextPageToken reportId receivedAt \
         sourceAddressHash expected a string, got another key, at instance (line 1, column \
         expected a time as 2024-04-25T01:30:00Z, got another string"
    );
    // The place is told by the names of fields.
    let error = error.rsplit_once(", at ").map_or(error, |(problem, _)| problem);
    for run in bytes.windows(RUN) {
        let Ok(run) = str::from_utf8(run) else { continue };
        assert!(!error.contains(run) || ours.contains(run), "`{run}` in: {error}");
    }
}
