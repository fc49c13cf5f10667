//! An exporter for an application that runs in another process, or not at all: what its operator sees and decides.
//!
//! What is decided, and what waits, lies in the data directory, and is treated by the same code as in the
//! application. What only the application knows is asked of it: see [`requests`](crate::requests).

use std::path::PathBuf;
use std::time::Duration;

use headcount_contract::Reason;
use jiff::Timestamp;

use crate::consent::{Standing, Switch};
use crate::directory::Directory;
use crate::error::{Cause, Error};
use crate::exporter::Exporter;
use crate::identity::{Found, Identity};
use crate::instance::Instance;
use crate::memory::{Memory, read_contract};
use crate::requests::{Patience, Question, Reply, ask};
use crate::state::Application;
use crate::turn::Turn;
use crate::{ExporterBuilder, Held, Outcome, Preview, Status};

/// In which process the application is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Host {
    /// In this one: its gauges are here.
    Here,
    /// In another one, if it runs.
    Elsewhere {
        /// It brings its own id, which is not kept in the directory.
        own_id: bool,
        /// It brings its own key.
        own_secret: bool,
    },
}

impl Exporter {
    /// Opens the data directory of an application that runs in another process, or not at all: to see how the
    /// instance stands, to decide, and to send what waits. `headcount operator` is made of it.
    ///
    /// The contract, the endpoint and the words of the notice are those with which the application ran last. The
    /// environment is this process's own; what the application's says, [`live_status`](Self::live_status) tells.
    /// Nothing is made here: [`preview`](Self::preview) and [`send`](Self::send), and [`erase`](Self::erase) and
    /// [`held`](Self::held) where the application brings its own id, ask the running application and wait for it, ten seconds where none
    /// answers. [`run_due`](Self::run_due) sends what waits, whatever the schedule and the waits after failures
    /// say.
    ///
    /// The process needs the rights of the application's user, and should have no more.
    ///
    /// Errors: no application has run with this directory yet, which [`ExporterBuilder::open`] is for; what it
    /// left cannot be read.
    ///
    /// ```
    /// # let contract = headcount::contract::Library::built_in().get("openfn", "2").expect("built in").clone();
    /// # let folder = tempfile::tempdir()?;
    /// # let data = folder.path().join("usage");
    /// # let application = headcount::Exporter::builder(contract, &data).endpoint("http://127.0.0.1:9").environment(|_| None).show_notice(|_| {}).build()?;
    /// # application.run_due(std::time::SystemTime::now())?;
    /// use headcount::Exporter;
    ///
    /// let exporter = Exporter::open(&data)?;
    /// assert_eq!(exporter.contract().label(), "openfn/2");
    /// exporter.decline()?;
    /// println!("{}", exporter.status()?);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn open(data_directory: impl Into<PathBuf>) -> Result<Self, Error> {
        Self::opening(data_directory.into())?.open()
    }

    /// What opens the data directory, with the contract that was kept in it.
    pub(crate) fn opening(data_directory: PathBuf) -> Result<ExporterBuilder, Error> {
        let directory = Directory::at(data_directory);
        let application = introduced(&directory)?;
        let contract =
            read_contract(&directory, application.digest, &[]).map_err(Cause::Storage)?;
        let contract = contract.ok_or_else(|| {
            let name = format!("contracts/{}.yaml", application.digest);
            let file = directory.path_of(&name);
            Cause::NoApplication(format!(
                "expected the application's contract in {}, there is none: start the application, or name its contract",
                file.display()
            ))
        })?;
        Ok(ExporterBuilder::new(contract, directory.path().to_owned()))
    }

    /// How the instance stands, as the running application says: its environment has a say in it. In the
    /// application itself this is [`status`](Self::status).
    ///
    /// Errors: no application [answered](Error::is_unanswered); those of [`status`](Self::status).
    ///
    /// ```no_run
    /// use headcount::Exporter;
    ///
    /// let exporter = Exporter::open("/var/lib/bookshelf/usage")?;
    /// let status = match exporter.live_status() {
    ///     Err(error) if error.is_unanswered() => exporter.status()?,
    ///     answered => answered?,
    /// };
    /// println!("{status}");
    /// # Ok::<(), headcount::Error>(())
    /// ```
    pub fn live_status(&self) -> Result<Status, Error> {
        if self.instance().host.is_here() {
            return self.status();
        }
        match self.ask(Question::Status {})? {
            Reply::Status(status) => Ok(*status),
            _ => Err(another_answer()),
        }
    }

    /// How long to wait until a running application takes what it is asked, in an exporter that was opened: ten
    /// seconds where nothing else is said. An application looks every two seconds, but not while it sends.
    ///
    /// ```no_run
    /// use std::time::Duration;
    ///
    /// use headcount::Exporter;
    ///
    /// let exporter = Exporter::open("/var/lib/bookshelf/usage")?.patience(Duration::from_secs(60));
    /// println!("{}", exporter.preview()?);
    /// # Ok::<(), headcount::Error>(())
    /// ```
    #[must_use]
    pub fn patience(mut self, patience: Duration) -> Self {
        self.patience = patience;
        self
    }

    /// The reports that wait to be sent, oldest first, as they will be sent.
    ///
    /// ```
    /// # let contract = headcount::contract::Library::built_in().get("openfn", "2").expect("built in").clone();
    /// # let folder = tempfile::tempdir()?;
    /// # let exporter = headcount::Exporter::builder(contract, folder.path()).endpoint("http://127.0.0.1:9").build()?;
    /// for report in exporter.waiting()? {
    ///     println!("{report}");
    /// }
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn waiting(&self) -> Result<Vec<Preview>, Error> {
        self.instance().waiting()
    }

    /// Begins as a new instance: the next report makes a new id. For an operator whose files were lost or
    /// damaged, or came along with a copy of another machine. Damaged files are set aside. What the receiver holds
    /// of the old id stays there; [`erase`](Self::erase) comes first where it should not.
    ///
    /// Errors: the application brings its own id; the data directory cannot be written.
    ///
    /// ```
    /// # let contract = headcount::contract::Library::built_in().get("manyfold", "0.90").expect("built in").clone();
    /// # let folder = tempfile::tempdir()?;
    /// # let exporter = headcount::Exporter::builder(contract, folder.path()).endpoint("http://127.0.0.1:9").build()?;
    /// exporter.renew()?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn renew(&self) -> Result<(), Error> {
        self.instance().renew()
    }
}

