//! Where the token of the operator's interface comes from.

use std::env;
use std::path::{Path, PathBuf};

use anyhow::anyhow;
use headcount_receiver::settings::Operator;
use headcount_receiver::{Location, Token};

use crate::exit::{Failure, OrConfiguration as _, Outcome};
use crate::log::Format;

/// The variable with the token itself, for whoever keeps secrets in the environment.
const VARIABLE: &str = "HEADCOUNT_OPERATOR_TOKEN";

/// The token, if the operator's interface is to listen: of the variable, of the file that is named, or of a file beside
/// the database, which is made where there is none.
pub(crate) fn of_operator(
    settings: &Operator,
    store: &Location,
    told: Format,
) -> Outcome<Option<Token>> {
    if settings.listen.is_none() {
        return Ok(None);
    }
    let given = env::var_os(VARIABLE).filter(|token| !token.is_empty());
    let token = match (given, &settings.token_file, store) {
        (Some(_), Some(file), _) => Err(mistake(format_args!(
            "expected the operator's token in {VARIABLE} or in {}, got both",
            file.display()
        ))),
        (Some(given), None, _) => {
            let text = given.into_string().map_err(|_| {
                mistake(format_args!("expected {VARIABLE} in visible ASCII, got something else"))
            })?;
            Token::new(&text).map_err(|error| mistake(format_args!("{error} in {VARIABLE}")))
        }
        (None, Some(file), _) => Token::load(file).or_configuration(),
        (None, None, Location::Sqlite(database)) => beside(database, told),
        (None, None, Location::Memory) => Err(mistake(format_args!(
            "expected operator.token_file or {VARIABLE} beside operator.listen, got neither: only a store on the \
             disk has a place for a token that is made"
        ))),
    };
    token.map(Some)
}

/// The token in `PATH.token`, and where it is.
fn beside(database: &Path, told: Format) -> Outcome<Token> {
    let mut name = database.as_os_str().to_owned();
    name.push(".token");
    let path = PathBuf::from(name);
    let token = Token::load_or_create(&path).or_configuration()?;
    told.say(format_args!("operator's token in {}", path.display()));
    Ok(token)
}

fn mistake(what: std::fmt::Arguments<'_>) -> Failure {
    Failure::Configuration(anyhow!("{what}"))
}
