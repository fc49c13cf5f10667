use super::*;
use crate::sample;

#[test]
fn what_is_served_of_the_root_is_served_without_its_name_too() {
    let applications = [sample::harbour(), sample::built_in("manyfold", 30)];
    let site = Site::build(&applications, &Brand::default(), Some("manyfold"));
    let at = |path: &str| site.get(path).map(|served| served.representations.as_ptr());
    assert!(at("/stats").is_some());
    assert_eq!(at("/stats"), at("/manyfold/stats"));
    assert_ne!(at("/stats"), at("/harbour/stats"));
    assert!(Site::build(&applications, &Brand::default(), None).get("/stats").is_none());
}

#[test]
fn every_surface_has_a_name_of_its_own() {
    let names: std::collections::BTreeSet<_> = Site::SURFACES.into_iter().collect();
    assert_eq!(names.len(), Site::SURFACES.len());
}

#[test]
fn no_hostile_text_is_anything_but_text_on_any_surface() {
    let site = Site::build(&[sample::hostile()], &Brand::default(), Some("harbour"));
    let mut looked = 0;
    for (path, served) in site.iter() {
        for Representation { media_type, bytes } in &*served.representations {
            let shown = std::str::from_utf8(bytes).expect("all of it is text");
            let raw = |c: char| !matches!(c, '\n' | '\r') && headcount_contract::misleading(c);
            assert!(!shown.contains(raw), "{path} as {media_type}: {:?}", shown.find(raw));
            let is_markup =
                ["text/html", "image/svg+xml"].iter().any(|it| media_type.starts_with(it));
            for hostile in sample::HOSTILE.iter().filter(|text| is_markup && text.contains('<')) {
                assert!(!shown.contains(hostile), "{path} as {media_type}: {hostile}");
            }
            looked += 1;
        }
    }
    assert!(looked > 20, "{looked}");
}
