use std::sync::Arc;

use headcount_contract::{Contract, misleading};
use headcount_figures::{Snapshot, Value};

use super::*;
use crate::brand::Logo;
use crate::sample;
use crate::site::Site;

/// A page with a tag a line, and without what is drawn.
fn readable(page: &str) -> String {
    let mut text = String::new();
    for (place, piece) in page.split("<svg").enumerate() {
        let rest =
            if place == 0 { piece } else { piece.split_once("</svg>").map_or("", |it| it.1) };
        text.push_str(if place == 0 { "" } else { "<svg/>" });
        text.push_str(rest);
    }
    text.replace("><", ">\n<").replace(Style::of(&Brand::default()).path(), "assets/page.HASH.css")
}

fn application(of: &Application, brand: &Brand) -> String {
    super::application(of, &Around::of(&[], brand, None))
}

fn contract(of: &Application, brand: &Brand) -> String {
    super::contract(of, &Around::of(&[], brand, None))
}

fn index(of: &[Application], brand: &Brand) -> String {
    super::index(&Around::of(of, brand, None))
}

fn not_found(brand: &Brand) -> String {
    super::not_found(&Around::of(&[], brand, None))
}

fn of_days(days: i64) -> Application {
    sample::of(sample::harbour().versions, days)
}

#[test]
fn the_page_of_an_application() {
    insta::assert_snapshot!(readable(&application(&of_days(40), &Brand::default())));
}

#[test]
fn the_page_before_the_first_day_is_counted() {
    let mut begun = sample::begun();
    begun.volatile = true;
    let page = readable(&application(&begun, &Brand::default()));
    insta::assert_snapshot!(page.split_once("id=\"collected\"").map_or("", |(before, _)| before));
}

#[test]
fn the_list_of_applications() {
    let applications = [of_days(40), sample::built_in("manyfold", 1), sample::begun()];
    insta::assert_snapshot!(readable(&index(&applications, &Brand::default())));
}

#[test]
fn the_page_of_a_contract() {
    insta::assert_snapshot!(readable(&contract(&sample::harbour(), &Brand::default())));
}

#[test]
fn the_page_of_a_contract_leads_to_the_figures_wherever_it_is_served() {
    let site = Site::build(&[sample::harbour()], &Brand::default(), Some("harbour"));
    for path in ["/harbour/contract", "/contract"] {
        let page = &site.get(path).expect("a page").representations[0].bytes;
        let page = String::from_utf8(page.clone()).expect("text");
        let (before, _) = page.split_once("\">How harbour is used</a>").expect("a link");
        let (_, link) = before.rsplit_once("href=\"").expect("a link");
        // As a browser follows it: one level up, and no further than the root.
        let folders = path.matches('/').count() - 1;
        let up = link.matches("../").count().min(folders);
        let folder: String = path.split_inclusive('/').take(1 + folders - up).collect();
        let link = link.trim_start_matches("../").trim_start_matches("./");
        assert_eq!(format!("{folder}{link}"), "/harbour/", "from {path}");
    }
}

#[test]
fn the_page_that_says_that_nothing_is_there() {
    insta::assert_snapshot!(readable(&not_found(&Brand::default())));
}

#[test]
fn releases_are_told_wherever_the_report_has_them() {
    // In a list, and in no order that would tell that they are releases.
    let openwisp = sample::built_in("openwisp", 0);
    let text = openwisp.newest().source().replace(", order: version", "");
    let openwisp = Contract::parse("openwisp.yaml", &text).expect("a contract");
    let page = application(&sample::of(vec![Arc::new(openwisp)], 30), &Brand::default());
    assert!(page.contains("Which releases they run"));
}

/// Every page of these samples.
fn pages(of: &Application, brand: &Brand) -> [String; 4] {
    let list = index(std::slice::from_ref(of), brand);
    [application(of, brand), contract(of, brand), list, not_found(brand)]
}

#[test]
fn no_text_of_others_becomes_markup() {
    let brand = Brand {
        title: Some(sample::HOSTILE[1].to_owned()),
        text: Some(sample::HOSTILE[0].to_owned()),
        colour: Some("red;}body{display:none".to_owned()),
        logo: None,
    };
    let tame = application(&sample::harbour(), &Brand::default());
    let hostile = application(&sample::hostile(), &brand);
    for tag in ["<script", "<img", "<g", "<!--", "<style", "</title>"] {
        assert_eq!(hostile.matches(tag).count(), tame.matches(tag).count(), "{tag}");
    }
    assert!(hostile.contains("&lt;script&gt;alert(1)&lt;/script&gt;"));
    for page in pages(&sample::hostile(), &brand) {
        let hides = |c: &char| misleading(*c) && *c != '\n';
        assert_eq!(page.chars().find(hides), None);
    }
    assert!(!Style::of(&brand).css().contains("red;}"), "a colour is a colour");
}

