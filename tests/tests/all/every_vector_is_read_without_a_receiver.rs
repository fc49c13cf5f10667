//! Every body of a vector goes through what the fuzz targets check: prost and the reader agree about it, and what
//! comes of it is counted, stored, merged and written as it must be.

#[path = "../../../contract/tests/conversion/mod.rs"]
mod conversion;
#[path = "../../../proto/tests/differential/mod.rs"]
mod differential;

use anyhow::ensure;
use headcount_tests::{Vector, Way};

/// Longer bodies are there for what a receiver does with them, and prost makes hundreds of megabytes of them.
const LONGEST: usize = 128 * 1024;

#[test]
fn and_agrees_with_what_is_fuzzed() -> anyhow::Result<()> {
    let (mut read, mut whole) = (0, 0);
    for vector in Vector::all()? {
        for (way, body) in vector.bodies()? {
            if body.len() > LONGEST {
                continue;
            }
            let (taken, converted) = match way {
                Way::Json => {
                    let taken = differential::json_is_read(&body);
                    (taken, conversion::json_conversion_holds(&body))
                }
                // The same as over gRPC.
                Way::Protobuf => continue,
                Way::Grpc => {
                    let taken = differential::read_agrees(&body);
                    conversion::restoring_holds(&body);
                    (taken, conversion::conversion_holds(&body))
                }
            };
            read += usize::from(taken);
            whole += usize::from(converted);
        }
    }
    ensure!(read > 100 && whole > 2, "only {read} were read, and {whole} reports were whole");
    Ok(())
}