/// What only the running application can do.
impl Exporter {
    fn ask(&self, question: Question) -> Result<Reply, Error> {
        let patience = Patience { taken: self.patience, ..Patience::default() };
        match ask(&self.instance().directory, &question, patience).map_err(Cause::Storage)? {
            Some(Reply::Refused(refusal)) => Err(refusal.into()),
            Some(reply) => Ok(reply),
            None => Err(Cause::Unanswered.into()),
        }
    }

    pub(crate) fn ask_preview(&self, reason: Reason, now: Timestamp) -> Result<Preview, Error> {
        match self.ask(Question::Preview { reason, now })? {
            Reply::Preview(preview) => Ok(preview),
            _ => Err(another_answer()),
        }
    }

    pub(crate) fn ask_to_send(&self, reason: Reason, now: Timestamp) -> Result<Outcome, Error> {
        match self.ask(Question::Send { reason, now })? {
            Reply::Sent(outcome) => Ok(outcome),
            _ => Err(another_answer()),
        }
    }

    pub(crate) fn ask_held(&self) -> Result<Held, Error> {
        match self.ask(Question::Held {})? {
            Reply::Held(held) => Ok(held),
            _ => Err(another_answer()),
        }
    }

    pub(crate) fn ask_to_erase(&self) -> Result<(), Error> {
        self.ask(Question::Erase {}).map(|_| ())
    }

