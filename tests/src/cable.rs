//! The network between two programs, which can be cut.

use std::io;
use std::net::{Ipv4Addr, Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;

/// An address that passes connections on to another, while it is joined to one. Cut, it ends all of them wherever they
/// are, so that what was sent may have arrived and the answer not, and takes no more.
#[derive(Debug)]
pub struct Cable {
    address: SocketAddr,
    state: Arc<State>,
}

#[derive(Debug, Default)]
struct State {
    joined: Mutex<Joined>,
    /// How often somebody wanted to send while it was cut.
    refused: AtomicU64,
}

#[derive(Debug, Default)]
struct Joined {
    to: Option<SocketAddr>,
    streams: Vec<TcpStream>,
    gone: bool,
}

impl State {
    fn joined(&self) -> MutexGuard<'_, Joined> {
        self.joined.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Passes a connection on, or ends it.
    fn pass(&self, from: TcpStream) -> io::Result<()> {
        let mut joined = self.joined();
        let Some(address) = joined.to else {
            self.refused.fetch_add(1, Ordering::Relaxed);
            return from.shutdown(Shutdown::Both);
        };
        let to = TcpStream::connect(address)?;
        for stream in [&from, &to] {
            stream.set_nodelay(true)?;
        }
        joined.streams.extend([from.try_clone()?, to.try_clone()?]);
        drop(joined);
        copy(from.try_clone()?, to.try_clone()?);
        copy(to, from);
        Ok(())
    }
}

impl Cable {
    /// A cable that leads nowhere yet.
    pub fn cut_off() -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        let address = listener.local_addr()?;
        let state = Arc::<State>::default();
        let passing = Arc::clone(&state);
        thread::spawn(move || {
            for from in listener.incoming() {
                if passing.joined().gone {
                    return;
                }
                // Where the other end is down, this connection ends as soon as it is dropped.
                let _ = from.and_then(|from| passing.pass(from));
            }
        });
        Ok(Self { address, state })
    }

    /// Where to send to.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// How many connections it took and ended at once, while it was cut.
    pub fn refused(&self) -> u64 {
        self.state.refused.load(Ordering::Relaxed)
    }

    /// Ends all connections.
    pub fn cut(&self) {
        let mut joined = self.state.joined();
        joined.to = None;
        for stream in joined.streams.drain(..) {
            // It may have ended already.
            let _ = stream.shutdown(Shutdown::Both);
        }
    }

    /// Leads to this address from now on.
    pub fn join(&self, to: SocketAddr) {
        self.cut();
        self.state.joined().to = Some(to);
    }
}

impl Drop for Cable {
    fn drop(&mut self) {
        self.cut();
        self.state.joined().gone = true;
        // What accepts looks up then.
        let _ = TcpStream::connect(self.address);
    }
}

/// Passes on what one side says, until it ends.
fn copy(mut from: TcpStream, mut to: TcpStream) {
    thread::spawn(move || {
        // However it ends, both sides learn it.
        let _ = io::copy(&mut from, &mut to);
        let _ = to.shutdown(Shutdown::Both);
        let _ = from.shutdown(Shutdown::Both);
    });
}
