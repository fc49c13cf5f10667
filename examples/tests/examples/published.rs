//! The contract that is shown to readers is the one that the examples use.

const CONTRACT: &str = include_str!("../../contracts/bookshelf.yaml");

/// The first YAML block of a page.
fn yaml(page: &str) -> &str {
    let (_, block) = page.split_once("```yaml\n").expect("a block begins");
    block.split_once("```").expect("it ends").0
}

#[test]
fn each_readme_shows_the_contract_of_the_examples() {
    assert_eq!(yaml(include_str!("../../../README.md")), CONTRACT);
    let exporter = include_str!("../../../exporter/README.md");
    assert_eq!(yaml(exporter), CONTRACT);
    // The hidden text, by which the code of that page is tested.
    let (_, hidden) = exporter.split_once("r#\"\n").expect("a text begins");
    let (hidden, _) = hidden.split_once("# \"#;").expect("it ends");
    let lines = hidden.lines().map(|line| line.strip_prefix("# ").expect("it is hidden"));
    assert_eq!(lines.collect::<Vec<_>>(), CONTRACT.lines().collect::<Vec<_>>());
}
