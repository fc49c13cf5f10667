//! What all requests together may hold: so many at once, and so many bytes of their bodies.
//!
//! A limit for each body alone is no limit: a client may have 64 requests open on each of its connections.

use std::sync::Arc;

use bytes::{Bytes, BytesMut};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, SemaphorePermit};

use crate::refusal::Refusal;
use crate::settings::Requests;

/// Bytes of a body that are read without asking: more than most reports have. All requests that may be at once
/// hold 32 MiB of them.
const FREE: usize = 32 * 1024;

/// What there is for all.
#[derive(Debug)]
pub(super) struct Room {
    requests: Semaphore,
    bytes: Arc<Semaphore>,
    all_bytes: u32,
}

/// What has come of a body, in the room that was made for it.
#[derive(Debug)]
pub(super) struct Came<'r> {
    room: &'r Room,
    bytes: BytesMut,
    held: Option<OwnedSemaphorePermit>,
}

/// A body, and what it takes of the room, which is given back with the last of its bytes.
struct Held {
    bytes: Bytes,
    _held: OwnedSemaphorePermit,
}

impl Room {
    pub(super) fn new(settings: &Requests) -> Self {
        let all_bytes = u32::try_from(settings.body_bytes.as_u64()).unwrap_or(u32::MAX);
        Self {
            requests: Semaphore::new(settings.at_once.min(Semaphore::MAX_PERMITS)),
            bytes: Arc::new(Semaphore::new(all_bytes as usize)),
            all_bytes,
        }
    }

    /// A place for one request, until it is answered.
    ///
    /// Errors: [`Refusal::Overloaded`].
    pub(super) fn enter(&self) -> Result<SemaphorePermit<'_>, Refusal> {
        self.requests.try_acquire().map_err(|_| Refusal::Overloaded)
    }

    /// Where to put a body.
    pub(super) fn body(&self) -> Came<'_> {
        Came { room: self, bytes: BytesMut::new(), held: None }
    }
}

impl Came<'_> {
    /// What has come so far.
    pub(super) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Whether there is room for so many bytes more.
    pub(super) fn has_room(&self, more: usize) -> bool {
        self.held.is_some() || self.bytes.len() + more <= FREE
    }

    /// Waits until there is room for a body of so many bytes in all. Whoever has that never waits again, so somebody
    /// always goes on.
    pub(super) async fn make_room(&mut self, whole: usize) {
        // A single body may always be there, however little there is for all.
        let beyond = whole.saturating_sub(FREE).max(1);
        let beyond = u32::try_from(beyond).unwrap_or(u32::MAX).min(self.room.all_bytes);
        let held = self.room.bytes.clone().acquire_many_owned(beyond).await;
        self.held = Some(held.expect("the semaphore is never closed"));
        // Once, and no more than there is room for; what does not come takes no memory.
        self.bytes.reserve(whole.saturating_sub(self.bytes.len()));
    }

    /// Puts what came behind what there is.
    pub(super) fn put(&mut self, more: &[u8]) {
        self.bytes.extend_from_slice(more);
    }

    /// The whole body.
    pub(super) fn whole(self) -> Bytes {
        let bytes = self.bytes.freeze();
        match self.held {
            Some(held) => Bytes::from_owner(Held { bytes, _held: held }),
            None => bytes,
        }
    }
}

impl AsRef<[u8]> for Held {
    fn as_ref(&self) -> &[u8] {
        &self.bytes
    }
}

#[cfg(test)]
mod tests {
    use bytesize::ByteSize;

    use super::*;

    fn room(at_once: usize, body_bytes: u64) -> Room {
        let body_bytes = ByteSize::b(body_bytes);
        Room::new(&Requests { at_once, body_bytes, ..Requests::default() })
    }

    #[test]
    fn one_more_than_may_be_at_once_is_asked_to_come_later() {
        let room = room(2, 1);
        let (_one, two) = (room.enter().unwrap(), room.enter().unwrap());
        assert_eq!(room.enter().unwrap_err(), Refusal::Overloaded);
        drop(two);
        let _three = room.enter().unwrap();
    }

    #[tokio::test]
    async fn a_body_waits_for_room_until_another_is_dropped_and_a_short_one_does_not() {
        let room = room(1, 100);
        let mut one = room.body();
        // More than there is for all: it gets all.
        one.make_room(FREE + 1_000).await;
        one.put(&vec![7; FREE + 1]);
        let one = one.whole();
        let (part, mut two) = (one.slice(1..), room.body());
        drop(one);
        assert!(two.has_room(FREE) && !two.has_room(FREE + 1));
        assert_eq!(room.bytes.available_permits(), 0);
        let waits = async {
            two.make_room(FREE + 60).await;
            room.bytes.available_permits()
        };
        let ends = async { drop(part) };
        let (left, ()) = tokio::join!(waits, ends);
        assert_eq!(left, 40);
        drop(two);
        assert_eq!(room.bytes.available_permits(), 100);
    }
}
