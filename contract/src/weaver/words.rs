//! The words with which a contract says things, for `annotations`.

use crate::model::{
    ConsentDefault, Daily, Derived, Encoding, Event, HashAlgorithm, Missing, OnWithdrawal,
    Stability, Type,
};

pub(super) fn stability(stability: Stability) -> &'static str {
    let word = Stability::WORDS.into_iter().find(|(_, known)| *known == stability);
    word.map(|(word, _)| word).expect("every level has a word")
}

pub(super) fn kind(kind: Type) -> &'static str {
    match kind {
        Type::Text => "text",
        Type::Uuid => "uuid",
        Type::Integer => "integer",
        Type::Double => "double",
        Type::Boolean => "boolean",
    }
}

pub(super) fn optional(missing: Missing) -> Option<&'static str> {
    match missing {
        Missing::Required => None,
        Missing::Omit => Some("omit"),
        Missing::Null => Some("null"),
        Missing::Zero => Some("zero"),
    }
}

pub(super) fn algorithm(algorithm: HashAlgorithm) -> &'static str {
    match algorithm {
        HashAlgorithm::Sha256 => "sha256",
        HashAlgorithm::HmacSha256 => "hmac_sha256",
    }
}

pub(super) fn encoding(encoding: Encoding) -> &'static str {
    match encoding {
        Encoding::HexLower => "hex",
        Encoding::HexUpper => "HEX",
        Encoding::Base64 => "base64",
    }
}

pub(super) fn consent(default: ConsentDefault) -> &'static str {
    match default {
        ConsentDefault::OptIn => "opt_in",
        ConsentDefault::OptOut => "opt_out",
    }
}

pub(super) fn withdrawal(on_withdrawal: OnWithdrawal) -> &'static str {
    match on_withdrawal {
        OnWithdrawal::KeepId => "keep_id",
        OnWithdrawal::DeleteId => "delete_id",
    }
}

pub(super) fn derived(derived: Derived) -> &'static str {
    match derived {
        Derived::ReceivedAt => "received_at",
        Derived::SourceAddressHash => "source_address_hash",
    }
}

pub(super) fn event(event: Event) -> &'static str {
    match event {
        Event::Install => "install",
        Event::Upgrade => "upgrade",
        Event::Heartbeat => "heartbeat",
        Event::OptOut => "opt_out",
    }
}

/// When reports are made: `random`, `each_run`, or the times.
pub(super) fn daily(daily: &Daily) -> Vec<String> {
    match daily {
        Daily::Random => vec!["random".to_owned()],
        Daily::EachRun => vec!["each_run".to_owned()],
        Daily::At(minutes) => {
            minutes.iter().map(|minute| format!("{:02}:{:02}", minute / 60, minute % 60)).collect()
        }
    }
}
