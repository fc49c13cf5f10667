//! Pages that are served as they are: what a receiver would say, without one.

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::thread;

use headcount_publish::Representation;

/// Serves each under its path, as long as the process lives.
pub(crate) fn serve(pages: BTreeMap<String, Representation>) -> anyhow::Result<SocketAddr> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let address = listener.local_addr()?;
    thread::spawn(move || {
        for stream in listener.incoming().map_while(Result::ok) {
            // Whoever asks tells what it makes of an answer that breaks.
            let _ = answer(stream, &pages);
        }
    });
    Ok(address)
}

fn answer(mut stream: TcpStream, pages: &BTreeMap<String, Representation>) -> anyhow::Result<()> {
    let mut lines = BufReader::new(stream.try_clone()?).lines();
    let line = lines.next().unwrap_or_else(|| Ok(String::new()))?;
    while lines.next().transpose()?.is_some_and(|line| !line.is_empty()) {}
    let path = line.split_whitespace().nth(1).unwrap_or_default();
    let Some(page) = pages.get(path) else {
        stream.write_all(
            b"HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\nconnection: close\r\n\r\n",
        )?;
        return Ok(());
    };
    let (kind, length) = (page.media_type, page.bytes.len());
    let head = format!("HTTP/1.1 200 OK\r\ncontent-type: {kind}\r\ncontent-length: {length}\r\n");
    stream.write_all(format!("{head}connection: close\r\n\r\n").as_bytes())?;
    stream.write_all(&page.bytes)?;
    Ok(())
}
