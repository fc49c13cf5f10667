//! How wide a text is, so that it fits whatever font draws it.

/// Units of the widths below.
const EM: u32 = 2_048;

/// Widths of the characters from space to `~` in `DejaVu` Sans, which are those of Verdana within a hair.
const WIDTHS: [u16; 95] = [
    651, 821, 942, 1716, 1303, 1946, 1597, 563, 799, 799, 1024, 1716, 651, 739, 651, 690, 1303,
    1303, 1303, 1303, 1303, 1303, 1303, 1303, 1303, 1303, 690, 690, 1716, 1716, 1716, 1087, 2048,
    1401, 1405, 1430, 1577, 1294, 1178, 1587, 1540, 604, 604, 1343, 1141, 1767, 1532, 1612, 1235,
    1612, 1423, 1300, 1251, 1499, 1401, 2025, 1403, 1251, 1403, 799, 690, 799, 1716, 1024, 1024,
    1255, 1300, 1126, 1300, 1260, 721, 1300, 1298, 569, 569, 1186, 569, 1995, 1298, 1253, 1300,
    1300, 842, 1067, 803, 1298, 1212, 1675, 1212, 1212, 1075, 1303, 690, 1303, 1716,
];

/// The width of a text in tenths of a pixel, in a font of so many pixels. What is not ASCII is taken as wide as a font
/// can have it.
pub(super) fn tenths(text: &str, pixels: u32) -> u32 {
    let width = |c: char| {
        let place =
            u32::from(c).checked_sub(u32::from(' ')).and_then(|place| usize::try_from(place).ok());
        place.and_then(|place| WIDTHS.get(place)).map_or(EM, |width| u32::from(*width))
    };
    let units: u32 = text.chars().map(width).sum();
    (units * pixels * 10).div_ceil(EM)
}
