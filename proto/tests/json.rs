//! OTLP/JSON: what is taken means the same as its protobuf twin; what is refused is named.

use headcount_proto::otlp::{
    AnyValue, ArrayValue, EntityRef, Exemplar, ExportMetricsServiceRequest, KeyValue, KeyValueList,
    Metric, NumberDataPoint, Resource, any_value::Value, exemplar, metric::Data,
    number_data_point::Value as Number,
};
use headcount_proto::{Limits, from_json, to_json};
use prost::Message;

/// The request that a text stands for, or the error.
fn request(json: &str) -> Result<ExportMetricsServiceRequest, String> {
    let bytes =
        from_json(json.as_bytes(), &Limits::default()).map_err(|error| error.to_string())?;
    Ok(ExportMetricsServiceRequest::decode(&*bytes).expect("what is taken is a request"))
}

fn metric(members: &str) -> Result<Metric, String> {
    let json =
        format!("{{\"resourceMetrics\":[{{\"scopeMetrics\":[{{\"metrics\":[{{{members}}}]}}]}}]}}");
    let mut request = request(&json)?;
    Ok(request.resource_metrics.remove(0).scope_metrics.remove(0).metrics.remove(0))
}

fn point(members: &str) -> Result<NumberDataPoint, String> {
    let metric = metric(&format!("\"gauge\":{{\"dataPoints\":[{{{members}}}]}}"))?;
    let Some(Data::Gauge(mut gauge)) = metric.data else { return Err("no gauge".to_owned()) };
    Ok(gauge.data_points.remove(0))
}

fn exemplar(members: &str) -> Result<Exemplar, String> {
    point(&format!("\"exemplars\":[{{{members}}}]")).map(|mut point| point.exemplars.remove(0))
}

fn resource(members: &str) -> Result<Resource, String> {
    let json = format!("{{\"resourceMetrics\":[{{\"resource\":{{{members}}}}}]}}");
    Ok(request(&json)?.resource_metrics.remove(0).resource.unwrap_or_default())
}

fn value(members: &str) -> Result<Option<Value>, String> {
    let json = format!("\"attributes\":[{{\"key\":\"k\",\"value\":{{{members}}}}}]");
    Ok(resource(&json)?.attributes.remove(0).value.and_then(|any| any.value))
}

/// Asserts that an error says this, somewhere.
#[track_caller]
fn refused<T: std::fmt::Debug>(result: Result<T, String>, part: &str) {
    let error = result.expect_err(part);
    assert!(error.contains(part), "{error}");
    assert!(!error.contains("secret"), "{error}");
}

