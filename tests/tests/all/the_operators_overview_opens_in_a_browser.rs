//! The overview on the operator's address, in a real browser: by password, in any colours, at any width.

use std::collections::BTreeSet;
use std::sync::Arc;

use anyhow::ensure;
use headcount_tests::{Browser, Encoding, Key, Receiver, Report, Serving, Way, post, send};

use crate::expected::yesterday;

/// A receiver to which something came.
fn receiver() -> anyhow::Result<Receiver> {
    let receiver = with_quota("1GiB")?;
    let report = Report::read("openfn-2", yesterday())?;
    send(receiver.address(), &report, Way::Grpc, Encoding::Identity)?.success()?;
    Ok(receiver)
}

/// A receiver whose store may take so much.
fn with_quota(bytes: &str) -> anyhow::Result<Receiver> {
    let folder = Arc::new(tempfile::tempdir()?);
    let quota = format!("admission.store_bytes={bytes}");
    let settings = ["--set", "operator.listen=127.0.0.1:0", "--set", &quota];
    let receiver = Serving::in_folder(&folder).arguments(settings).start()?;
    post(receiver.address(), b"nonsense", Way::Protobuf, Encoding::Identity)?;
    Ok(receiver)
}

/// Its overview, under this name and password.
fn overview(receiver: &Receiver, password: &str) -> anyhow::Result<String> {
    Ok(format!("http://operator:{password}@{}/", receiver.operator()?))
}

/// The browser saw nothing to complain about, and asked nobody else for anything.
fn is_content(browser: &Browser, receiver: &Receiver) -> anyhow::Result<()> {
    ensure!(browser.complaints().is_empty(), "{:#?}", browser.complaints());
    let address = receiver.operator()?;
    let requests: BTreeSet<_> = browser.requests().into_iter().collect();
    ensure!(
        requests.len() > 1 && requests.iter().all(|url| url.contains(&address)),
        "{requests:#?}"
    );
    Ok(())
}

#[test]
fn a_person_with_the_token_sees_how_the_receiver_is() -> anyhow::Result<()> {
    let receiver = receiver()?;
    let mut browser = Browser::start()?;
    browser.open(&overview(&receiver, &receiver.token()?)?)?;
    assert_eq!(browser.text("h1")?, "headcount receiver");
    let (intake, refused) = (browser.text("#intake")?, browser.text("#refused")?);
    ensure!(intake.contains("openfn/2"), "{intake}");
    ensure!(refused.contains("malformed"), "{refused}");
    let style =
        browser.evaluate("getComputedStyle(document.querySelector('section')).borderRadius")?;
    assert_eq!(style, "8px", "its sheet is loaded with the same password");
    is_content(&browser, &receiver)
}

#[test]
fn a_person_without_the_token_sees_nothing() -> anyhow::Result<()> {
    let receiver = receiver()?;
    let mut browser = Browser::start()?;
    for password in ["", "wrong-but-long-enough"] {
        let error = browser.open(&overview(&receiver, password)?).expect_err("no token");
        ensure!(error.to_string().contains("ERR_INVALID_AUTH_CREDENTIALS"), "{error}");
    }
    Ok(())
}

#[test]
fn nothing_overflows_and_no_rule_of_accessibility_is_broken() -> anyhow::Result<()> {
    let receiver = with_quota("1KiB")?;
    let mut browser = Browser::start()?;
    for (width, colours) in [(320, "dark"), (320, "light"), (768, "dark"), (1280, "light")] {
        browser.look(width, colours)?;
        browser.open(&overview(&receiver, &receiver.token()?)?)?;
        let alarms = browser.text("#alarms")?;
        ensure!(alarms.contains("HeadcountStoreFull"), "{alarms}");
        browser
            .evaluate("document.querySelectorAll('details').forEach(each => each.open = true)")?;
        assert_eq!(browser.evaluate("document.scrollingElement.scrollWidth")?, width, "{width}");
        let found = browser.violations()?;
        assert!(found.is_empty(), "{width}, {colours}: {found:#?}");
        browser.picture(&format!("overview-{width}-{colours}"))?;
    }
    is_content(&browser, &receiver)
}

#[test]
fn everything_has_a_role_and_a_name_and_is_reached_by_keyboard() -> anyhow::Result<()> {
    let receiver = receiver()?;
    let mut browser = Browser::start()?;
    browser.open(&overview(&receiver, &receiver.token()?)?)?;
    let things = browser.accessible()?;
    let named = |role: &str| -> BTreeSet<&str> {
        let of_role = things.iter().filter(|(known, _)| known == role);
        of_role.map(|(_, name)| name.as_str()).collect()
    };
    for role in ["banner", "main", "contentinfo"] {
        assert_eq!(named(role).len(), 1, "{role} in {things:#?}");
    }
    assert_eq!(named("navigation"), BTreeSet::from(["On this page"]));
    for role in ["heading", "link", "region", "columnheader", "rowheader"] {
        let found = named(role);
        ensure!(!found.is_empty() && !found.contains(""), "a {role} without a name in {things:#?}");
    }
    browser.tab_to("The store")?;
    browser.press(Key::Enter)?;
    assert_eq!(browser.evaluate("location.hash")?, "#store");
    Ok(())
}
