//! Many diagnostics, in the order of the file.

use super::{Diagnostic, Severity};

/// Diagnostics in the order they were found; [`Diagnostics::sort`] puts them in the order of the file.
#[derive(Debug, Clone, Default)]
pub struct Diagnostics {
    items: Vec<Diagnostic>,
    omitted: usize,
}

impl Diagnostics {
    /// The most that are kept. A file with more is broken as a whole, and its report would only be long.
    pub const MOST: usize = 200;

    /// None yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds one. From [`Diagnostics::MOST`] on they are only counted.
    pub fn push(&mut self, diagnostic: Diagnostic) {
        if self.items.len() < Self::MOST {
            self.items.push(diagnostic);
        } else {
            self.omitted += 1;
        }
    }

    /// How many were found beyond [`Diagnostics::MOST`].
    pub fn omitted(&self) -> usize {
        self.omitted
    }

    /// How many are kept.
    pub fn len(&self) -> usize {
        self.items.len()
    }

    /// Whether nothing was found.
    pub fn is_empty(&self) -> bool {
        self.items.is_empty()
    }

    /// Whether a run is impossible.
    pub fn has_errors(&self) -> bool {
        self.omitted > 0 || self.items.iter().any(|item| item.severity == Severity::Error)
    }

    /// How many errors and how many warnings are kept.
    pub fn counts(&self) -> (usize, usize) {
        let errors = self.items.iter().filter(|item| item.severity == Severity::Error).count();
        (errors, self.items.len() - errors)
    }

    /// The diagnostics, in their present order.
    pub fn iter(&self) -> std::slice::Iter<'_, Diagnostic> {
        self.items.iter()
    }

    /// By file, then by place, then by code; those without a place come first. Where two readers found one mistake at
    /// one place, the first stays.
    pub fn sort(&mut self) {
        let place = |item: &Diagnostic| item.place.as_ref().map(|place| (place.source.path().to_owned(), place.span));
        self.items.sort_by(|left, right| place(left).cmp(&place(right)).then_with(|| left.code.cmp(&right.code)));
        self.items.dedup_by(|later, first| {
            let same = later.place.is_some() && later.code == first.code && later.message == first.message;
            same && place(later) == place(first)
        });
    }

    /// The same, sorted.
    pub fn sorted(mut self) -> Self {
        self.sort();
        self
    }
}

impl From<Diagnostic> for Diagnostics {
    fn from(diagnostic: Diagnostic) -> Self {
        Self { items: vec![diagnostic], omitted: 0 }
    }
}

impl Extend<Diagnostic> for Diagnostics {
    fn extend<I: IntoIterator<Item = Diagnostic>>(&mut self, diagnostics: I) {
        for diagnostic in diagnostics {
            self.push(diagnostic);
        }
    }
}

impl FromIterator<Diagnostic> for Diagnostics {
    fn from_iter<I: IntoIterator<Item = Diagnostic>>(diagnostics: I) -> Self {
        let mut collected = Self::new();
        collected.extend(diagnostics);
        collected
    }
}

impl IntoIterator for Diagnostics {
    type Item = Diagnostic;
    type IntoIter = std::vec::IntoIter<Diagnostic>;

    fn into_iter(self) -> Self::IntoIter {
        self.items.into_iter()
    }
}

impl<'a> IntoIterator for &'a Diagnostics {
    type Item = &'a Diagnostic;
    type IntoIter = std::slice::Iter<'a, Diagnostic>;

    fn into_iter(self) -> Self::IntoIter {
        self.items.iter()
    }
}
