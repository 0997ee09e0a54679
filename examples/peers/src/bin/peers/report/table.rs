//! A table of texts, for a terminal and as Markdown.

pub(crate) struct Table {
    pub(crate) title: String,
    /// The first column has no name.
    pub(crate) columns: Vec<String>,
    pub(crate) rows: Vec<(String, Vec<String>)>,
    pub(crate) notes: Vec<String>,
}

impl Table {
    pub(crate) fn plain(&self) -> String {
        let first = self.rows.iter().map(|(name, _)| width(name)).max().unwrap_or(0);
        let widths: Vec<usize> = (0..self.columns.len())
            .map(|at| {
                let cells = self.rows.iter().filter_map(|(_, cells)| cells.get(at));
                cells.chain([&self.columns[at]]).map(|cell| width(cell)).max().unwrap_or(0)
            })
            .collect();
        let line = |name: &str, cells: &[String]| {
            let mut line = pad(name, first, false);
            for (cell, width) in cells.iter().zip(&widths) {
                line.push_str("   ");
                line.push_str(&pad(cell, *width, true));
            }
            format!("{}\n", line.trim_end())
        };
        let mut text = format!("\n{}\n{}", self.title, line("", &self.columns));
        text.extend(self.rows.iter().map(|(name, cells)| line(name, cells)));
        text.extend(self.notes.iter().map(|note| format!("  {note}\n")));
        text
    }

    pub(crate) fn markdown(&self) -> String {
        let line = |name: &str, cells: &[String]| {
            let cells: Vec<String> = cells.iter().map(|cell| escape(cell)).collect();
            format!("| {} | {} |\n", escape(name), cells.join(" | "))
        };
        let rule = "---:|".repeat(self.columns.len());
        let mut text = format!("## {}\n\n{}|---|{rule}\n", self.title, line("", &self.columns));
        text.extend(self.rows.iter().map(|(name, cells)| line(name, cells)));
        text.push('\n');
        text.extend(self.notes.iter().map(|note| format!("- {}\n", escape(note))));
        if !self.notes.is_empty() {
            text.push('\n');
        }
        text
    }
}

/// What Markdown would take for an end of the cell, or for emphasis as in `quick_cache`.
fn escape(text: &str) -> String {
    text.replace('|', "\\|").replace('_', "\\_")
}

fn width(text: &str) -> usize {
    text.chars().count()
}

fn pad(text: &str, to: usize, right: bool) -> String {
    let gap = " ".repeat(to.saturating_sub(width(text)));
    if right { gap + text } else { text.to_owned() + &gap }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table() -> Table {
        Table {
            title: "touch".to_owned(),
            columns: vec!["1k".to_owned(), "1M".to_owned()],
            rows: vec![
                ("a|b".to_owned(), vec!["1.20×".to_owned(), "7".to_owned()]),
                ("quick_cache".to_owned(), vec!["9".to_owned(), String::new()]),
            ],
            notes: vec!["a note".to_owned()],
        }
    }

    #[test]
    fn columns_are_aligned_on_a_terminal() {
        let lines = "\ntouch\n                 1k   1M\na|b           1.20×    7\n\
                     quick_cache       9\n  a note\n";
        assert_eq!(table().plain(), lines);
    }

    #[test]
    fn bars_are_escaped_in_markdown() {
        let lines = "## touch\n\n|  | 1k | 1M |\n|---|---:|---:|\n| a\\|b | 1.20× | 7 |\n\
                     | quick\\_cache | 9 |  |\n\n- a note\n\n";
        assert_eq!(table().markdown(), lines);
    }
}
