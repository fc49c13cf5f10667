//! Puts panels into the grid, from left to right and from top to bottom.

use super::panel::{COLUMNS, Draft, Panel, heading};

/// Panels under a heading; the first section has none.
#[derive(Debug)]
pub(super) struct Section {
    pub(super) title: Option<&'static str>,
    pub(super) panels: Vec<Draft>,
}

pub(super) fn placed(sections: Vec<Section>) -> Vec<Panel> {
    let (mut panels, mut y) = (Vec::new(), 0);
    for Section { title, panels: drafts } in sections {
        if drafts.is_empty() {
            continue;
        }
        if let Some(title) = title {
            panels.push(heading(next(&panels), title, y));
            y += 1;
        }
        let (mut x, mut height) = (0, 0);
        for draft in drafts {
            let (w, h) = draft.size;
            if x + w > COLUMNS {
                y += height;
                (x, height) = (0, 0);
            }
            let id = next(&panels);
            panels.push(draft.at(id, (x, y)));
            x += w;
            height = height.max(h);
        }
        y += height;
    }
    panels
}

/// Panels are numbered from 1 on.
fn next(panels: &[Panel]) -> u32 {
    panels.last().map_or(1, |last| last.id + 1)
}
