//! A relay between applications and a real receiver, all in one process, by a clock that the tests set.
#![allow(unreachable_pub, reason = "a test binary shows nothing to the outside")]
#![allow(clippy::unwrap_used, reason = "what the tests share fails as the tests do: by panicking")]

mod canary;
mod consent;
mod documented;
mod late;
mod limits;
mod reports;
mod sent;
mod world;
