use super::bytes;

fn written(text: &str) -> Vec<u8> {
    bytes(text, &|word| (word == "@named").then(|| b"named".to_vec())).expect("a right notation")
}

#[test]
fn a_message_is_as_protoscope_writes_it() {
    // From the documentation of Protoscope: field 1 holds 150; field 2 a text; a group.
    assert_eq!(written("1: 150"), b"\x08\x96\x01");
    assert_eq!(written(r#"2: {"testing"}"#), b"\x12\x07testing");
    assert_eq!(written("1: !{ 2: 3 }"), b"\x0b\x10\x03\x0c");
    assert_eq!(written("3: -1"), b"\x18\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01");
    assert_eq!(written("4: 1i64 5: 2i32"), b"\x21\x01\0\0\0\0\0\0\0\x2d\x02\0\0\0");
    assert_eq!(written("long-form:2 1: long-form:1 3"), b"\x88\x80\x00\x83\x00");
    assert_eq!(written("1:LEN 5 `00 ff` # a comment"), b"\x0a\x05\x00\xff");
}

#[test]
fn our_own_words_write_what_is_long() {
    assert_eq!(written(r#"repeat 2 ( "x" $index )"#), b"x00000000x00000001");
    assert_eq!(written(r#"nest 2 ( 1: { _ } ) ( "x" )"#), b"\x0a\x03\x0a\x01x");
    assert_eq!(written(r#"grpc ( "ab" ) length ( "abc" )"#), b"\0\0\0\0\x02ab3");
    assert_eq!(written("chunk ( @named )"), b"5\r\nnamed\r\n");
    assert_eq!(written("frame PING 1 3 ( be32 7 )"), b"\0\0\x04\x06\x01\0\0\0\x03\0\0\0\x07");
    assert_eq!(written("frame 10 0 0 claims 9 ()"), b"\0\0\x09\x0a\0\0\0\0\0");
    assert_eq!(written(r#"header "a" "bc""#), b"\0\x01a\x02bc");
}

#[test]
fn what_is_not_understood_is_named() {
    for (text, problem) in [
        ("1: {", "expected"),
        ("unheard", "unknown word `unheard`"),
        ("`0`", "two hexadecimal digits"),
        ("\"a", "closing"),
        ("}", "closing bracket"),
    ] {
        let error = bytes(text, &|_| None).expect_err(text);
        assert!(format!("{error:#}").contains(problem), "{text}: {error:#}");
    }
}
