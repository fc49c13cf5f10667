//! What the page is asked for, and what a form asks to do.

use headcount_contract::Level;

/// The page as it is asked for: the query.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Query {
    /// What was done just before.
    pub(super) done: Option<Done>,
    /// Whether to ask before everything is erased.
    pub(super) asks_to_erase: bool,
    /// Which page of the history, from 0.
    pub(super) history_page: usize,
}

/// What a form did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Done {
    Agreed,
    Declined,
    Delivered,
    Waiting,
    Rejected,
    Erased,
}

/// What a form asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Action {
    Agree(Level),
    Decline,
    Send,
    /// What the receiver holds.
    Held,
    Erase,
}

/// A form as it arrives.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Form {
    pub(super) token: String,
    /// `None` where it asks for nothing that there is.
    pub(super) action: Option<Action>,
}

impl Query {
    /// Reads a query. What is unknown counts as not there.
    pub(super) fn parse(query: &str) -> Self {
        let mut read = Self::default();
        for (key, value) in form_urlencoded::parse(query.as_bytes()) {
            match &*key {
                "done" => read.done = Done::from_name(&value),
                "confirm" => read.asks_to_erase = value == "erase",
                "page" => read.history_page = value.parse().unwrap_or(0),
                _ => {}
            }
        }
        read
    }
}

impl Done {
    const ALL: [Self; 6] = [
        Self::Agreed,
        Self::Declined,
        Self::Delivered,
        Self::Waiting,
        Self::Rejected,
        Self::Erased,
    ];

    /// The name in a query.
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Agreed => "agreed",
            Self::Declined => "declined",
            Self::Delivered => "delivered",
            Self::Waiting => "waiting",
            Self::Rejected => "rejected",
            Self::Erased => "erased",
        }
    }

    fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|done| done.as_str() == name)
    }
}

impl Form {
    /// Reads a form's body.
    pub(super) fn parse(body: &[u8]) -> Self {
        let mut form = Self { token: String::new(), action: None };
        for (key, value) in form_urlencoded::parse(body) {
            match &*key {
                "token" => form.token = value.into_owned(),
                "action" => form.action = Action::from_name(&value),
                _ => {}
            }
        }
        form
    }
}

impl Action {
    fn from_name(name: &str) -> Option<Self> {
        match name {
            "decline" => Some(Self::Decline),
            "send" => Some(Self::Send),
            "held" => Some(Self::Held),
            "erase" => Some(Self::Erase),
            _ => Level::from_name(name.strip_prefix("agree-")?).map(Self::Agree),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_query_is_read_as_far_as_it_is_known() {
        let asked = Query::parse("done=erased&confirm=erase&page=3&x=%00&page");
        assert_eq!(asked.done, Some(Done::Erased));
        assert!(asked.asks_to_erase);
        assert_eq!(asked.history_page, 0);
        assert_eq!(Query::parse("done=<b>&confirm=all&page=-1"), Query::default());
        for done in Done::ALL {
            assert_eq!(Query::parse(&format!("done={}", done.as_str())).done, Some(done));
        }
    }

    #[test]
    fn a_form_asks_for_what_there_is() {
        let form = Form::parse(b"token=a%2Bb&action=agree-usage");
        assert_eq!(
            form,
            Form { token: "a+b".to_owned(), action: Some(Action::Agree(Level::Usage)) }
        );
        for (body, action) in [
            (&b"action=decline"[..], Some(Action::Decline)),
            (b"action=send", Some(Action::Send)),
            (b"action=held", Some(Action::Held)),
            (b"action=erase", Some(Action::Erase)),
            (b"action=agree-", None),
            (b"action=agree", None),
            (b"decline", None),
            (b"\xff%ff=&&", None),
        ] {
            assert_eq!(Form::parse(body).action, action, "{body:?}");
        }
    }
}
