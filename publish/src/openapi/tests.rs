//! Every body that is JSON is held against its schema.

use super::*;
use crate::brand::Brand;
use crate::sample;
use crate::site::Site;

/// What a value has that its schema does not let it have, as far as our schemas go.
fn misfit(schema: &Document, value: &Document, root: &Document) -> Result<(), String> {
    let wrong = |what: &str| Err(format!("expected {what}, got {value} by {schema}"));
    if let Some(Document::Text(place)) = schema.get("$ref") {
        let mut parts = place.trim_start_matches("#/").split('/');
        let schema = parts.try_fold(root, |document, part| document.get(part));
        return misfit(schema.unwrap_or_else(|| panic!("expected {place}")), value, root);
    }
    if let Some(Document::List(any)) = schema.get("anyOf")
        && !any.iter().any(|schema| misfit(schema, value, root).is_ok())
    {
        return wrong("one of several");
    }
    if let Some(Document::List(values)) = schema.get("enum")
        && !values.contains(value)
    {
        return wrong("one of the values");
    }
    if schema.get("const").is_some_and(|only| only != value) {
        return wrong("the value");
    }
    if let Some(types) = schema.get("type") {
        let types = match types {
            Document::List(types) => types.clone(),
            one => vec![one.clone()],
        };
        let is = match value {
            Document::Null => &["null"][..],
            Document::Bool(_) => &["boolean"],
            Document::Int(_) => &["integer", "number"],
            Document::Double(_) => &["number"],
            Document::Text(_) => &["string"],
            Document::List(_) => &["array"],
            Document::Object(_) => &["object"],
        };
        if !is.iter().any(|name| types.contains(&text(name))) {
            return wrong("the type");
        }
    }
    match value {
        Document::List(items) => {
            let Some(schema) = schema.get("items") else { return Ok(()) };
            items.iter().try_for_each(|item| misfit(schema, item, root))
        }
        Document::Object(members) => {
            if let Some(Document::List(required)) = schema.get("required") {
                for key in required {
                    let Document::Text(key) = key else { panic!("expected a key") };
                    if value.get(key).is_none() {
                        return wrong(key);
                    }
                }
            }
            for (key, value) in members {
                let known = schema.get("properties").and_then(|properties| properties.get(key));
                match known.or(schema.get("additionalProperties")) {
                    Some(Document::Bool(false)) => return wrong(&format!("no {key}")),
                    Some(schema) => misfit(schema, value, root)?,
                    None => {}
                }
            }
            Ok(())
        }
        _ => Ok(()),
    }
}

fn everything() -> Vec<Application> {
    let mut hostile = sample::hostile();
    // Under another name than the harmless one.
    hostile.versions = sample::built_in("flowfuse", 0).versions;
    vec![
        sample::harbour(),
        sample::built_in("manyfold", 40),
        sample::built_in("openfn", 0),
        hostile,
    ]
}

fn read(site: &Site, path: &str) -> Document {
    let served = site.get(path).unwrap_or_else(|| panic!("expected {path}"));
    let json = served.representations.iter().find(|one| one.media_type == media_type::JSON);
    let bytes = &json.unwrap_or_else(|| panic!("expected JSON under {path}")).bytes;
    Document::parse(std::str::from_utf8(bytes).expect("UTF-8")).expect("JSON")
}

#[test]
fn every_path_is_described_with_every_media_type_and_its_json_fits() {
    let applications = everything();
    let brand = Brand::default();
    let site = Site::build(&applications, &brand, Some("manyfold"));
    let around = Around::of(&applications, &brand, Some("manyfold"));
    let openapi = read(&site, PATH);
    let paths = openapi.get("paths").expect("paths");
    let (mut json, mut all) = (0, 0);
    for (path, served) in site.iter() {
        let root = path.strip_prefix('/').map(|rest| format!("/manyfold/{rest}"));
        let known = [Some(template(path, &around)), root.and_then(|path| at_root(&path, &around))];
        let mut known = known.into_iter().flatten();
        let described = known.find_map(|template| Some((paths.get(&template)?, template)));
        let (described, template) = described.unwrap_or_else(|| panic!("{path} is not described"));
        assert!(operation::told(&template).is_some(), "expected words for {template}");
        let content =
            described.get("get").and_then(|get| get.get("responses")?.get("200")?.get("content"));
        for one in &*served.representations {
            let schema = content.and_then(|content| content.get(one.media_type)?.get("schema"));
            let schema =
                schema.unwrap_or_else(|| panic!("{path}: {} is not described", one.media_type));
            all += 1;
            if one.media_type == media_type::JSON {
                json += 1;
                let fits = misfit(schema, &read(&site, path), &openapi);
                assert_eq!(fits, Ok(()), "{path}");
            }
        }
    }
    assert!(json > 20 && all > 60, "{json} of {all}");
}

#[test]
fn everything_that_is_referred_to_is_there() {
    let site = Site::build(&[sample::harbour()], &Brand::default(), None);
    let openapi = read(&site, PATH);
    let mut referred = 0;
    let mut left = vec![&openapi];
    while let Some(document) = left.pop() {
        match document {
            Document::List(items) => left.extend(items),
            Document::Object(members) => left.extend(members.iter().map(|(_, value)| value)),
            _ => {}
        }
        if let Some(Document::Text(place)) = document.get("$ref") {
            let mut parts = place.trim_start_matches("#/").split('/');
            let found = parts.try_fold(&openapi, |document, part| document.get(part));
            assert!(found.is_some(), "{place}");
            referred += 1;
        }
    }
    assert!(referred > 100, "{referred}");
}
