//! What every request and every start asks of the database is found by an index, however much is stored.

use rusqlite::Connection;

use super::{
    batch, days, erasing, frozen, instances, ledger, outbox, preparing, pushed, schema, sweeping,
};
use crate::store::Seal;

/// How SQLite goes about a statement.
fn plan(connection: &Connection, sql: &str) -> Vec<String> {
    let mut explain = connection.prepare(&format!("EXPLAIN QUERY PLAN {sql}")).unwrap();
    let steps = explain.raw_query().mapped(|row| row.get::<_, String>(3));
    steps.map(Result::unwrap).collect()
}

/// Whether a step goes through all of something.
fn is_scan(step: &str) -> bool {
    step.starts_with("SCAN") && step != "SCAN CONSTANT ROW"
}

#[test]
fn nothing_is_scanned() {
    let mut connection = Connection::open_in_memory().unwrap();
    schema::make(&mut connection, &Seal::new(&[1; 32])).unwrap();
    let statements =
        [batch::STATEMENTS, days::STATEMENTS, erasing::STATEMENTS, instances::STATEMENTS];
    let figures =
        [frozen::STATEMENTS, ledger::STATEMENTS, preparing::STATEMENTS, pushed::STATEMENTS];
    let figures = figures.concat();
    let statements = [statements.concat(), figures].concat();
    for sql in statements.iter().chain(sweeping::STATEMENTS).chain(outbox::STATEMENTS) {
        let plan = plan(&connection, sql);
        let scanned = plan.iter().find(|step| is_scan(step));
        assert_eq!(scanned, None, "{sql}: {plan:?}");
    }
    let all = plan(&connection, "SELECT count(*) FROM report");
    assert!(all.iter().any(|step| is_scan(step)), "a scan would be seen: {all:?}");
}
