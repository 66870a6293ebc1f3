//! What does the destination hold already?

use lapwing_contract::{Prepared, Value, WritePolicy};

use super::pages::{Pair, ReadBackError, Readable};
use crate::ledger::{self, Adopted};

/// What was taken over.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, serde::Serialize)]
pub struct Adoption {
    /// Records of which the ledger did not know everything: those looked for.
    pub looked_for: u64,
    /// Records that are there.
    pub found: u64,
    /// Values taken over.
    pub values: u64,
    /// Those among them that are what the sync wants: they need no request.
    pub same: u64,
}

/// Reads the records that [`ledger::stage_adoption`] has listed, `staged` of them, and enters what the ledger does not
/// know. Each page is kept by itself: what was adopted before a failure stays, and the next call goes on.
///
/// # Errors
/// [`ReadBackError`].
pub async fn adopt(readable: &Readable<'_>, staged: u64, run_id: i64) -> Result<Adoption, ReadBackError> {
    let mut adoption = Adoption { looked_for: staged, ..Adoption::default() };
    if staged == 0 {
        return Ok(adoption);
    }
    readable.let_writes_show().await?;
    let located = readable.destination.locate(&readable.target).await?;
    let joins_lists = !readable.target.lists.is_empty();
    let page = readable.page();
    let mut first = 1;
    while first <= staged {
        let pairs = readable.pairs(&located, first, first + page - 1).await?;
        let adopted = take_over(readable, &located, &pairs, &mut adoption);
        if !adopted.is_empty() {
            let tables = readable.tables.clone();
            let keep = move |session: &mut _| ledger::keep_adopted(session, &tables, adopted, run_id, joins_lists);
            readable.engine.run(keep).await?;
        }
        first += page;
    }
    Ok(adoption)
}

fn take_over(readable: &Readable<'_>, located: &Prepared, pairs: &[Pair], adoption: &mut Adoption) -> Vec<Adopted> {
    let mut adopted = Vec::new();
    for (record, found) in pairs {
        let Some(found) = found else { continue };
        let key = record.key.to_text();
        adoption.found += 1;
        adopted.push(Adopted { key: key.clone(), column_no: 0, agrees: true, value: None });
        for (at, ((wanted, known), there)) in record.fields.iter().zip(found).enumerate() {
            if *known {
                continue;
            }
            // What the sync wants is kept as the sync spells it, so that a vendor's spelling is no change later.
            let agrees = readable.destination.agrees(located, at, wanted, there);
            // What somebody else wrote stays theirs: the next plan finds that there is something.
            let fills_only = readable.target.fields[at].write == WritePolicy::IfEmpty;
            if fills_only && !agrees && !there.is_null() {
                continue;
            }
            adoption.values += 1;
            adoption.same += u64::from(agrees);
            let value = (!agrees).then(|| text(there)).flatten();
            let column_no = readable.tables.fields[at].column_no;
            adopted.push(Adopted { key: key.clone(), column_no, agrees, value });
        }
    }
    adopted
}

fn text(value: &Value) -> Option<String> {
    (!value.is_null()).then(|| value.to_text())
}
