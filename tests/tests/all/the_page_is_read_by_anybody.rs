//! The pages of published figures, of a real receiver, in a real browser.

use std::sync::{Arc, Mutex, PoisonError, Weak};

use anyhow::{Context as _, ensure};
use headcount_tests::{Browser, Key, Year};

/// The applications: one with a figure of every kind, and one whose figures show everybody.
const APPLICATIONS: [&str; 2] = ["openfn", "manyfold"];

/// Every page, and what its picture is called.
const PAGES: [(&str, &str); 5] = [
    ("/", "list"),
    ("/openfn/", "openfn"),
    ("/openfn/contract", "contract"),
    ("/manyfold/", "manyfold"),
    ("/manyfold/contract", "small-contract"),
];

/// The receiver, which tests that run at the same time share; it ends with the last of them.
fn year() -> anyhow::Result<Arc<Year>> {
    static SHARED: Mutex<Weak<Year>> = Mutex::new(Weak::new());
    let mut shared = SHARED.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(year) = shared.upgrade() {
        return Ok(year);
    }
    let year = Arc::new(Year::live(&APPLICATIONS, 60, 75)?);
    *shared = Arc::downgrade(&year);
    Ok(year)
}

/// The browser saw nothing to complain about, asked nobody else for anything, and was given no script.
fn is_content(browser: &mut Browser, year: &Year) -> anyhow::Result<()> {
    ensure!(browser.complaints().is_empty(), "{:#?}", browser.complaints());
    let requests = browser.requests();
    let foreign: Vec<_> = requests.iter().filter(|url| !url.starts_with(year.url())).collect();
    ensure!(!requests.is_empty() && foreign.is_empty(), "{foreign:#?}");
    let scripts = browser.evaluate("document.scripts.length")?;
    ensure!(scripts == 0, "{scripts} scripts");
    Ok(())
}

#[test]
fn nothing_overflows_at_any_width_in_any_colours() -> anyhow::Result<()> {
    let year = year()?;
    let mut browser = Browser::start()?;
    for (path, name) in PAGES {
        for (width, colours) in [
            (320, "light"),
            (360, "light"),
            (360, "dark"),
            (800, "light"),
            (800, "dark"),
            (1400, "light"),
            (1400, "dark"),
        ] {
            browser.look(width, colours)?;
            browser.open(&format!("{}{path}", year.url()))?;
            let page = browser.evaluate("document.scrollingElement.scrollWidth")?;
            assert!(
                page.as_u64().is_some_and(|page| page <= width.into()),
                "{path} at {width}: {page}"
            );
            browser.picture(&format!("page-{name}-{width}-{colours}"))?;
            is_content(&mut browser, &year)?;
        }
    }
    Ok(())
}

#[test]
fn no_rule_of_accessibility_is_broken() -> anyhow::Result<()> {
    let year = year()?;
    let mut browser = Browser::start()?;
    for (path, _) in PAGES {
        for (width, colours) in [(360, "dark"), (1400, "light")] {
            browser.look(width, colours)?;
            browser.open(&format!("{}{path}", year.url()))?;
            // What is folded is read, too.
            browser
                .evaluate("document.querySelectorAll('details').forEach(it => it.open = true)")?;
            let found = browser.violations()?;
            assert!(found.is_empty(), "{path} at {width}: {found:#?}");
        }
    }
    Ok(())
}

#[test]
fn half_a_minute_is_enough() -> anyhow::Result<()> {
    let year = year()?;
    let mut browser = Browser::start()?;
    browser.look(1400, "light")?;
    browser.open(&format!("{}/openfn/", year.url()))?;
    // All that is asked first is seen before anything is scrolled.
    let below =
        browser.evaluate("document.querySelector('.glance').getBoundingClientRect().bottom")?;
    assert!(below.as_f64().is_some_and(|below| below < 900.0), "{below}");
    let glance = browser.text(".glance")?;
    for told in
        ["How many run it", "instances", "Which releases they run", "% run", "What is collected"]
    {
        assert!(glance.contains(told), "{told} in {glance}");
    }
    let charts = browser.evaluate(
        "[...document.querySelectorAll('.chart')].every(it => [...it.children].filter(
            size => size.getBoundingClientRect().width > 0).length == 1)",
    )?;
    assert_eq!(charts, true, "each chart is drawn once for this place");
    Ok(())
}

#[test]
fn everything_is_reached_by_keyboard() -> anyhow::Result<()> {
    let year = year()?;
    let mut browser = Browser::start()?;
    browser.look(1400, "light")?;
    browser.open(&format!("{}/openfn/", year.url()))?;
    browser.press(Key::Tab)?;
    assert_eq!(browser.focused()?, "Skip to the content");
    let seen = browser.evaluate("document.activeElement.getBoundingClientRect().top >= 0")?;
    assert_eq!(seen, true, "what has the focus is in sight");
    browser.press(Key::Enter)?;
    browser.press(Key::Tab)?;
    assert_eq!(browser.focused()?, "Over time", "the way leads past the top");
    browser.tab_to("Numbers, week by week")?;
    browser.press(Key::Enter)?;
    let table = browser.text("#totals details[open] table")?;
    assert!(table.contains("Day"), "{table}");
    browser.open(&format!("{}/", year.url()))?;
    browser.tab_to("manyfold")?;
    browser.press_to_load(Key::Enter)?;
    assert_eq!(browser.text("h1")?, "How manyfold is used");
    is_content(&mut browser, &year)
}

#[test]
fn a_screen_reader_tells_where_it_is_and_what_is_drawn() -> anyhow::Result<()> {
    let year = year()?;
    let mut browser = Browser::start()?;
    browser.open(&format!("{}/openfn/", year.url()))?;
    let things = browser.accessible()?;
    let named = |role: &str| -> Vec<&str> {
        let of_role = things.iter().filter(|(known, _)| known == role);
        of_role.map(|(_, name)| name.as_str()).collect()
    };
    for role in ["banner", "main", "contentinfo", "navigation"] {
        assert_eq!(named(role).len(), 1, "{role} in {things:#?}");
    }
    let drawn = named("image");
    assert!(drawn.len() > 5, "{drawn:?}");
    for chart in drawn.iter().filter(|name| !name.starts_with("Badge")) {
        assert!(chart.contains(" chart, ") || chart.contains("areas, "), "{chart}");
    }
    for role in ["heading", "link", "region"] {
        assert!(!named(role).is_empty() && !named(role).contains(&""), "{role} in {things:#?}");
    }
    Ok(())
}

#[test]
fn where_nothing_is_a_page_says_so() -> anyhow::Result<()> {
    let year = year()?;
    let mut browser = Browser::start()?;
    browser.look(360, "dark")?;
    browser.open(&format!("{}/openfn/nothing/of/that/name", year.url()))?;
    assert_eq!(browser.text("h1")?, "There is nothing here");
    let ground = browser.evaluate("getComputedStyle(document.body).backgroundColor")?;
    let ground = ground.as_str().context("a colour")?;
    assert_eq!(ground, "rgb(17, 21, 19)", "it has its style sheet, from whatever depth");
    browser.picture("page-nothing-360-dark")
}
