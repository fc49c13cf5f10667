//! Groups of settings, declared once: the types, their defaults, and what is generated from both.

use std::path::Path;

use super::given::Given;

/// Settings that stand together, such as a table of the configuration file.
pub trait Group {
    /// Sets the setting at a path such as `["connections", "total"]`.
    fn set(&mut self, path: &[&str], given: &Given) -> Result<(), Wrong>;

    /// Has the setting at a path, where it is a path of the file system itself, begin at a folder.
    fn anchor(&mut self, path: &[&str], folder: &Path);

    /// Every setting with its value, in the order of the documentation, each group after the settings around it.
    fn described(&self) -> Vec<Described>;
}

/// Why a setting is not taken.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Wrong {
    /// There is no such setting.
    #[error("expected one of {}, got another name", .expected.join(", "))]
    Unknown {
        /// Those that there are.
        expected: Vec<&'static str>,
    },
    /// It cannot have that value.
    #[error("expected {expected}, got something else")]
    Value {
        /// What it can have.
        expected: &'static str,
    },
}

/// A setting, for whoever reads about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Described {
    /// Where it stands, such as `["connections", "total"]`; a group itself has no value.
    pub path: Vec<&'static str>,
    /// What it is and why its default is what it is: the lines of its documentation.
    pub lines: &'static [&'static str],
    /// Its value.
    pub value: Value,
}

/// The value of what is described.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    /// None: it is a group, and its settings follow.
    Group,
    /// That of a setting, as TOML.
    Set(String),
    /// A setting that is left out unless somebody sets it.
    Unset {
        /// What it can be set to, as the end of a sentence.
        expected: &'static str,
    },
}

impl Described {
    /// Whether it is a group.
    pub fn is_group(&self) -> bool {
        self.value == Value::Group
    }

    /// The same, in a group.
    #[must_use]
    pub fn within(mut self, group: &'static str) -> Self {
        self.path.insert(0, group);
        self
    }
}

/// Declares a group: a struct whose fields have a documentation, a type and a default, and, after `with`, groups
/// within it.
#[macro_export]
macro_rules! settings {
    (
        $(#[doc = $about:literal])*
        $vis:vis struct $Group:ident {
            $($(#[doc = $line:literal])* $field:ident: $type:ty = $default:expr,)*
        }
        $(with { $($(#[doc = $group_line:literal])* $group:ident: $Inner:ty,)* })?
    ) => {
        $(#[doc = $about])*
        #[derive(Clone, Debug, PartialEq, Eq)]
        $vis struct $Group {
            $($(#[doc = $line])* $vis $field: $type,)*
            $($($(#[doc = $group_line])* $vis $group: $Inner,)*)?
        }

        impl Default for $Group {
            fn default() -> Self {
                Self {
                    $($field: $default,)*
                    $($($group: <$Inner>::default(),)*)?
                }
            }
        }

        impl $crate::settings::Group for $Group {
            fn set(
                &mut self,
                path: &[&str],
                given: &$crate::settings::Given,
            ) -> Result<(), $crate::settings::Wrong> {
                use $crate::settings::{Setting, Wrong};
                match path {
                    $([name] if *name == stringify!($field) => {
                        let expected = <$type as Setting>::EXPECTED;
                        self.$field = Setting::read(given).ok_or(Wrong::Value { expected })?;
                        Ok(())
                    })*
                    $($([name, rest @ ..] if *name == stringify!($group) => {
                        self.$group.set(rest, given)
                    })*)?
                    _ => Err(Wrong::Unknown {
                        expected: vec![
                            $(stringify!($field),)*
                            $($(stringify!($group),)*)?
                        ],
                    }),
                }
            }

            fn anchor(&mut self, path: &[&str], folder: &std::path::Path) {
                match path {
                    $([name] if *name == stringify!($field) => {
                        $crate::settings::Setting::anchor(&mut self.$field, folder);
                    })*
                    $($([name, rest @ ..] if *name == stringify!($group) => {
                        self.$group.anchor(rest, folder);
                    })*)?
                    _ => {}
                }
            }

            fn described(&self) -> Vec<$crate::settings::Described> {
                use $crate::settings::{Described, Setting, Value};
                #[allow(unused_mut, reason = "it stays as it is where no group is within")]
                let mut all = vec![$(Described {
                    path: vec![stringify!($field)],
                    lines: &[$($line),*],
                    value: match self.$field.show() {
                        Some(value) => Value::Set(value),
                        None => Value::Unset { expected: <$type as Setting>::EXPECTED },
                    },
                },)*];
                $($(
                    let path = vec![stringify!($group)];
                    all.push(Described { path, lines: &[$($group_line),*], value: Value::Group });
                    let within = self.$group.described().into_iter();
                    all.extend(within.map(|described| described.within(stringify!($group))));
                )*)?
                all
            }
        }
    };
}
