//! What a receiver did to its folder and said to its clients, in the order in which it did.

use std::collections::HashMap;
use std::path::Path;

use anyhow::Context as _;

use crate::trace::{Call, calls};

/// The calls that change a folder or speak to a client.
pub const CALLS: &str = "trace=openat,open,creat,pwrite64,pwritev,write,writev,sendto,sendmsg,recvfrom,read,ftruncate,\
    fallocate,fsync,fdatasync,rename,renameat,renameat2,unlink,unlinkat,link,linkat";

/// A file, whatever its name.
pub type File = usize;

/// Something that happened.
#[derive(Clone, Debug)]
pub enum Event {
    /// A name for a file.
    Name(String, File),
    /// A name that is gone.
    NoName(String),
    /// Bytes at a place of a file.
    Write(File, u64, Vec<u8>),
    /// A file of this length.
    Length(File, u64),
    /// What had happened to the file when the call began, by its place in the recording, is on the disk.
    Flushed(File, usize),
    /// The same might be, and the call failed.
    NotFlushed(File, usize),
    /// As [`Flushed`](Self::Flushed), for names.
    NamesFlushed(usize),
    /// A client's bytes, by its port.
    Request(u16),
    /// Bytes for a client, told of when the call begins.
    Answer(u16),
}

/// Events, in their order.
#[derive(Clone, Debug, Default)]
pub struct Recording {
    /// The events.
    pub events: Vec<Event>,
    names: HashMap<String, File>,
    files: usize,
    /// Open files, and where each is written next.
    open: HashMap<i64, (File, u64)>,
}

impl Recording {
    /// Reads what strace wrote of a program that worked in a folder.
    pub fn read(log: &str, folder: &Path) -> anyhow::Result<Self> {
        let folder = format!("{}/", folder.display());
        let mut calls = calls(log)?;
        // An answer may reach its client as soon as the call begins; all else counts when the call returns.
        let line = |call: &Call| if answer(call).is_some() { call.lines.0 } else { call.lines.1 };
        calls.sort_by_key(line);
        let mut recording = Self::default();
        let mut lines = Vec::with_capacity(calls.len());
        for call in calls.iter().filter(|call| call.returned >= 0 || flushes(call)) {
            let before = lines.partition_point(|line| *line < call.lines.0);
            recording.take(call, &folder, before).with_context(|| format!("{call:?}"))?;
            lines.resize(recording.events.len(), line(call));
        }
        Ok(recording)
    }

    /// `before`: how many events had happened when the call began.
    fn take(&mut self, call: &Call, folder: &str, before: usize) -> anyhow::Result<()> {
        if let Some(port) = answer(call) {
            self.events.push(Event::Answer(port));
            return Ok(());
        }
        let in_folder =
            |bytes: &[u8]| String::from_utf8_lossy(bytes).strip_prefix(folder).map(str::to_owned);
        match call.name.as_str() {
            "openat" | "open" | "creat" => {
                let path = call.texts()?.into_iter().next().context("a path")?;
                self.opened(call, in_folder(&path));
            }
            "rename" | "renameat" | "renameat2" | "link" | "linkat" => {
                let names: Vec<_> =
                    call.texts()?.iter().filter_map(|path| in_folder(path)).collect();
                if let [old, new] = names.as_slice() {
                    let file = *self.names.get(old).context("a file that is there")?;
                    self.name(new, file);
                    if call.name.starts_with("rename") {
                        self.no_name(old);
                    }
                }
            }
            "unlink" | "unlinkat" => {
                let names = call.texts()?;
                names
                    .iter()
                    .filter_map(|path| in_folder(path))
                    .for_each(|name| self.no_name(&name));
            }
            _ => self.used(call, folder, before)?,
        }
        Ok(())
    }

    fn opened(&mut self, call: &Call, name: Option<String>) {
        self.open.remove(&call.returned);
        let Some(name) = name else { return };
        let file = match self.names.get(&name) {
            Some(file) => *file,
            None => {
                self.files += 1;
                self.name(&name, self.files);
                self.files
            }
        };
        if call.arguments.contains("O_TRUNC") {
            self.events.push(Event::Length(file, 0));
        }
        self.open.insert(call.returned, (file, 0));
    }

    fn used(&mut self, call: &Call, folder: &str, before: usize) -> anyhow::Result<()> {
        let Some((descriptor, what)) = call.descriptor() else { return Ok(()) };
        if let Some(port) = port(&what) {
            if call.name == "recvfrom" && call.returned > 0 {
                self.events.push(Event::Request(port));
            }
            return Ok(());
        }
        if format!("{what}/") == folder {
            if flushes(call) && call.returned == 0 {
                self.events.push(Event::NamesFlushed(before));
            }
            return Ok(());
        }
        if !what.starts_with(folder) {
            return Ok(());
        }
        let (file, place) = self.open.get_mut(&descriptor).context("a file that was opened")?;
        match call.name.as_str() {
            "pwrite64" => {
                let bytes = call.texts()?.swap_remove(0);
                self.events.push(Event::Write(*file, call.last()?, bytes));
            }
            "write" => {
                let bytes = call.texts()?.swap_remove(0);
                let at = *place;
                *place += bytes.len() as u64;
                self.events.push(Event::Write(*file, at, bytes));
            }
            "ftruncate" => self.events.push(Event::Length(*file, call.last()?)),
            "fsync" | "fdatasync" if call.returned == 0 => {
                self.events.push(Event::Flushed(*file, before));
            }
            "fsync" | "fdatasync" => self.events.push(Event::NotFlushed(*file, before)),
            "read" => {}
            other => anyhow::bail!("expected no {other} on a file"),
        }
        Ok(())
    }

    fn name(&mut self, name: &str, file: File) {
        self.names.insert(name.to_owned(), file);
        self.events.push(Event::Name(name.to_owned(), file));
    }

    fn no_name(&mut self, name: &str) {
        self.names.remove(name);
        self.events.push(Event::NoName(name.to_owned()));
    }
}

fn flushes(call: &Call) -> bool {
    ["fsync", "fdatasync"].contains(&call.name.as_str())
}

/// The client's port, where the call answers one.
fn answer(call: &Call) -> Option<u16> {
    let answers = ["write", "writev", "sendto", "sendmsg"].contains(&call.name.as_str());
    port(&call.descriptor().filter(|_| answers)?.1)
}

/// The peer's port of `TCP:[here->peer]`.
fn port(what: &str) -> Option<u16> {
    let (_, peer) = what.strip_prefix("TCP:[")?.split_once("->")?;
    peer.strip_suffix(']')?.rsplit(':').next()?.parse().ok()
}
