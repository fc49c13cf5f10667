//! Front ends, encodings, splitting, order and repetition do not show in what is stored.

use headcount_tests::{Encoding, Receiver, Report, Way, send};

use crate::expected::{MANYFOLD, openfn, rfc3339_micros, yesterday};

const WAYS_IN: [(Way, Encoding); 9] = [
    (Way::Grpc, Encoding::Identity),
    (Way::Grpc, Encoding::Gzip),
    (Way::Grpc, Encoding::Zstd),
    (Way::Protobuf, Encoding::Identity),
    (Way::Protobuf, Encoding::Gzip),
    (Way::Protobuf, Encoding::Zstd),
    (Way::Json, Encoding::Identity),
    (Way::Json, Encoding::Gzip),
    (Way::Json, Encoding::Zstd),
];

/// Sends the requests to a new receiver and returns what `headcount reports` then prints.
fn stored(requests: &[(&Report, Way, Encoding)]) -> anyhow::Result<Vec<String>> {
    let receiver = Receiver::start()?;
    for &(report, way, encoding) in requests {
        let answer = send(receiver.address(), report, way, encoding)?.success()?;
        assert_eq!(answer.partial_success()?, None, "{way:?} {encoding:?}");
    }
    receiver.reports(&[])
}

#[test]
fn each_way_in_alone() -> anyhow::Result<()> {
    let time = yesterday();
    let report = Report::read("openfn-2", time)?;
    for (way, encoding) in WAYS_IN {
        let lines = stored(&[(&report, way, encoding)])?;
        assert_eq!(lines, [openfn(&rfc3339_micros(time))], "{way:?} {encoding:?}");
    }
    Ok(())
}

#[test]
fn all_ways_in_one_after_the_other() -> anyhow::Result<()> {
    let time = yesterday();
    let report = Report::read("openfn-2", time)?;
    let requests = WAYS_IN.map(|(way, encoding)| (&report, way, encoding));
    assert_eq!(stored(&requests)?, [openfn(&rfc3339_micros(time))]);
    Ok(())
}

#[test]
fn in_two_halves() -> anyhow::Result<()> {
    let time = yesterday();
    let [first, second] = Report::read("openfn-2", time)?.halves();
    for way in Way::ALL {
        for (one, other) in [(&first, &second), (&second, &first)] {
            let lines =
                stored(&[(one, way, Encoding::Identity), (other, way, Encoding::Identity)])?;
            assert_eq!(lines, [openfn(&rfc3339_micros(time))], "{way:?}");
        }
    }
    Ok(())
}

#[test]
fn in_reverse_order() -> anyhow::Result<()> {
    let time = yesterday();
    let report = Report::read("openfn-2", time)?.reversed();
    for way in Way::ALL {
        let lines = stored(&[(&report, way, Encoding::Identity)])?;
        assert_eq!(lines, [openfn(&rfc3339_micros(time))], "{way:?}");
    }
    Ok(())
}

#[test]
fn twice() -> anyhow::Result<()> {
    let time = yesterday();
    let report = Report::read("openfn-2", time)?;
    for way in Way::ALL {
        let request = (&report, way, Encoding::Identity);
        assert_eq!(stored(&[request, request])?, [openfn(&rfc3339_micros(time))], "{way:?}");
    }
    Ok(())
}

#[test]
fn a_later_report_of_the_day_replaces_the_earlier_whichever_comes_first() -> anyhow::Result<()> {
    // Two microseconds that lie in one UTC day, whenever the test runs.
    let time = yesterday() / 86_400_000_000_000 * 86_400_000_000_000 + 5_400_000_876_776;
    let later = time + 1_000;
    let mut early = Report::read("openfn-2", time)?;
    early.gauge("openfn.users")?.points[0].value = 136.into();
    let late = Report::read("openfn-2", later)?;
    for (one, other) in [(&early, &late), (&late, &early)] {
        let lines = stored(&[
            (one, Way::Protobuf, Encoding::Identity),
            (other, Way::Protobuf, Encoding::Identity),
        ])?;
        assert_eq!(lines, [openfn(&rfc3339_micros(later))]);
    }
    Ok(())
}

#[test]
fn a_report_of_attributes_alone() -> anyhow::Result<()> {
    let report = Report::read("manyfold-0.90", yesterday())?;
    for (way, encoding) in WAYS_IN {
        assert_eq!(stored(&[(&report, way, encoding)])?, [MANYFOLD], "{way:?} {encoding:?}");
    }
    Ok(())
}
