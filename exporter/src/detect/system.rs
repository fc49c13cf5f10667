//! The operating system and the architecture, in the words of the semantic conventions.

use sysinfo::System;

/// Characters of a description.
const MAX_LENGTH: usize = 64;
/// Digits of a number of a kernel's version; builds of Windows have five.
const MAX_DIGITS: usize = 5;

/// `os.type`, for a name of `std::env::consts::OS`.
pub(super) fn kind(os: &'static str) -> &'static str {
    match os {
        "macos" | "ios" | "tvos" | "watchos" | "visionos" => "darwin",
        "android" => "linux",
        "dragonfly" => "dragonflybsd",
        "illumos" => "solaris",
        other => other,
    }
}

/// `host.arch`, for a name of `std::env::consts::ARCH`: what the program was built for.
pub(super) fn architecture(arch: &'static str) -> &'static str {
    match arch {
        "x86_64" => "amd64",
        "aarch64" => "arm64",
        "arm" => "arm32",
        "powerpc" => "ppc32",
        "powerpc64" => "ppc64",
        "loongarch64" => "loong64",
        other => other,
    }
}

/// `os.version`: of the kernel, the first two numbers. Whatever follows can be a build of
/// somebody's own, which tells whose.
pub(super) fn version() -> Option<String> {
    major_minor(&System::kernel_version().ok()?)
}

pub(super) fn major_minor(release: &str) -> Option<String> {
    let numbers = release.split(|c: char| !c.is_ascii_digit() && c != '.').next()?;
    let mut numbers = numbers.split('.').take_while(|number| !number.is_empty());
    let fits = |number: &&str| number.len() <= MAX_DIGITS;
    let major = numbers.next().filter(fits)?;
    Some(match numbers.next().filter(fits) {
        Some(minor) => format!("{major}.{minor}"),
        None => major.to_owned(),
    })
}

/// `os.name`: `Debian GNU/Linux`, `macOS`, `Windows`.
pub(super) fn name() -> Option<String> {
    #[cfg(target_os = "linux")]
    let name = release::value_of("NAME");
    #[cfg(not(target_os = "linux"))]
    let name = System::name().ok();
    name.filter(|name| is_plain(name))
}

/// `os.description`: `Ubuntu 24.04.1 LTS`, `macOS 15.1 Sequoia`, `Windows 11 Pro`.
pub(super) fn description() -> Option<String> {
    // What sysinfo says on Linux is made up of a name and a version: `Linux (Ubuntu 24.04)`.
    #[cfg(target_os = "linux")]
    let description = release::value_of("PRETTY_NAME");
    #[cfg(not(target_os = "linux"))]
    let description = System::long_os_version().ok();
    description.filter(|description| is_plain(description))
}

/// Whether a text is a name and a version as systems have them: short, and of letters, digits and
/// what stands between them.
pub(super) fn is_plain(text: &str) -> bool {
    let first = text.bytes().next();
    let between = |b: u8| b.is_ascii_alphanumeric() || b" ._/()+!-".contains(&b);
    first.is_some_and(|b| b.is_ascii_alphanumeric())
        && text.len() <= MAX_LENGTH
        && text.bytes().all(between)
}

/// The file in which a Linux distribution says what it is: `os-release(5)`.
#[cfg(target_os = "linux")]
pub(super) mod release {
    use std::fs::File;
    use std::io::{self, Read as _};

    /// The first is there for the administrator to replace, the second is the distribution's.
    const FILES: [&str; 2] = ["/etc/os-release", "/usr/lib/os-release"];
    /// Bytes that are read; the files have some hundreds.
    const MAX_BYTES: u64 = 16 * 1024;

    pub(in crate::detect) fn value_of(key: &str) -> Option<String> {
        let text = FILES.iter().find_map(|file| read(file).ok())?;
        value_in(&text, key)
    }

    fn read(file: &str) -> io::Result<String> {
        let mut text = String::new();
        File::open(file)?.take(MAX_BYTES).read_to_string(&mut text)?;
        Ok(text)
    }

    /// The value of a line `KEY=value`, without quotes; one that is escaped is not taken.
    pub(in crate::detect) fn value_in(text: &str, key: &str) -> Option<String> {
        let mut values = text.lines().filter_map(|line| line.trim().split_once('='));
        let (_, value) = values.find(|(name, _)| *name == key)?;
        let unquoted = ['"', '\''].into_iter().find_map(|quote| {
            value.strip_prefix(quote).and_then(|value| value.strip_suffix(quote))
        });
        let value = unquoted.unwrap_or(value);
        (!value.contains('\\')).then(|| value.to_owned())
    }
}
