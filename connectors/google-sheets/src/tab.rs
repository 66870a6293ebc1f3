//! A tab as it stands: its header, its key column, and the columns a batch is about. Read before every write, because
//! people move things.

use std::collections::HashMap;

use lapwing_contract::{DestinationError, ErrorKind, Prepared};
use serde_json::Value as Json;

use crate::a1;
use crate::api::{SheetProperties, Sheets};
use crate::cell;

/// A tab with its header.
#[derive(Debug)]
pub(crate) struct Tab {
    pub(crate) properties: SheetProperties,
    /// The names of the columns, without spaces around them; empty where a column has none.
    pub(crate) header: Vec<String>,
}

/// Where the columns of a target stand, from 0.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Layout {
    pub(crate) key: usize,
    /// In the order of the target's fields.
    pub(crate) fields: Vec<usize>,
}

/// Where a key stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Place {
    /// In one row, from 0.
    One(usize),
    /// In several; all of them.
    Many(Vec<usize>),
}

/// The key column.
#[derive(Default)]
pub(crate) struct Keys {
    /// The key of each row, from the top of the grid; none in header rows and where a cell is empty.
    pub(crate) rows: Vec<Option<String>>,
    places: HashMap<String, Place>,
}

impl Tab {
    /// Reads a tab's size and header: one request.
    pub(crate) async fn read(sheets: &Sheets, title: &str, header_rows: usize) -> Result<Self, DestinationError> {
        let row = header_rows.saturating_sub(1);
        let fields = "sheets(properties(sheetId,title,gridProperties(rowCount,columnCount,frozenRowCount)),\
                      data.rowData.values.effectiveValue)";
        let book = match sheets.book(fields, Some(&a1::rows(title, row, row))).await {
            // A range that leads nowhere, not a spreadsheet that does.
            Err(error) if error.kind == ErrorKind::NotFound && error.status == Some(400) => return Err(missing(title)),
            book => book?,
        };
        let sheet = book.sheets.into_iter().find(|sheet| sheet.properties.title == title);
        let sheet = sheet.ok_or_else(|| missing(title))?;
        let cells = sheet.data.first().map(crate::api::GridData::first_row).unwrap_or_default();
        let header = cells.iter().map(|cell| cell::text(cell).unwrap_or_default().trim().to_owned()).collect();
        Ok(Self { properties: sheet.properties, header })
    }

    /// The column with this name; none where there is none.
    pub(crate) fn column(&self, name: &str) -> Result<Option<usize>, DestinationError> {
        let mut found = self.header.iter().enumerate().filter(|(_, header)| *header == name);
        let first = found.next().map(|(at, _)| at);
        if let (Some(first), Some((second, _))) = (first, found.next()) {
            let (first, second) = (a1::column_name(first), a1::column_name(second));
            let message = format!("the columns {first} and {second} are both called `{name}`; rename one of them");
            return Err(DestinationError::new(ErrorKind::Configuration, self.operation(), message));
        }
        Ok(first)
    }

    /// Where the columns of a prepared target stand now.
    pub(crate) fn layout(&self, target: &Prepared) -> Result<Layout, DestinationError> {
        let find = |name: &str| {
            let message = || {
                format!(
                    "the tab has no column called `{name}` any more; put the name back into its header row, or run the \
                     sync again to have a column made"
                )
            };
            self.column(name)?.ok_or_else(|| DestinationError::new(ErrorKind::NotFound, self.operation(), message()))
        };
        let fields = target.fields.iter().map(|field| find(&field.id)).collect::<Result<_, _>>()?;
        Ok(Layout { key: find(&target.key.id)?, fields })
    }

    fn operation(&self) -> String {
        format!("reading the header of `{}`", self.properties.title)
    }
}

/// The error for a tab that is not there.
pub(crate) fn missing(title: &str) -> DestinationError {
    let message = format!(
        "the spreadsheet has no tab called `{title}`: it was renamed or deleted; rename it back, or name another one in \
         the sync's `object`"
    );
    DestinationError::new(ErrorKind::NotFound, format!("reading the tab `{title}`"), message)
}

impl Keys {
    /// Takes up the cells of the key column, from the top of the grid.
    pub(crate) fn new(cells: &[Json], header_rows: usize) -> Self {
        let key = |(row, cell): (usize, &Json)| if row < header_rows { None } else { cell::text(cell) };
        let rows: Vec<Option<String>> = cells.iter().enumerate().map(key).collect();
        let mut places: HashMap<String, Place> = HashMap::with_capacity(rows.len());
        for (row, key) in rows.iter().enumerate() {
            let Some(key) = key else { continue };
            match places.get_mut(key) {
                None => drop(places.insert(key.clone(), Place::One(row))),
                Some(place) => match place {
                    Place::One(first) => *place = Place::Many(vec![*first, row]),
                    Place::Many(all) => all.push(row),
                },
            }
        }
        Self { rows, places }
    }

    /// Reads the key column: one request.
    pub(crate) async fn read(
        sheets: &Sheets,
        title: &str,
        column: usize,
        header_rows: usize,
    ) -> Result<Self, DestinationError> {
        let mut found = sheets.values(&[a1::columns(title, column, column)], "COLUMNS").await?;
        let cells = found.pop().map(crate::api::ValueRange::into_column).unwrap_or_default();
        Ok(Self::new(&cells, header_rows))
    }

    pub(crate) fn place(&self, key: &str) -> Option<&Place> {
        self.places.get(key)
    }

    /// The first row of a key.
    pub(crate) fn first(&self, key: &str) -> Option<usize> {
        match self.places.get(key)? {
            Place::One(row) => Some(*row),
            Place::Many(rows) => rows.first().copied(),
        }
    }

    /// The key in a row.
    pub(crate) fn at(&self, row: usize) -> Option<&str> {
        self.rows.get(row)?.as_deref()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn tab(header: &[&str]) -> Tab {
        let header = header.iter().map(|name| (*name).to_owned()).collect();
        Tab { properties: SheetProperties::default(), header }
    }

    #[test]
    fn a_column_is_found_by_its_name_and_two_of_a_name_are_an_error() {
        let tab = tab(&["email", "", "Segment", "note", "note"]);
        assert_eq!(tab.column("Segment").unwrap(), Some(2));
        assert_eq!(tab.column("segment").unwrap(), None);
        let error = tab.column("note").unwrap_err();
        assert!(error.message.contains("columns D and E"), "{error}");
    }

    #[test]
    fn keys_are_found_below_the_header_to_the_letter() {
        let keys = Keys::new(&[json!("id"), json!("a"), json!(null), json!("A"), json!(7), json!("a"), json!("id")], 1);
        assert_eq!(keys.place("a"), Some(&Place::Many(vec![1, 5])));
        assert_eq!(
            (keys.first("A"), keys.first("7"), keys.first("id"), keys.first("")),
            (Some(3), Some(4), Some(6), None)
        );
        assert_eq!((keys.at(0), keys.at(1), keys.at(2), keys.at(99)), (None, Some("a"), None, None));
    }
}
