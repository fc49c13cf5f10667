//! The code that is generated from our own `.proto` files is that which is committed.

use std::path::{Path, PathBuf};
use std::{env, fs};

use prost_reflect::prost_types::FileDescriptorSet;

fn folder(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

/// Every message with the comments that become its documentation.
fn descriptors() -> FileDescriptorSet {
    let mut compiler = protox::Compiler::new([folder("")]).expect("a folder of protos");
    compiler.include_source_info(true).include_imports(true);
    compiler.open_file("headcount/v1/instances.proto").expect("a proto without mistakes");
    compiler.file_descriptor_set()
}

/// Compares with the committed code, or writes it where `HEADCOUNT_BLESS=1` asks for that.
#[test]
fn the_generated_code_is_what_is_committed() {
    let output = tempfile::tempdir().expect("a folder");
    prost_build::Config::new()
        .out_dir(output.path())
        // Ours, so that whoever uses them needs no crate for one message.
        .compile_well_known_types()
        .disable_comments([".google"])
        // Written by hand: it redacts the id.
        .skip_debug([".headcount.v1.Instance"])
        .compile_fds(descriptors())
        .expect("code for every message");
    let committed = folder("src/instances/generated");
    let mut files = Vec::new();
    for file in fs::read_dir(output.path()).expect("a folder") {
        let file = file.expect("a file");
        let code = fs::read_to_string(file.path()).expect("text");
        let place = committed.join(file.file_name());
        if env::var_os("HEADCOUNT_BLESS").is_some_and(|bless| bless == "1") {
            fs::write(&place, &code).expect("a file");
        }
        let kept = fs::read_to_string(&place).unwrap_or_default();
        let name = file.file_name();
        assert!(kept == code, "{name:?} is another; HEADCOUNT_BLESS=1 writes it anew");
        files.push(name);
    }
    let kept = fs::read_dir(committed).expect("a folder").count();
    assert_eq!(files.len(), kept, "no code without a proto, but {files:?}");
}
