//! From a payload to a request, and from an answer to bytes.

use bytes::Bytes;
use headcount_proto::instances::Json;

use super::Instances;
use crate::decode::decompress;
use crate::front::{Ask, Content, Payload, Pending, Question};
use crate::refusal::Refusal;

impl Ask for Instances {
    fn ask(&self, question: Question, payload: Payload) -> Pending<'_, Result<Vec<u8>, Refusal>> {
        Box::pin(async move {
            let (content, sender) = (payload.content, payload.sender);
            let bytes = decompress(payload.bytes, payload.encoding, Question::MOST_BYTES)?;
            Ok(match question {
                Question::Show => write(content, &self.show(&read(content, &bytes)?).await?),
                Question::Erase => {
                    write(content, &self.erase_for(sender, &read(content, &bytes)?).await?)
                }
            })
        })
    }
}

fn read<M: Json>(content: Content, bytes: &Bytes) -> Result<M, Refusal> {
    match content {
        Content::Json => M::from_json(bytes).map_err(|error| Refusal::Malformed(error.to_string())),
        // What prost says names fields, and may quote a key.
        Content::Protobuf => M::decode(&**bytes).map_err(|_| {
            Refusal::Malformed(
                "expected a request as instances.proto has it, got other bytes".to_owned(),
            )
        }),
    }
}

fn write(content: Content, answer: &impl Json) -> Vec<u8> {
    match content {
        Content::Protobuf => answer.encode_to_vec(),
        Content::Json => {
            let text = answer.to_json().expect("every time is taken from a jiff::Timestamp");
            text.into_bytes()
        }
    }
}
