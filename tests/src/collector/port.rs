//! Addresses for programs that cannot choose a port themselves and say which.

use std::collections::hash_map::RandomState;
use std::hash::BuildHasher as _;
use std::io;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};

use crate::random::Random;

/// Below the ports that Linux gives to outgoing connections and to listeners on port 0: nobody is given one of these
/// while a program that is to have it again is down.
const PORTS: std::ops::Range<u16> = 10_240..32_768;

/// An address of the loopback that nobody listens on now.
pub fn free_address() -> io::Result<SocketAddr> {
    let mut random = Random::new(RandomState::new().hash_one(std::process::id()));
    let count = u64::from(PORTS.end - PORTS.start);
    loop {
        let offset = u16::try_from(random.below(count)).expect("the range has 16 bits");
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, PORTS.start + offset));
        match TcpListener::bind(address) {
            Ok(_) => return Ok(address),
            Err(taken) if taken.kind() == io::ErrorKind::AddrInUse => {}
            Err(error) => return Err(error),
        }
    }
}
