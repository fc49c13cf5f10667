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