#[test]
fn names_are_taken_in_both_spellings() {
    let camel = point(r#""timeUnixNano":"5","startTimeUnixNano":"4","asInt":"3""#);
    let proto = point(r#""time_unix_nano":"5","start_time_unix_nano":"4","as_int":"3""#);
    assert_eq!(camel, proto);
    let twin = NumberDataPoint {
        time_unix_nano: 5,
        start_time_unix_nano: 4,
        value: Some(Number::AsInt(3)),
        ..NumberDataPoint::default()
    };
    assert_eq!(camel, Ok(twin));
    assert_eq!(point(r#""\u0061sInt":"3""#), point(r#""asInt":"3""#));
    refused(point(r#""asInt":"3","as_int":"3""#), "expected each key once, got one for the second");
    refused(point(r#""flags":null,"flags":1"#), "expected each key once, got one for the second");
}

#[test]
fn unknown_keys_are_ignored_but_checked() {
    let plain = point(r#""asInt":1"#);
    for unknown in ["1", "1e999", "null", r#""x""#, r#"{"a":[{"b":{}},"\ud83e\udd80"]}"#, "[]"] {
        assert_eq!(point(&format!("\"extra\":{unknown},\"asInt\":1")), plain, "{unknown}");
    }
    assert_eq!(point(r#""extra":1,"extra":2,"asInt":1"#), plain);
    assert_eq!(point(&format!("\"x\":{}{},\"asInt\":1", "[".repeat(100), "]".repeat(100))), plain);
    let deep = point(&format!("\"x\":{}{}", "[".repeat(101), "]".repeat(101)));
    refused(deep, "expected at most 100 arrays and objects in one another, got more");
    refused(point(r#""extra":[1,]"#), "malformed JSON: expected value");
    refused(point(r#""extra":"\ud800 secret""#), "got half a surrogate pair");
    refused(point(r#""extra":secret"#), "malformed JSON: expected value");
}

#[test]
fn null_is_absent() {
    let absent = r#""attributes":null,"asInt":null,"asDouble":1,"flags":null,"exemplars":null"#;
    assert_eq!(point(absent), point(r#""asDouble":1"#));
    assert_eq!(request(r#"{"resourceMetrics":null}"#), request("{}"));
    assert_eq!(
        request(r#"{"resourceMetrics":[{"resource":null}]}"#),
        request(r#"{"resourceMetrics":[{}]}"#)
    );
    refused(
        request(r#"{"resourceMetrics":[null]}"#),
        "expected an object, got null, at resourceMetrics[0]",
    );
    refused(request("null"), "expected an object, got null, at request");
    refused(resource(r#""entityRefs":[{"idKeys":[null]}]"#), "expected a string, got null");
}

#[test]
fn integers_are_strings_or_numbers_and_exact() {
    let int = |text: &str| point(&format!("\"asInt\":{text}")).map(|point| point.value);
    let as_int = |value| Ok(Some(Number::AsInt(value)));
    for text in ["3", r#""3""#, "3.0", "30e-1", "0.3E+1", r#""3.0""#, r#""\u0033""#] {
        assert_eq!(int(text), as_int(3), "{text}");
    }
    assert_eq!(int("-9223372036854775808"), as_int(i64::MIN));
    assert_eq!(int("9007199254740993.0"), as_int(9_007_199_254_740_993));
    assert_eq!(int("-0"), as_int(0));
    for text in ["9223372036854775808", "\"-9223372036854775809\"", "1e30"] {
        refused(int(text), "expected a 64-bit integer, got one out of range");
    }
    refused(int("1.5"), "expected a 64-bit integer, got a fraction");
    for text in [r#""""#, r#"" 3""#, r#""3 ""#, r#""+3""#, r#""03""#, r#""0x3""#, r#""secret""#] {
        refused(int(text), "expected a 64-bit integer, got a string that is no number");
    }
    refused(int("true"), "expected an integer, got a boolean");
    refused(int("[3]"), "expected an integer, got an array");
    refused(int("03"), "malformed JSON: invalid number");
}

#[test]
fn integers_keep_to_their_type() {
    assert_eq!(
        point(r#""timeUnixNano":18446744073709551615"#).map(|p| p.time_unix_nano),
        Ok(u64::MAX)
    );
    refused(point(r#""timeUnixNano":-1"#), "expected an unsigned 64-bit integer, got one out of");
    assert_eq!(point(r#""flags":"4294967295""#).map(|point| point.flags), Ok(u32::MAX));
    refused(point(r#""flags":4294967296"#), "expected an unsigned 32-bit integer, got one out of");
    let exponential = |members: &str| {
        let points = format!("{{\"dataPoints\":[{{{members}}}]}}");
        metric(&format!("\"exponentialHistogram\":{points}")).map(|metric| metric.data)
    };
    let Ok(Some(Data::ExponentialHistogram(data))) = exponential(
        r#""scale":-20,"zeroCount":"2","negative":{"offset":-2147483648,"bucketCounts":["1",2]}"#,
    ) else {
        panic!("an exponential histogram is taken");
    };
    let point = &data.data_points[0];
    assert_eq!((point.scale, point.zero_count), (-20, 2));
    let negative = point.negative.as_ref().expect("it was given");
    assert_eq!((negative.offset, &negative.bucket_counts[..]), (i32::MIN, &[1, 2][..]));
    refused(
        exponential(r#""scale":2147483648"#),
        "expected a 32-bit integer, got one out of range",
    );
}

#[test]
fn doubles_are_numbers_or_strings() {
    let double = |text: &str| {
        point(&format!("\"asDouble\":{text}")).map(|point| match point.value {
            Some(Number::AsDouble(value)) => value,
            other => panic!("no double but {other:?}"),
        })
    };
    for text in ["1.5", r#""1.5""#, "15e-1", r#""15E-1""#] {
        assert_eq!(double(text), Ok(1.5), "{text}");
    }
    assert_eq!(double(r#""Infinity""#), Ok(f64::INFINITY));
    assert_eq!(double(r#""-Infinity""#), Ok(f64::NEG_INFINITY));
    assert!(double(r#""NaN""#).is_ok_and(f64::is_nan));
    refused(double("1e999"), "expected a 64-bit floating-point number, got one out of range");
    for text in [r#""nan""#, r#""inf""#, r#""1,5""#, r#"" 1.5""#, r#""secret""#] {
        refused(double(text), "expected a 64-bit floating-point number, got a string that is no");
    }
    refused(double("NaN"), "malformed JSON");
    refused(double("false"), "expected a number or a string, got a boolean");
}

#[test]
fn booleans_are_true_or_false() {
    assert_eq!(value(r#""boolValue":true"#), Ok(Some(Value::BoolValue(true))));
    assert_eq!(value(r#""boolValue":false"#), Ok(Some(Value::BoolValue(false))));
    for text in ["1", r#""true""#, "[]", "{}"] {
        refused(value(&format!("\"boolValue\":{text}")), "expected true or false, got a");
    }
}

#[test]
fn enums_are_numbers_only() {
    let temporality = |text: &str| {
        let sum = format!("\"sum\":{{\"aggregationTemporality\":{text},\"isMonotonic\":true}}");
        metric(&sum).map(|metric| match metric.data {
            Some(Data::Sum(sum)) => (sum.aggregation_temporality, sum.is_monotonic),
            other => panic!("no sum but {other:?}"),
        })
    };
    assert_eq!(temporality("2"), Ok((2, true)));
    assert_eq!(temporality("77"), Ok((77, true)));
    for text in [r#""AGGREGATION_TEMPORALITY_DELTA""#, r#""2""#] {
        refused(temporality(text), "expected an enum's number, got a string");
    }
}

#[test]
fn ids_are_hexadecimal_in_either_case() {
    let ids = |trace: &str, span: &str| {
        exemplar(&format!("\"traceId\":\"{trace}\",\"spanId\":\"{span}\",\"asInt\":\"1\""))
    };
    let twin = Exemplar {
        trace_id: vec![0xab; 16],
        span_id: vec![0xcd; 8],
        value: Some(exemplar::Value::AsInt(1)),
        ..Exemplar::default()
    };
    assert_eq!(ids(&"aB".repeat(16), &"Cd".repeat(8)), Ok(twin));
    assert_eq!(ids("", "").map(|exemplar| exemplar.trace_id), Ok(vec![]));
    let wrong = ["ab".repeat(15), "ab".repeat(8), format!("{}a", "ab".repeat(15)), "+a".repeat(16)];
    for trace in wrong {
        refused(ids(&trace, ""), "expected 32 hexadecimal digits, got another string");
    }
    refused(ids("", &"ab".repeat(16)), "expected 16 hexadecimal digits, got another string");
    refused(ids("", "q80AAAAAAAA="), "expected 16 hexadecimal digits, got another string");
}

#[test]
fn bytes_are_base64_of_either_alphabet() {
    let bytes = |text: &str| value(&format!("\"bytesValue\":\"{text}\""));
    for text in ["+/8=", "-_8=", "+/8", "-_8", r"+\/8="] {
        assert_eq!(bytes(text), Ok(Some(Value::BytesValue(vec![0xfb, 0xff]))), "{text}");
    }
    assert_eq!(bytes(""), Ok(Some(Value::BytesValue(vec![]))));
    for text in ["+_8=", "+/8==", "a", "+/9=", "+/ 8=", "secret!"] {
        refused(bytes(text), "expected bytes in base64, got another string");
    }
}

#[test]
fn one_member_of_a_oneof_is_set() {
    let both = "expected one member of a oneof, got a second one";
    refused(point(r#""asInt":1,"asDouble":1"#), both);
    refused(metric(r#""gauge":{},"sum":{}"#), both);
    refused(value(r#""stringValue":"secret","boolValue":true"#), both);
    assert_eq!(value(r#""stringValue":null,"boolValue":true"#), value(r#""boolValue":true"#));
    assert_eq!(value(""), Ok(None));
}

#[test]
fn values_nest() {
    let json = r#""kvlistValue":{"values":[{"key":"a","value":{"arrayValue":{"values":[
        {"intValue":"-1"},{},{"stringValue":"x"}]}}}]}"#;
    let any = |value| AnyValue { value };
    let text = Value::StringValue("x".to_owned());
    let values = vec![any(Some(Value::IntValue(-1))), any(None), any(Some(text))];
    let array = any(Some(Value::ArrayValue(ArrayValue { values })));
    let pair = KeyValue { key: "a".to_owned(), value: Some(array), ..KeyValue::default() };
    let twin = Value::KvlistValue(KeyValueList { values: vec![pair] });
    assert_eq!(value(json), Ok(Some(twin)));
}

#[test]
fn values_side_by_side_are_not_deep() {
    let elements = ["{\"intValue\":1}"; 20].join(",");
    let json = format!("\"arrayValue\":{{\"values\":[{elements}]}}");
    let values = vec![AnyValue { value: Some(Value::IntValue(1)) }; 20];
    assert_eq!(value(&json), Ok(Some(Value::ArrayValue(ArrayValue { values }))));
}

#[test]
fn entities_are_read() {
    let json =
        r#""entityRefs":[{"schemaUrl":"u","type":"t","idKeys":["a","b"],"descriptionKeys":[]}]"#;
    let twin = EntityRef {
        schema_url: "u".to_owned(),
        r#type: "t".to_owned(),
        id_keys: vec!["a".to_owned(), "b".to_owned()],
        description_keys: vec![],
    };
    assert_eq!(resource(json).map(|resource| resource.entity_refs), Ok(vec![twin]));
}

#[test]
fn texts_are_unescaped_and_whole() {
    let text = |text: &str| value(&format!("\"stringValue\":\"{text}\""));
    let taken = |text: &str| Ok(Some(Value::StringValue(text.to_owned())));
    assert_eq!(text(r"\ud83e\udd80 \u00e4\n\/\\"), taken("🦀 ä\n/\\"));
    assert_eq!(text("größe"), taken("größe"));
    assert_eq!(text(r"\u0000"), taken("\0"));
    refused(text(r"secret \ud800"), "expected a string of whole characters, got half a surrogate");
    refused(text(r"\udd80\ud83e"), "got half a surrogate pair");
    refused(text("\n"), "malformed JSON: control character");
    refused(text(r"\x"), "malformed JSON: invalid escape");
    refused(value(r#""stringValue":1"#), "expected a string, got a number");
    refused(value(r#""stringValue":{"secret":1}"#), "expected a string, got an object");
}

#[test]
fn the_request_is_one_object_and_nothing_else() {
    assert_eq!(request(" {} \n"), Ok(ExportMetricsServiceRequest::default()));
    refused(request("[]"), "expected an object, got an array, at request (line 1, column ");
    refused(request("\"secret\""), "expected an object, got a string, at request");
    refused(request("{} {}"), "malformed JSON: trailing characters, at request (line 1, column 4)");
    refused(request("{},"), "malformed JSON: trailing characters");
    refused(request(""), "malformed JSON: EOF while parsing a value");
    refused(request("{\"resourceMetrics\":"), "malformed JSON: EOF");
    refused(request("\u{feff}{}"), "malformed JSON: expected value");
    refused(request("{'a':1}"), "malformed JSON: key must be a string");
    refused(request("{\"a\":1,}"), "malformed JSON: trailing comma");
    refused(request("{/**/}"), "malformed JSON: key must be a string");
    refused(request(r#"{"resourceMetrics":{}}"#), "expected an array, got an object");
    refused(request(r#"{"resourceMetrics":7}"#), "expected an array, got a number");
}

#[test]
fn errors_name_path_line_and_column() {
    let json = "{\n  \"resourceMetrics\": [\n    {},\n    {\"scopeMetrics\": [{\"metrics\": [{\n      \
                \"gauge\": {\"dataPoints\": [{}, {\"asInt\": \"secret\"}]}\n}]}]}]}";
    assert_eq!(
        request(json),
        Err("expected a 64-bit integer, got a string that is no number, at \
             resourceMetrics[1].scopeMetrics[0].metrics[0].gauge.dataPoints[1].asInt \
             (line 5, column 46)"
            .to_owned())
    );
    let error = from_json(b"{\n \"a\": \"\xff\"}", &Limits::default()).expect_err("no UTF-8");
    assert_eq!(error.to_string(), "expected UTF-8, got other bytes, at request (line 2, column 8)");
    assert!(!error.is_limit());
}

#[test]
fn a_request_is_written_as_a_collector_writes_it() {
    let point = NumberDataPoint {
        time_unix_nano: 1_714_089_600_000_000_000,
        value: Some(Number::AsInt(-3)),
        exemplars: vec![Exemplar {
            span_id: vec![0xab; 8],
            value: Some(exemplar::Value::AsDouble(f64::NEG_INFINITY)),
            ..Exemplar::default()
        }],
        attributes: vec![KeyValue {
            key: "a \"b\"".to_owned(),
            value: Some(AnyValue { value: Some(Value::StringValue("é\u{1}".to_owned())) }),
            ..KeyValue::default()
        }],
        ..NumberDataPoint::default()
    };
    let data = Some(Data::Gauge(headcount_proto::otlp::Gauge { data_points: vec![point] }));
    let metric = Metric { name: "m".to_owned(), data, ..Metric::default() };
    let scope = headcount_proto::otlp::ScopeMetrics { metrics: vec![metric], ..Default::default() };
    let resource = headcount_proto::otlp::ResourceMetrics {
        resource: Some(Resource::default()),
        scope_metrics: vec![scope],
        ..Default::default()
    };
    let request = ExportMetricsServiceRequest { resource_metrics: vec![resource] };
    assert_eq!(
        to_json(&request.encode_to_vec()).expect("a request"),
        concat!(
            r#"{"resourceMetrics":[{"resource":{},"scopeMetrics":[{"metrics":[{"name":"m","#,
            r#""gauge":{"dataPoints":[{"timeUnixNano":"1714089600000000000","asInt":"-3","#,
            r#""exemplars":[{"asDouble":"-Infinity","spanId":"abababababababab"}],"#,
            r#""attributes":[{"key":"a \"b\"","value":{"stringValue":"é\u0001"}}]}]}}]}]}]}"#,
        )
    );
}

#[test]
fn what_no_encoder_wrote_is_not_written() {
    let error = |bytes: &[u8]| to_json(bytes).expect_err("refused").to_string();
    let twice = "expected each field and one member of a oneof once, got one for the second time";
    assert_eq!(error(b"\x0a\x06\x1a\x01u\x1a\x01v"), format!("{twice}, at request (byte 5)"));
    assert_eq!(
        error(b"\x0a\x03\x1a\x01\xff"),
        "expected UTF-8 for ResourceMetrics.schemaUrl, got other bytes, at request (byte 3)"
    );
    assert_eq!(
        error(b"\x08\x01"),
        "expected a length-delimited field for ExportMetricsServiceRequest.resourceMetrics, got a \
         varint, at request (byte 1)"
    );
}
