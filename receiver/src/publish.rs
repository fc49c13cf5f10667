//! Writes what the public sees: at the start, whenever a day is frozen, and when a day begins.

mod brand;
mod wrong;

use std::convert::Infallible;
use std::sync::Arc;
use std::time::{Duration, Instant};

use headcount_contract::{Contract, Library};
use headcount_publish::{Application, Brand, Site};
use jiff::civil::Date;
use jiff::{Timestamp, ToSpan as _};
use tokio::sync::watch;
use tokio::time::sleep;

pub(crate) use wrong::Wrong;

use crate::admission::takes;
use crate::aside::aside;
use crate::clock::{Clock, midnight};
use crate::error::{Error, Kind};
use crate::freeze::Snapshots;
use crate::front::Ready;
use crate::settings::Settings;
use crate::store::{Durability, closed_days_behind};

/// How many times as long as it wrote it rests before it writes again: a fifth of the time is for writing at most.
const REST: u32 = 4;

/// What writes the public's pages, and shows them.
#[derive(Debug)]
pub(crate) struct Publishing {
    write: Arc<Write>,
    snapshots: watch::Receiver<Arc<Snapshots>>,
    /// `None` until it is written for the first time.
    site: watch::Sender<Option<Arc<Ready>>>,
    /// The day for which the site was written.
    today: Date,
}

/// All that it takes beside the snapshots.
#[derive(Debug)]
struct Write {
    /// The versions of each application's contract, oldest first.
    applications: Vec<Vec<Arc<Contract>>>,
    brand: Brand,
    root: Option<String>,
    volatile: bool,
    clock: Clock,
}

impl Publishing {
    /// Publishes what the settings say of what is frozen; `None` where nothing is to be published.
    ///
    /// Errors: [`Wrong`].
    pub(crate) fn of(
        settings: &Settings,
        library: &Library,
        snapshots: watch::Receiver<Arc<Snapshots>>,
        durability: Durability,
        clock: Clock,
    ) -> Result<Option<Self>, Error> {
        if !settings.publish.enabled {
            return Ok(None);
        }
        let applications = applications(settings, library);
        let root = settings.publish.root.clone();
        if let Some(name) = &root {
            known(name, &applications).map_err(Kind::from)?;
        }
        let brand = brand::read(&settings.publish).map_err(Kind::from)?;
        let volatile = durability == Durability::Volatile;
        let write = Arc::new(Write { applications, brand, root, volatile, clock });
        let today = write.clock.today();
        // A receiver is ready for reports before its pages are written.
        let (site, _) = watch::channel(None);
        Ok(Some(Self { write, snapshots, site, today }))
    }

    /// What is shown now.
    pub(crate) fn site(&self) -> watch::Receiver<Option<Arc<Ready>>> {
        self.site.subscribe()
    }

    /// Waits until there is something to write anew, and writes it. Returns how long the writing took.
    async fn next(&mut self) -> Duration {
        if self.site.borrow().is_some() {
            tokio::select! {
                // Where nothing is frozen any more, the days go on.
                Ok(()) = self.snapshots.changed() => {}
                () = self.write.clock.leaves(self.today) => {}
            }
        }
        let begin = Instant::now();
        self.write().await;
        begin.elapsed()
    }

    /// Writes the site on a thread for that.
    async fn write(&mut self) {
        self.today = self.write.clock.today();
        let (write, today) = (self.write.clone(), self.today);
        let snapshots = self.snapshots.borrow_and_update().clone();
        let before = self.site.borrow().clone();
        let ready = aside(move || write.site(&snapshots, today, before.as_deref())).await;
        self.site.send_replace(Some(Arc::new(ready)));
    }
}

/// Publishes, if anything is to be published, until this is dropped.
pub(crate) async fn run(publishing: Option<Publishing>) -> Infallible {
    let Some(mut publishing) = publishing else { return std::future::pending().await };
    loop {
        // Where one day after the other is frozen, as after a long rest, most of the time is for that.
        let took = publishing.next().await;
        sleep(took * REST).await;
    }
}

/// The applications of which reports are taken and figures published.
fn applications(settings: &Settings, library: &Library) -> Vec<Vec<Arc<Contract>>> {
    let versions = |name| library.versions(name).cloned().collect();
    let is_published = |versions: &Vec<Arc<Contract>>| {
        let publishes = versions.last().is_some_and(|newest| !newest.publish().figures.is_empty());
        publishes && versions.iter().any(|contract| takes(&settings.admission, contract))
    };
    library.names().into_iter().map(versions).filter(is_published).collect()
}

fn known(name: &str, applications: &[Vec<Arc<Contract>>]) -> Result<(), Wrong> {
    let names: Vec<_> = applications.iter().map(|versions| versions[0].name()).collect();
    if names.contains(&name) {
        return Ok(());
    }
    Err(Wrong::Root { name: name.to_owned(), known: names.join(", ") })
}

impl Write {
    fn site(&self, snapshots: &Snapshots, today: Date, before: Option<&Ready>) -> Ready {
        let application = |versions: &Vec<Arc<Contract>>| Application {
            versions: versions.clone(),
            snapshot: snapshots.get(versions[0].name()).cloned().unwrap_or_default(),
            volatile: self.volatile,
            today,
        };
        let applications: Vec<_> = self.applications.iter().map(application).collect();
        let site = Site::build(&applications, &self.brand, self.root.as_deref());
        Ready::new(&site, before, true_until(&applications, today), self.clock.clone())
    }
}

/// When the next day is frozen: at the next midnight, or any moment where one is due already.
fn true_until(applications: &[Application], today: Date) -> Timestamp {
    let lags = |application: &Application| {
        let newest = application.snapshot.newest();
        newest.is_some_and(|newest| closed_days_behind(newest.day, today) > 0)
    };
    if applications.iter().any(lags) {
        return Timestamp::MIN;
    }
    midnight(today.saturating_add(1.day())).unwrap_or(Timestamp::MAX)
}

#[cfg(test)]
mod tests;
