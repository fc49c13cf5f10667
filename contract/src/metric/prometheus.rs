//! Names as Prometheus has them.

/// The units that Prometheus has a word for.
const UNITS: [(&str, &str); 24] = [
    ("d", "days"),
    ("h", "hours"),
    ("min", "minutes"),
    ("s", "seconds"),
    ("ms", "milliseconds"),
    ("us", "microseconds"),
    ("ns", "nanoseconds"),
    ("By", "bytes"),
    ("KiBy", "kibibytes"),
    ("MiBy", "mebibytes"),
    ("GiBy", "gibibytes"),
    ("TiBy", "tibibytes"),
    ("KBy", "kilobytes"),
    ("MBy", "megabytes"),
    ("GBy", "gigabytes"),
    ("TBy", "terabytes"),
    ("m", "meters"),
    ("V", "volts"),
    ("A", "amperes"),
    ("J", "joules"),
    ("W", "watts"),
    ("g", "grams"),
    ("Cel", "celsius"),
    ("Hz", "hertz"),
];

/// The same after a slash.
const RATES: [(&str, &str); 7] = [
    ("s", "second"),
    ("m", "minute"),
    ("h", "hour"),
    ("d", "day"),
    ("w", "week"),
    ("mo", "month"),
    ("y", "year"),
];

/// The words of a unit: `bytes`, `per_second`; none of what stands in braces, which is a count.
fn words(unit: &str) -> [Option<String>; 2] {
    let (main, rate) = unit.split_once('/').map_or((unit, None), |(main, rate)| (main, Some(rate)));
    let word = |text: &str, known: &[(&str, &str)]| {
        let text = text.trim();
        let known = known.iter().find(|(unit, _)| *unit == text).map(|(_, word)| *word);
        let word = tokens(known.unwrap_or(text)).collect::<Vec<_>>().join("_");
        (!text.contains(['{', '}']) && !word.is_empty()).then_some(word)
    };
    let main = match main.trim() {
        // What is no ratio of its own is the one before a slash.
        "1" if rate.is_some() => None,
        "1" => Some("ratio".to_owned()),
        "%" => Some("percent".to_owned()),
        main => word(main, &UNITS),
    };
    [main, rate.and_then(|rate| word(rate, &RATES)).map(|rate| format!("per_{rate}"))]
}

/// What the name of a metric of a unit ends in, unless it has it already.
pub(super) fn suffix(unit: &str) -> Option<String> {
    let words: Vec<_> = words(unit).into_iter().flatten().collect();
    (!words.is_empty()).then(|| words.join("_"))
}

/// The name of a gauge: of the contract and the figure, with the unit.
pub(super) fn family(contract: &str, figure: &str, unit: &str) -> String {
    let mut name: Vec<_> = tokens(contract).chain(tokens(figure)).map(str::to_owned).collect();
    for word in words(unit).into_iter().flatten() {
        if word == "ratio" {
            name.retain(|token| token != "ratio");
        }
        if !name.contains(&word) {
            name.push(word);
        }
    }
    let name = name.join("_");
    if name.starts_with(|first: char| first.is_ascii_digit()) { format!("_{name}") } else { name }
}

/// The label of an attribute. Those that Prometheus gives to every target are named as it renames them itself.
pub(super) fn label(attribute: &str) -> String {
    let label: String =
        attribute.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '_' }).collect();
    // Two underscores at the beginning are Prometheus' own.
    let plain = label.trim_start_matches('_');
    match plain.chars().next() {
        None => "key".to_owned(),
        Some(first) if first.is_ascii_digit() || plain.len() < label.len() => {
            format!("key_{plain}")
        }
        Some(_) if matches!(plain, "job" | "instance") => format!("exported_{plain}"),
        Some(_) => label,
    }
}

/// The words of a name; whatever else stands between them becomes one underscore.
fn tokens(name: &str) -> impl Iterator<Item = &str> {
    name.split(|c: char| !c.is_ascii_alphanumeric()).filter(|token| !token.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_ends_in_its_unit_once() {
        for (figure, unit, expected) in [
            ("users", "{user}", "shop_users"),
            ("users", "", "shop_users"),
            ("disk.used", "By", "shop_disk_used_bytes"),
            ("bytes", "By", "shop_bytes"),
            ("uptime", "s", "shop_uptime_seconds"),
            ("load", "1", "shop_load_ratio"),
            ("ratio_of_load", "1", "shop_of_load_ratio"),
            ("full", "%", "shop_full_percent"),
            ("traffic", "By/s", "shop_traffic_bytes_per_second"),
            ("orders", "{order}/d", "shop_orders_per_day"),
            ("orders", "1/d", "shop_orders_per_day"),
            ("weight", "lb_av", "shop_weight_lb_av"),
            ("a  b--ü-c", "", "shop_a_b_c"),
        ] {
            assert_eq!(family("shop", figure, unit), expected, "{figure} {unit}");
        }
        assert_eq!(family("3d-shop", "users", ""), "_3d_shop_users");
        assert_eq!(suffix("By/s").as_deref(), Some("bytes_per_second"));
        assert_eq!(suffix("{user}"), None);
    }

    #[test]
    fn a_label_is_a_valid_one_that_nobody_else_gives() {
        for (attribute, expected) in [
            ("service.version", "service_version"),
            ("os.type", "os_type"),
            ("3d", "key_3d"),
            ("__name__", "key_name__"),
            ("_a", "key_a"),
            ("ü", "key"),
            ("job", "exported_job"),
            ("instance", "exported_instance"),
        ] {
            assert_eq!(label(attribute), expected);
        }
    }
}
