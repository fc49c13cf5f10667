//! The reports that must come out, written by hand after the five systems' documents.

use jiff::Timestamp;

/// What `tests/peers/reports/openfn-2.json` becomes. The hashes are from Python:
/// `hashlib.sha256(b"3cfb674b-e878-470d-b7c0-cfa8f7e003ae").hexdigest().upper()`, and so on.
/// Projects and workflows stand in the order of their hashes; one project has no workflow.
pub(crate) fn openfn(generated_at: &str) -> String {
    let line = concat!(
        r#"{"version":"2","generated_at":"TIME","report_date":"DATE","#,
        r#""instance":{"version":"v2.4.2:match:f1bd9ae","#,
        r#""hashed_uuid":"EECF8CFDD120E8DF8D9A12CA92AC3E815908223F95CFB11F19261A3C0EB34AEC","#,
        r#""operating_system":"linux","no_of_users":137,"no_of_active_users":70},"#,
        r#""projects":["#,
        r#"{"hashed_uuid":"C1622BE8CFA56F4ECCF25D277C0F0697ED1AC6AD0C4C97B6D93824F9558CB330","#,
        r#""no_of_users":11,"no_of_active_users":9,"workflows":[]},"#,
        r#"{"hashed_uuid":"C95FBBA63C4C842CD6E7FE17DE6A695CB6A50095D098290D4E9342EA1099E7EF","#,
        r#""no_of_users":6,"no_of_active_users":5,"workflows":["#,
        r#"{"hashed_uuid":"834044EEE38A9BABBFDABC5E25E7D21F2984285E7F96637B23118A6325DE1887","#,
        r#""no_of_jobs":1,"no_of_runs":16,"no_of_steps":18,"no_of_active_jobs":0},"#,
        r#"{"hashed_uuid":"C2EE503FC41E78D4E484A6FB2265ECF54293AD5F23E199C20751268488A574DF","#,
        r#""no_of_jobs":4,"no_of_runs":17,"no_of_steps":24,"no_of_active_jobs":3}]}]}"#,
    );
    let (date, _) = generated_at.split_once('T').expect("a time has a `T` after its date");
    line.replace("TIME", generated_at).replace("DATE", date)
}

/// What `tests/peers/reports/manyfold-0.90.json` becomes: the document's own example.
pub(crate) const MANYFOLD: &str = concat!(
    r#"{"id":"fdb45536-cba8-4204-b352-71fc1062fd95","version":{"app":"v0.67.0","#,
    r#""sha":"f8d09c9be141e9fb367b08099308dd8b93aa92b2","#,
    r#""image":"ghcr.io/manyfold3d/manyfold","arch":"arm-linux-musleabihf"}}"#,
);

/// A day before now, in nanoseconds since the Unix epoch: a day that receivers still take.
pub(crate) fn yesterday() -> u64 {
    let time = Timestamp::now() - jiff::SignedDuration::from_hours(24);
    time.as_nanosecond().try_into().expect("the time is after 1970")
}

/// A time as `openfn` reports write it: UTC, six digits.
pub(crate) fn rfc3339_micros(time: u64) -> String {
    let time = Timestamp::from_nanosecond(time.into()).expect("the time is before the year 9999");
    // What is finer than a microsecond is cut off, not rounded.
    let time = Timestamp::from_microsecond(time.as_microsecond()).expect("the same, less precise");
    format!("{time:.6}")
}
