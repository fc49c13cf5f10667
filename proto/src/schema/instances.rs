//! The messages of `headcount/v1/instances.proto`. A test holds them against what that file says.

use super::{Field, Kind, Message};

const fn one(number: u32, name: &'static str, kind: Kind) -> Field {
    Field { number, name, kind, repeated: false, one_of: false, bound: None }
}

/// Not counted: only a receiver writes lists, and it bounds a page by its bytes.
const fn many(number: u32, name: &'static str, message: &'static Message) -> Field {
    let kind = Kind::Message(message);
    Field { number, name, kind, repeated: true, one_of: false, bound: None }
}

const fn choice(number: u32, name: &'static str) -> Field {
    Field { number, name, kind: Kind::Text, repeated: false, one_of: true, bound: None }
}

static INSTANCE: Message = Message {
    name: "Instance",
    fields: &[one(1, "contract", Kind::Text), choice(2, "raw"), choice(3, "asItTravels")],
};

pub(crate) static SHOW_REQUEST: Message = Message {
    name: "ShowRequest",
    fields: &[
        one(1, "instance", Kind::Message(&INSTANCE)),
        one(2, "pageSize", Kind::Int32),
        one(3, "pageToken", Kind::Text),
        one(4, "receiptsOnly", Kind::Bool),
    ],
};

pub(crate) static SHOW_RESPONSE: Message = Message {
    name: "ShowResponse",
    fields: &[
        many(1, "reports", &HELD_REPORT),
        many(2, "erasures", &HELD_ERASURE),
        one(3, "nextPageToken", Kind::Text),
    ],
};

static HELD_REPORT: Message = Message {
    name: "HeldReport",
    fields: &[
        one(1, "version", Kind::Text),
        one(2, "date", Kind::Text),
        one(3, "receipt", Kind::Text),
        one(4, "report", Kind::Text),
        one(5, "lacks", Kind::Text),
        one(6, "reportId", Kind::Text),
        one(7, "reason", Kind::Text),
        one(8, "receivedAt", Kind::Timestamp),
        one(9, "sourceAddressHash", Kind::Text),
    ],
};

static HELD_ERASURE: Message = Message {
    name: "HeldErasure",
    fields: &[
        one(1, "cutoff", Kind::Timestamp),
        one(2, "reportId", Kind::Text),
        one(3, "rememberedUntil", Kind::Timestamp),
    ],
};

pub(crate) static ERASE_REQUEST: Message =
    Message { name: "EraseRequest", fields: &[one(1, "instance", Kind::Message(&INSTANCE))] };

pub(crate) static ERASE_RESPONSE: Message = Message {
    name: "EraseResponse",
    fields: &[one(1, "reports", Kind::Uint64), one(2, "rememberedUntil", Kind::Timestamp)],
};
