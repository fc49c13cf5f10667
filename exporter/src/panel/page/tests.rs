//! The page from what was seen: hostile texts, every state, the colours.

mod contrast;

use headcount_contract::{Contract, Digest, Document, Library, NoticePart, Reason, diff};
use jiff::Timestamp;
use tempfile::TempDir;

use super::*;
use crate::panel::tests::shop;
use crate::spool::Head;
use crate::text::hex;
use crate::{Sent, SentOutcome, Status, Switch};

/// Texts that would be markup, would end what they stand in, would turn or hide what follows.
const HOSTILE: &str =
    "</pre></title><script>alert(1)</script>\"' onmouseover='x \u{202e}\u{0}\u{1b}[2J\u{2028}";

fn seen(folder: &TempDir) -> Seen {
    Seen::look(&shop(folder, |builder| builder))
}

fn rendered(seen: &Seen) -> String {
    let view = View { seen, query: Query::default(), problem: None, token: "TOKEN" };
    page(&view).into_string()
}

fn status(seen: &mut Seen) -> &mut Status {
    seen.status.as_mut().expect("a status")
}

fn sent(day: &str, outcome: SentOutcome) -> Sent {
    let at: Timestamp = format!("{day}T01:30:12.5Z").parse().expect("a time");
    let head = Head {
        report_id: "01933fd2-8ef0-7c3a-9a77-3a0f5d1f6f10".to_owned(),
        contract: "shop/1".to_owned(),
        digest: "0".repeat(64).parse::<Digest>().expect("a digest"),
        date: day.parse().expect("a day"),
        reason: Reason::Daily,
        made_at: at,
        instance: None,
        receipt: "0".repeat(64).parse().expect("a receipt"),
        points: 3,
    };
    Sent::new(&head, at, "http://usage.example.org/v1/metrics", outcome)
}

#[test]
fn a_page_in_full() {
    let contract = Contract::parse("shop.yaml", crate::panel::tests::SHOP).expect("a contract");
    let exporter = crate::Exporter::builder(contract, "/var/lib/shop/usage")
        .endpoint("http://usage.example.org")
        .environment(|_| None)
        .instance_id("3cfb674b-e878-470d-b7c0-cfa8f7e003ae")
        .attribute("service.version", "1.4.0")
        .build()
        .expect("an exporter");
    exporter.meter().u64_gauge("shop.users").build().record(12, &[]);
    exporter.meter().u64_gauge("shop.names").build().record(1, &[]);
    let mut seen = Seen::look(&exporter);
    let delivered = Sent {
        report: Some(Document::Object(vec![("users".to_owned(), Document::Int(12))])),
        receipt: Some("ab".repeat(32).parse().expect("a receipt")),
        receipt_matches: Some(true),
        ..sent("2026-11-20", SentOutcome::Delivered)
    };
    let rejected = Sent {
        message: "expected at most 32 characters at version".to_owned(),
        ..sent("2026-11-19", SentOutcome::Rejected)
    };
    let now = status(&mut seen);
    now.reporting = true;
    now.decision = "on: the operator agreed".to_owned();
    now.level = Some(headcount_contract::Level::Usage);
    now.next = Some("2026-11-21T01:30:00Z".parse().expect("a time"));
    now.last = Some(delivered.clone());
    seen.history = Ok(vec![delivered, rejected]);
    insta::assert_snapshot!(readable(&rendered(&seen), seen.preview.as_ref().expect("one").otlp()));
}

/// The page without what differs each time and without its style, an element a line.
fn readable(page: &str, otlp: &[u8]) -> String {
    use base64::Engine as _;
    use sha2::Digest as _;
    let between = |start: &str, end: &str| {
        let (_, rest) = page.split_once(start).unwrap_or_else(|| panic!("no {start}"));
        rest.split_once(end).unwrap_or_else(|| panic!("no {end}")).0.to_owned()
    };
    let (_, rest) = page.split_once("</style>").expect("a style");
    rest.replace(&between("<code>000000", "</code>"), "…")
        .replace(&between("<code>{\n  &quot;resourceMetrics", "</code>"), "…")
        .replace(&base64::engine::general_purpose::STANDARD.encode(otlp), "…")
        .replace(&hex(&sha2::Sha256::digest(otlp)), "HASH")
        .replace("><", ">\n<")
}

#[test]
fn no_text_becomes_markup_or_hides() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut seen = seen(&folder);
    let hostile = || HOSTILE.to_owned();
    *status(&mut seen) = Status {
        destination: hostile(),
        decision: hostile(),
        declined_by: Some(Switch::Unreadable(hostile())),
        agreed_contract: Some(hostile()),
        waiting: 2,
        waits_for: Some(hostile()),
        failed: Some(hostile()),
        damage: Some(hostile()),
        required: true,
        ..status(&mut seen).clone()
    };
    let message = Sent {
        message: hostile(),
        contract: hostile(),
        destination: hostile(),
        report_id: hostile(),
        report: Some(Document::Object(vec![(hostile(), Document::Text(hostile()))])),
        ..sent("2026-11-20", SentOutcome::Dropped)
    };
    status(&mut seen).last = Some(message.clone());
    seen.history = Ok(vec![message]);
    for part in [
        NoticePart::Heading(hostile()),
        NoticePart::Paragraph(hostile()),
        NoticePart::Item(hostile()),
        NoticePart::Field { depth: 9, key: hostile(), text: hostile(), unit: None },
    ] {
        seen.notice.push(part);
    }
    let problem = Problem { text: hostile(), ..Problem::unknown_action() };
    let view =
        View { seen: &seen, query: Query::default(), problem: Some(&problem), token: "TOKEN" };
    let shown = [page(&view).into_string(), refusal(&problem).into_string()];
    assert!(shown[0].matches("&lt;script&gt;alert(1)").count() >= 18, "{}", shown[0]);
    for page in shown {
        assert!(!page.contains("<script"), "{page}");
        assert!(!page.contains("\"' onmouseover"), "{page}");
        let hidden = |c: char| headcount_contract::misleading(c) && c != '\n';
        assert!(!page.contains(hidden), "{page}");
    }
}

