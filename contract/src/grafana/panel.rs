//! One panel.

use serde::Serialize;

use super::options::{Look, parsed};
use super::query::Query;
use crate::document::Document;

/// Columns of the grid.
pub(super) const COLUMNS: u32 = 24;

/// A panel, at its place.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Panel {
    pub(super) id: u32,
    pub(super) r#type: &'static str,
    pub(super) title: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) description: Option<String>,
    pub(super) grid_pos: Place,
    #[serde(flatten)]
    pub(super) content: Content,
}

/// Where a panel stands, in cells of the grid.
#[derive(Clone, Copy, Debug, Default, Serialize)]
pub(super) struct Place {
    pub(super) x: u32,
    pub(super) y: u32,
    pub(super) w: u32,
    pub(super) h: u32,
}

/// What is in a panel.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase", untagged)]
pub(super) enum Content {
    /// Nothing: it is a heading.
    Heading { collapsed: bool, panels: [Document; 0] },
    /// Answers to queries.
    #[serde(rename_all = "camelCase")]
    Answers {
        datasource: Document,
        targets: Vec<Query>,
        #[serde(skip_serializing_if = "Option::is_none")]
        transformations: Option<Document>,
        field_config: Document,
        options: Document,
    },
}

/// A panel without a place.
#[derive(Debug)]
pub(super) struct Draft {
    pub(super) title: String,
    pub(super) description: String,
    pub(super) look: Look,
    pub(super) queries: Vec<Query>,
    /// Grafana's word for the unit.
    pub(super) unit: &'static str,
    /// Cells.
    pub(super) size: (u32, u32),
}

impl Draft {
    pub(super) fn at(self, id: u32, (x, y): (u32, u32)) -> Panel {
        let Self { title, description, look, queries, unit, size: (w, h) } = self;
        let content = Content::Answers {
            datasource: parsed(r#"{ "type": "prometheus", "uid": "${datasource}" }"#),
            targets: queries,
            transformations: look.transformations(),
            field_config: look.fields(unit),
            options: look.options(),
        };
        let description = Some(description);
        Panel {
            id,
            r#type: look.kind(),
            title,
            description,
            grid_pos: Place { x, y, w, h },
            content,
        }
    }
}

/// A heading.
pub(super) fn heading(id: u32, title: &str, y: u32) -> Panel {
    Panel {
        id,
        r#type: "row",
        title: title.to_owned(),
        description: None,
        grid_pos: Place { x: 0, y, w: COLUMNS, h: 1 },
        content: Content::Heading { collapsed: false, panels: [] },
    }
}
