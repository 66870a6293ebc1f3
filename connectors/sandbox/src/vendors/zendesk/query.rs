//! Queries of URLs, and the cursors of pages.

use http::StatusCode;
use serde_json::{Value as Json, json};

use super::BASE;
use super::answers::Refusal;

/// Most records a page, and most ids of one request.
pub(super) const MOST: usize = 100;

/// The pairs of a query, decoded.
pub(super) struct Query(Vec<(String, String)>);

impl Query {
    pub(super) fn of(query: Option<&str>) -> Self {
        Self(url::form_urlencoded::parse(query.unwrap_or_default().as_bytes()).into_owned().collect())
    }

    /// The first value of a key.
    pub(super) fn get(&self, key: &str) -> Option<&str> {
        self.all(key).next()
    }

    pub(super) fn all(&self, key: &str) -> impl Iterator<Item = &str> {
        self.0.iter().filter(move |(name, _)| name == key).map(|(_, value)| value.as_str())
    }

    /// The entries of a comma-separated list, 1 to 100.
    pub(super) fn list(&self, key: &str) -> Result<Option<Vec<&str>>, Refusal> {
        let Some(text) = self.get(key) else { return Ok(None) };
        let entries: Vec<&str> = text.split(',').map(str::trim).filter(|entry| !entry.is_empty()).collect();
        match entries.len() {
            0 => Err(Refusal::malformed(&format!("{key} is empty"))),
            1..=MOST => Ok(Some(entries)),
            _ => Err(Refusal::too_many(MOST)),
        }
    }

    /// A page by cursor, or by offset where no cursor was asked for: `items` with their numbers, ascending. The rest of
    /// the answer (`meta` and `links`, or `next_page`) is for the caller to add its records to.
    pub(super) fn page<T>(&self, items: impl Iterator<Item = (u64, T)>, path: &str) -> Result<(Vec<T>, Json), Refusal> {
        match self.get("page[size]").or(self.get("page[after]").map(|_| "100")) {
            Some(size) => self.by_cursor(items, path, size),
            None => self.by_offset(items, path),
        }
    }

    fn by_cursor<T>(
        &self,
        items: impl Iterator<Item = (u64, T)>,
        path: &str,
        size: &str,
    ) -> Result<(Vec<T>, Json), Refusal> {
        let size = size.parse().ok().filter(|size| (1..=MOST).contains(size));
        let size = size.ok_or_else(|| {
            Refusal::listed(StatusCode::BAD_REQUEST, "InvalidPaginationParameter", "page[size] must be 1 to 100")
        })?;
        let after = match self.get("page[after]") {
            None => 0,
            Some(cursor) => u64::from_str_radix(cursor, 16).map_err(|_| {
                Refusal::listed(StatusCode::BAD_REQUEST, "InvalidPaginationParameter", "page[after] is not valid")
            })?,
        };
        let mut rest = items.filter(|(number, _)| *number > after).peekable();
        let (mut taken, mut last) = (Vec::new(), after);
        while let Some((number, item)) = rest.next_if(|_| taken.len() < size) {
            last = number;
            taken.push(item);
        }
        let has_more = rest.peek().is_some();
        let cursor = format!("{last:x}");
        let next = has_more.then(|| format!("{BASE}{path}?page%5Bafter%5D={cursor}&page%5Bsize%5D={size}"));
        let meta = json!({ "has_more": has_more, "after_cursor": cursor, "before_cursor": null });
        Ok((taken, json!({ "meta": meta, "links": { "next": next, "prev": null } })))
    }

    /// A page by number: the only way through a search.
    pub(super) fn by_offset<T>(
        &self,
        items: impl Iterator<Item = (u64, T)>,
        path: &str,
    ) -> Result<(Vec<T>, Json), Refusal> {
        let number =
            |key: &str, otherwise| self.get(key).and_then(|text| text.parse::<usize>().ok()).unwrap_or(otherwise);
        let (page, size) = (number("page", 1).max(1), number("per_page", MOST).clamp(1, MOST));
        // Documented: offset paging ends at 10,000 records.
        if page * size > 10_000 {
            return Err(Refusal::coded(StatusCode::BAD_REQUEST, "InvalidPaginationDepth", "Pagination depth exceeded"));
        }
        let items: Vec<T> = items.map(|(_, item)| item).collect();
        let count = items.len();
        let next = (page * size < count).then(|| format!("{BASE}{path}?page={}&per_page={size}", page + 1));
        let taken = items.into_iter().skip((page - 1) * size).take(size).collect();
        Ok((taken, json!({ "count": count, "next_page": next, "previous_page": null })))
    }
}
