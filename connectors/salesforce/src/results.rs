//! What became of the rows of a job. Pure: files in, outcomes out.
//!
//! The rows of the files are in no order, and a job that failed or was aborted may be partly applied: only the union of
//! the three files tells (documented). So rows are matched by the key, and a record that no file names is unknown.

use std::collections::HashMap;

use lapwing_contract::{Outcome, Rejection};

use crate::encode::folded;
use crate::refusals::of_cell;

/// Why a file cannot be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum BadFile {
    /// It is no CSV.
    #[error("a file of results is not CSV")]
    NotCsv,
    /// The column that rows are told by is not there.
    #[error("a file of results lacks the column of the key")]
    NoKey,
}

/// The three files.
#[derive(Debug, Default)]
pub(crate) struct Files {
    pub(crate) successful: bytes::Bytes,
    pub(crate) failed: bytes::Bytes,
    pub(crate) unprocessed: bytes::Bytes,
}

/// The outcomes by folded key. `error` is what the job says about its end.
pub(crate) fn outcomes(
    files: &Files,
    key: &str,
    is_number: bool,
    error: &str,
) -> Result<HashMap<String, Outcome>, BadFile> {
    let mut outcomes = HashMap::new();
    read(&files.unprocessed, key, "sf__Error", |row, _| {
        let message = format!("the job ended before it came to this record: {error}");
        let rejection = Rejection::retryable("UNPROCESSED", message).with_hint("nothing: it is sent again");
        outcomes.insert(folded(row, is_number), Outcome::Rejected(Box::new(rejection)));
    })?;
    read(&files.successful, key, "sf__Created", |row, created| {
        let is_created = created.eq_ignore_ascii_case("true");
        let outcome = if is_created { Outcome::Created } else { Outcome::Confirmed };
        outcomes.insert(folded(row, is_number), outcome);
    })?;
    // Last: a row that is said to have succeeded and to have failed has failed.
    read(&files.failed, key, "sf__Error", |row, error| {
        outcomes.insert(folded(row, is_number), Outcome::Rejected(Box::new(of_cell(error))));
    })?;
    Ok(outcomes)
}

/// Calls `each` with a column and the error of every row of a file of failures.
pub(crate) fn each_failure(file: &[u8], column: &str, each: impl FnMut(&str, &str)) -> Result<(), BadFile> {
    read(file, column, "sf__Error", each)
}

/// Calls `each` with the key and what is `said` of every row, in one of the columns that Salesforce puts before the
/// others. A file without any row may lack its header.
fn read(file: &[u8], key: &str, said: &str, mut each: impl FnMut(&str, &str)) -> Result<(), BadFile> {
    let text = std::str::from_utf8(file).map_err(|_| BadFile::NotCsv)?;
    let text = text.trim_start_matches('\u{feff}');
    if text.trim().is_empty() {
        return Ok(());
    }
    let mut reader = csv::ReaderBuilder::new().flexible(true).from_reader(text.as_bytes());
    let header = reader.headers().map_err(|_| BadFile::NotCsv)?;
    let place = |wanted: &str| header.iter().position(|name| name.eq_ignore_ascii_case(wanted));
    let (key_at, said_at) = (place(key).ok_or(BadFile::NoKey)?, place(said));
    let mut row = csv::StringRecord::new();
    while reader.read_record(&mut row).map_err(|_| BadFile::NotCsv)? {
        let said = said_at.and_then(|at| row.get(at)).unwrap_or_default();
        each(row.get(key_at).ok_or(BadFile::NotCsv)?, said);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn files(successful: &str, failed: &str, unprocessed: &str) -> Files {
        let bytes = |text: &str| bytes::Bytes::copy_from_slice(text.as_bytes());
        Files { successful: bytes(successful), failed: bytes(failed), unprocessed: bytes(unprocessed) }
    }

    fn word(outcome: Option<&Outcome>) -> String {
        match outcome {
            Some(Outcome::Rejected(why)) => format!("{} {}", why.code, why.retryable),
            other => format!("{other:?}"),
        }
    }

    #[test]
    fn rows_are_matched_by_the_key_in_any_order_and_case() {
        let files = files(
            "\"sf__Id\",\"sf__Created\",\"Ext__c\",\"LastName\"\n\"003\",\"true\",\"B\",\"x\"\n\"003\",\"false\",\"a\",\"y\"\n",
            "\u{feff}\"sf__Id\",\"sf__Error\",\"ext__c\"\n\"\",\"STRING_TOO_LONG:LastName: data value too large: a:b (max length=80):LastName --\",\"c\"\n",
            "\"Ext__c\",\"LastName\"\n\"d \"\"q\"\"\n2\",\"x\"\n",
        );
        let told = outcomes(&files, "Ext__c", false, "too many retries").unwrap();
        assert_eq!(word(told.get("b")), "Some(Created)");
        assert_eq!(word(told.get("a")), "Some(Confirmed)");
        assert_eq!(word(told.get("c")), "STRING_TOO_LONG false");
        assert_eq!(word(told.get("d \"q\"\n2")), "UNPROCESSED true");
        assert_eq!(word(told.get("e")), "None");
    }

    #[test]
    fn a_row_in_two_files_has_failed() {
        let row = "\"sf__Id\",\"sf__Error\",\"Ext__c\"\n\"\",\"X:y:--\",\"a\"\n";
        let told = outcomes(&files("\"Ext__c\"\na\n", row, "Ext__c\na\n"), "Ext__c", false, "").unwrap();
        assert_eq!(word(told.get("a")), "X false");
    }

    #[test]
    fn numbers_match_however_they_are_written() {
        let told = outcomes(&files("Ext__c\n12.0\n", "", ""), "Ext__c", true, "").unwrap();
        assert_eq!(word(told.get(&folded("12", true))), "Some(Confirmed)");
    }

    #[test]
    fn a_file_that_cannot_be_read_confirms_nothing() {
        assert_eq!(outcomes(&files("other\na\n", "", ""), "Ext__c", false, "").unwrap_err(), BadFile::NoKey);
        let broken = Files { successful: bytes::Bytes::from_static(b"Ext__c\n\xff\n"), ..Files::default() };
        assert_eq!(outcomes(&broken, "Ext__c", false, "").unwrap_err(), BadFile::NotCsv);
        assert!(outcomes(&Files::default(), "Ext__c", false, "").unwrap().is_empty());
    }
}