#[test]
fn a_contracts_own_words_are_only_words() {
    let yaml = crate::panel::tests::SHOP
        .replace("How one shop is used.", "'</title><script>alert(1)</script>'")
        .replace("Orders of the last 30 days", "'<img src=x onerror=alert(2)>'")
        .replace("People with an account", &format!("'{}'", "wide".repeat(2_000)));
    let contract = Contract::parse("shop.yaml", &yaml).expect("a contract");
    let exporter = crate::Exporter::builder(contract, "/var/lib/shop/usage")
        .endpoint("http://usage.example.org")
        .environment(|_| None)
        .build()
        .expect("an exporter");
    exporter.meter().u64_gauge("shop.names").build().record(1, &[]);
    let page = rendered(&Seen::look(&exporter));
    assert!(page.contains("&lt;script&gt;alert(1)"), "{page}");
    assert!(page.contains("&lt;img src=x"), "{page}");
    assert!(!page.contains("<script") && !page.contains("<img"), "{page}");
}

#[test]
fn what_is_new_is_shown_and_waits_for_a_decision() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut seen = seen(&folder);
    let library = Library::built_in();
    let version = |label| library.find(label).expect("it ships");
    seen.difference = Ok(Some(diff(version("openfn/2"), version("openfn/3"))));
    let now = status(&mut seen);
    now.reporting = true;
    now.level = Some(headcount_contract::Level::Basic);
    now.agreed_contract = Some("openfn/2".to_owned());
    let page = rendered(&seen);
    assert!(page.contains("New since you agreed"), "{page}");
    assert!(page.contains("<code>instance.no_of_monthly_active_users</code>: "), "{page}");
    assert!(page.contains("openfn/2, as agreed"), "{page}");
    assert!(page.contains("Until you decide, reports go on as you agreed, by openfn/2."), "{page}");
    assert!(!page.contains(" checked"), "neither answer is given yet: {page}");
}

#[test]
fn a_long_history_has_pages() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut seen = seen(&folder);
    let day = |day: usize| format!("2026-{:02}-{:02}", 12 - day / 28, 28 - day % 28);
    seen.history = Ok((0..60).map(|at| sent(&day(at), SentOutcome::Delivered)).collect());
    let shown = |history_page| {
        let query = Query { history_page, ..Query::default() };
        page(&View { seen: &seen, query, problem: None, token: "" }).into_string()
    };
    let (first, last) = (shown(0), shown(2));
    let entries = |page: &str| page.matches("class=\"day\"").count();
    assert_eq!((entries(&first), entries(&last)), (25, 10));
    assert!(first.contains("Page 1 of 3") && !first.contains("Newer"), "{first}");
    assert!(first.contains(r#"href="?page=1#history">Older"#), "{first}");
    assert!(last.contains(r#"href="?page=1#history">Newer"#) && !last.contains("Older"), "{last}");
    assert_eq!(shown(usize::MAX), last);
}

#[test]
fn a_part_that_cannot_be_read_leaves_the_rest() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut seen = seen(&folder);
    let error = |kind| Err(crate::error::Cause::Storage(std::io::Error::from(kind)).into());
    seen.status = Err(crate::error::Cause::Busy.into());
    seen.history = error(std::io::ErrorKind::PermissionDenied);
    seen.difference =
        Err(crate::error::Cause::Storage(std::io::ErrorKind::StorageFull.into()).into());
    let page = rendered(&seen);
    for told in [
        "How things stand cannot be shown: ",
        "The history cannot be shown: ",
        "What is new cannot be shown: ",
        "Try again in a minute.",
        "Let the user that the application runs as write its data directory.",
        "Free some space on its disk.",
        "People with an account",
        "&quot;users&quot;: 12",
    ] {
        assert!(page.contains(told), "{told} in {page}");
    }
}

#[test]
fn headings_skip_no_level_and_ids_are_unique() {
    let folder = tempfile::tempdir().expect("a folder");
    let page = rendered(&seen(&folder));
    let mut level = 0;
    for rest in page.split("<h").skip(1) {
        let Some(next) = rest.chars().next().and_then(|digit| digit.to_digit(10)) else { continue };
        assert!(next <= level + 1, "<h{}", &rest[..60]);
        level = next;
    }
    assert_eq!(page.matches("<h1").count(), 1);
    let ids: Vec<_> =
        page.split(" id=\"").skip(1).filter_map(|rest| rest.split('"').next()).collect();
    let mut unique = ids.clone();
    unique.sort_unstable();
    unique.dedup();
    assert_eq!(unique.len(), ids.len(), "{ids:?}");
    for pointer in ["aria-labelledby=\"", "aria-describedby=\"", " for=\"", "href=\"#"] {
        for rest in page.split(pointer).skip(1) {
            let id = rest.split('"').next().expect("a value");
            assert!(ids.contains(&id), "{pointer}{id} points at nothing");
        }
    }
}
