//! The spreadsheets of the account, and their way to and from lines of JSON.

use std::collections::BTreeMap;
use std::io::{self, Write};

use chrono::{DateTime, Utc};
use serde_json::{Value as Json, json};

use super::Options;
use super::a1::{self, Reference};
use super::answers::Refusal;
use super::cell::{Cell, Render};
use super::limits::Limits;
use super::sheet::Sheet;

/// What a new tab has (seen in every new spreadsheet).
pub(super) const NEW_ROWS: usize = 1_000;
pub(super) const NEW_COLUMNS: usize = 26;

/// Everything that is kept.
#[derive(Default)]
pub(super) struct Account {
    pub(super) books: BTreeMap<String, Book>,
    pub(super) limits: Limits,
}

/// One spreadsheet.
#[derive(Debug, Clone)]
pub(super) struct Book {
    pub(super) title: String,
    /// The tabs, from left to right. There is always one.
    pub(super) sheets: Vec<Sheet>,
}

/// One line of the saved state. Owned for reading, borrowed by [`LineRef`] for writing.
#[derive(serde::Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
enum Line {
    Book { id: String, title: String },
    Sheet { book: String, sheet: Sheet },
    Row { book: String, sheet: i64, row: usize, cells: Vec<Cell> },
}

#[derive(serde::Serialize)]
#[serde(rename_all = "snake_case")]
enum LineRef<'a> {
    Book { id: &'a str, title: &'a str },
    Sheet { book: &'a str, sheet: &'a Sheet },
    Row { book: &'a str, sheet: i64, row: usize, cells: &'a [Cell] },
}

impl Account {
    /// The spreadsheet with this id. Where the options name none, one that nobody has seen yet is made: a sandbox needs
    /// no set-up.
    pub(super) fn book(&mut self, id: &str, options: &Options) -> Result<&mut Book, Refusal> {
        let exists = options.spreadsheets.is_empty() || options.spreadsheets.iter().any(|known| known == id);
        if !exists {
            return Err(Refusal::not_found());
        }
        Ok(self.books.entry(id.to_owned()).or_insert_with(Book::empty))
    }

    pub(super) fn to_json(&self, now: DateTime<Utc>, limit: usize) -> Json {
        let books = self.books.iter().map(|(id, book)| {
            json!({ "id": id, "title": book.title, "tabs": book.sheets.iter().map(|sheet| tab(sheet, limit)).collect::<Vec<_>>() })
        });
        json!({ "vendor": super::KIND, "now": now, "spreadsheets": books.collect::<Vec<_>>() })
    }

    pub(super) fn save(&self, out: &mut dyn Write) -> io::Result<()> {
        for (id, book) in &self.books {
            line(out, &LineRef::Book { id, title: &book.title })?;
            for sheet in &book.sheets {
                line(out, &LineRef::Sheet { book: id, sheet })?;
                for (row, cells) in sheet.rows.iter().enumerate().filter(|(_, cells)| !cells.is_empty()) {
                    line(out, &LineRef::Row { book: id, sheet: sheet.id, row, cells })?;
                }
            }
        }
        Ok(())
    }

    pub(super) fn load(&mut self, line: &str) -> Result<(), String> {
        let line = serde_json::from_str(line)
            // The message of serde may quote a value; its place may not.
            .map_err(|error| format!("not a line of a spreadsheet (column {})", error.column()))?;
        match line {
            Line::Book { id, title } => drop(self.books.insert(id, Book { title, sheets: Vec::new() })),
            Line::Sheet { book, sheet } => {
                self.books.get_mut(&book).ok_or("a tab of no spreadsheet")?.sheets.push(sheet);
            }
            Line::Row { book, sheet, row, cells } => {
                let sheets = self.books.get_mut(&book).map(|book| book.sheets.iter_mut()).into_iter().flatten();
                let mut sheets = sheets.filter(|known| known.id == sheet);
                let sheet = sheets.next().filter(|known| row < known.row_count).ok_or("a row of no tab")?;
                if sheet.rows.len() <= row {
                    sheet.rows.resize_with(row + 1, Vec::new);
                }
                sheet.rows[row] = cells;
            }
        }
        Ok(())
    }
}

impl Book {
    /// As a new spreadsheet is: one empty tab.
    fn empty() -> Self {
        let sheet = Sheet::new(0, "Sheet1", NEW_ROWS, NEW_COLUMNS);
        Self { title: "Untitled spreadsheet".to_owned(), sheets: vec![sheet] }
    }

    pub(super) fn cell_count(&self) -> u64 {
        self.sheets.iter().map(Sheet::cell_count).sum()
    }

    pub(super) fn titled(&self, title: &str) -> Option<usize> {
        // Titles are unique without regard to case; *unverified* that ranges find them so too, so they do not here.
        self.sheets.iter().position(|sheet| sheet.title == title)
    }

    /// The tab and area of a range, or Google's words for one that leads nowhere (reported: gspread#1601).
    pub(super) fn refer(&self, text: &str) -> Result<(usize, Reference), Refusal> {
        let unknown = || Refusal::invalid(format!("Unable to parse range: {text}"));
        let reference = a1::parse(text, |title| self.titled(title).is_some()).ok_or_else(unknown)?;
        let sheet = match &reference.title {
            None => 0,
            Some(title) => self.titled(title).ok_or_else(unknown)?,
        };
        Ok((sheet, reference))
    }
}

fn tab(sheet: &Sheet, limit: usize) -> Json {
    let rows = sheet.values((0, sheet.row_count.min(limit)), (0, sheet.column_count), Render::Unformatted);
    json!({
        "title": sheet.title,
        "sheet_id": sheet.id,
        "row_count": sheet.row_count,
        "column_count": sheet.column_count,
        "frozen_rows": sheet.frozen_rows,
        "protected": sheet.protected.len(),
        "rows": rows,
    })
}

fn line(out: &mut dyn Write, line: &LineRef<'_>) -> io::Result<()> {
    serde_json::to_writer(&mut *out, line)?;
    out.write_all(b"\n")
}