    /// Asks for the rest of a withdrawal, where only the application can do it. One that does not run finds it
    /// noted when it does.
    pub(crate) fn ask_to_leave(&self) -> Result<(), Error> {
        let memory = self.instance().memory()?;
        if !memory.state.leaving {
            return Ok(());
        }
        match self.ask(Question::Turn {}) {
            Err(error) if error.is_unanswered() => Ok(()),
            asked => asked.map(|_| ()),
        }
    }
}

/// What the application said about itself when it ran last.
fn introduced(directory: &Directory) -> Result<Application, Error> {
    let place = directory.path().display();
    if !directory.exists() {
        return Err(
            Cause::NoApplication(format!("expected a directory, there is none: {place}")).into()
        );
    }
    let memory = Memory::read(directory, &[]).map_err(Cause::Storage)?;
    if let Some(damaged) = memory.damaged {
        return Err(Cause::NoApplication(format!(
            "{damaged}, in {place}; decide again, in the application, or here with its contract named as well"
        ))
        .into());
    }
    let expected = || {
        Cause::NoApplication(format!(
            "expected the data directory of an application that has run with headcount, got {place}; before \
             the application runs for the first time, name its contract as well"
        ))
    };
    Ok(memory.state.application.ok_or_else(expected)?)
}

impl Instance {
    /// Takes a turn for an application that is not here: forgets where the files say no, makes nothing, and sends
    /// what waits. The environment of this process is not that of the application: it keeps this process from
    /// sending, and drops nothing.
    pub(crate) fn turn_elsewhere(&self, now: Timestamp) -> Result<Turn, Error> {
        {
            let Some(_lock) = self.lock(self.timeout)? else { return Err(Cause::Busy.into()) };
            let mut view = self.look(now)?;
            if matches!(view.standing, Standing::Off(Switch::Choice | Switch::Configuration)) {
                self.settle(&mut view, now)?;
            }
        }
        let mut turn = Turn::until(now + crate::schedule::LONGEST_SLEEP);
        self.deliver(now, true, &mut turn)?;
        Ok(turn)
    }

    fn waiting(&self) -> Result<Vec<Preview>, Error> {
        let contracts = self.kept_contracts()?;
        let reading = self.spool().entries(&contracts).map_err(Cause::Storage)?;
        Ok(reading.spooled.iter().filter_map(Preview::of_waiting).collect())
    }

    fn renew(&self) -> Result<(), Error> {
        if self.own_id.is_some() || matches!(self.host, Host::Elsewhere { own_id: true, .. }) {
            let expected =
                "expected an id that is kept in the data directory, the application brings its own";
            return Err(Cause::Configuration(expected.to_owned()).into());
        }
        self.is_an_instance()?;
        let _lock = self.to_decide()?;
        let mut memory = self.memory()?;
        // Before the files go: an id that is gone without this would count as lost.
        memory.state.identified = false;
        memory.state.resource = None;
        memory.write(&self.directory).map_err(Cause::Storage)?;
        let renewed = match Identity::peek(&self.directory).map_err(Cause::Storage)? {
            Found::Damaged(_) => Identity::set_aside(&self.directory),
            Found::Identity(_) | Found::None => Identity::delete(&self.directory),
        };
        Ok(renewed.map_err(Cause::Storage)?)
    }
}

impl Host {
    pub(crate) fn is_here(self) -> bool {
        self == Self::Here
    }

    /// Whether only the application knows by which id, or by which key, the receiver knows the instance.
    pub(crate) fn has_own_keys(self) -> bool {
        match self {
            Self::Here => false,
            Self::Elsewhere { own_id, own_secret } => own_id || own_secret,
        }
    }
}

fn another_answer() -> Error {
    Cause::Storage(std::io::Error::other("expected the answer to what was asked, got another"))
        .into()
}