#[test]
fn pages_need_no_script_no_style_of_their_own_and_nobody_else() {
    let logo = Logo { media_type: "image/png", bytes: vec![1] };
    let brand = Brand { logo: Some(logo), ..Brand::default() };
    for page in pages(&sample::harbour(), &brand) {
        for refused in ["<script", "<style", " style=", " onload=", "javascript:", "url("] {
            assert!(!page.contains(refused), "{refused}");
        }
        let links = page.split(" href=\"").chain(page.split(" src=\"")).skip(1);
        for link in links.filter_map(|rest| rest.split('"').next()) {
            assert!(!link.contains("://") && !link.starts_with("//"), "{link}");
        }
    }
    assert!(!Style::of(&brand).css().contains("url("));
}

#[test]
fn whatever_is_drawn_has_a_colour_in_the_style_sheet() {
    let page = application(&sample::harbour(), &Brand::default());
    let style = Style::of(&Brand::default());
    for what in ["fill", "stroke"] {
        for rest in page.split(&format!(" {what}=\"#")).skip(1) {
            let colour = rest.split('"').next().unwrap_or_default();
            assert!(style.css().contains(&format!("[{what}=\"#{colour}\"]")), "{what} {colour}");
        }
    }
}

#[test]
fn another_colour_is_another_style_sheet() {
    let brand = Brand { colour: Some("#b5179e".to_owned()), ..Brand::default() };
    let (own, other) = (Style::of(&brand), Style::of(&Brand::default()));
    assert!(own.css().contains("--accent:#b5179e"));
    assert_ne!(own.path(), other.path());
    assert_eq!(own.path(), Style::of(&brand).path());
}

#[test]
fn instances_that_round_to_none_are_some() {
    let mut application = of_days(40);
    let mut snapshot = Snapshot::clone(&application.snapshot);
    let numbers = snapshot.days.iter_mut().flat_map(|day| &mut day.numbers);
    numbers
        .filter(|number| number.figure == "monthly")
        .for_each(|number| number.instances = Some(0));
    application.snapshot = Arc::new(snapshot);
    let page = self::application(&application, &Brand::default());
    assert!(page.contains("Fewer than 5 instances are behind it, as of "));
    assert!(!page.contains(" 0 instances"));
}

#[test]
fn a_longer_window_never_seems_to_have_fewer() {
    let mut application = sample::built_in("openfn", 40);
    let mut snapshot = Snapshot::clone(&application.snapshot);
    let shown =
        [("instances_day", 90), ("instances", 100), ("instances_28d", 120), ("instances_30d", 110)];
    for number in snapshot.days.iter_mut().flat_map(|day| &mut day.numbers) {
        if let Some((_, count)) = shown.iter().find(|(figure, _)| *figure == number.figure) {
            number.value = Value::Total(f64::from(*count));
        }
    }
    application.snapshot = Arc::new(snapshot);
    let page = self::application(&application, &Brand::default());
    let (_, glance) = page.split_once("How many run it").expect("a tile");
    let (glance, _) = glance.split_once("Which releases they run").expect("another tile");
    for told in ["on a single day</th><td class=\"n\">90<", "28 days</th><td class=\"n\">120<"] {
        assert!(glance.contains(told), "{told} in {glance}");
    }
    assert!(!glance.contains("30 days"), "{glance}");
}

#[test]
fn any_number_of_days_can_be_drawn() {
    for days in [0, 1, 2, 3, 8, 9, 69, 70, 71, 800] {
        let page = application(&of_days(days), &Brand::default());
        assert_eq!(page.contains("id=\"totals\""), days > 0, "{days} days");
        assert_eq!(page.contains("role=\"img\""), days > 2, "{days} days");
    }
}

#[test]
fn any_number_can_be_drawn() {
    for odd in [0.0, 0.001, 1.0, 1e6, 1e18, f64::MAX, f64::NAN, f64::INFINITY, -7.0] {
        let mut application = of_days(30);
        let mut snapshot = Snapshot::clone(&application.snapshot);
        for number in snapshot.days.iter_mut().skip(5).flat_map(|day| &mut day.numbers) {
            match &mut number.value {
                Value::Total(total) => *total = odd,
                Value::Groups(groups) => groups.iter_mut().for_each(|group| group.value = odd),
                _ => {}
            }
        }
        application.snapshot = Arc::new(snapshot);
        let page = self::application(&application, &Brand::default());
        assert!(page.contains("id=\"totals\""), "{odd}");
    }
}
