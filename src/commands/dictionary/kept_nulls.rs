//! Fields that a vendor cannot empty: there a null leaves what is there, whatever the sync file says.

use lapwing_contract::NullPolicy;

use crate::config::diagnostics::Diagnostics;
use crate::config::sync_file::{Field, SyncFile};

/// How the codes end that connectors warn by.
const CODE: &str = "-null-keeps";

/// Where in the file the names of such fields begin.
#[derive(Debug, Default)]
pub(super) struct KeptNulls(Vec<usize>);

impl KeptNulls {
    /// Those that connectors warned of. A warning stands at the field that it is about, or within it.
    pub(super) fn of(file: &SyncFile, found: &Diagnostics) -> Self {
        let starts = || file.syncs.iter().flat_map(|sync| &sync.fields).map(|field| field.name.span.start);
        let warned = found.iter().filter(|finding| finding.code.ends_with(CODE));
        let places = warned.filter_map(|finding| finding.place.as_ref());
        Self(places.filter_map(|place| starts().filter(|start| *start <= place.span.start).max()).collect())
    }

    /// The field as it works at its destination.
    pub(super) fn fitted(&self, field: &Field) -> Field {
        let null = if self.0.contains(&field.name.span.start) { NullPolicy::Keep } else { field.null };
        Field { null, ..field.clone() }
    }
}
