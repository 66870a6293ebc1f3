//! `apply` tells the time that its plan was computed for.

use crate::project::Project;

#[test]
fn a_plan_is_applied_as_of_its_own_time() {
    let project = Project::new().replace(
        "connector = \"sendgrid\"\napi_key = \"${SENDGRID_API_KEY}\"",
        "connector = \"file\"\nfolder = \"out\"",
    );
    let planned = project.lapwing(&["plan", "--as-of", "2026-02-01T00:00:00Z"]);
    assert!(planned.starts_with("exit 0"), "{planned}");
    let applied = project.lapwing(&["apply"]);
    assert!(applied.contains("as of 2026-02-01 00:00 UTC"), "{applied}");
    let history = project.lapwing(&["status", "--json"]);
    assert_eq!(history.matches("2026-02-01T00:00:00Z").count(), 2, "{history}");
}

#[test]
fn an_expression_that_fails_on_a_row_is_no_failure_of_the_ledger() {
    let project = Project::new()
        .replace(
            "connector = \"sendgrid\"\napi_key = \"${SENDGRID_API_KEY}\"",
            "connector = \"file\"\nfolder = \"out\"",
        )
        .replace("first_name = \"first_name\"", "first_name = \"CAST(first_name AS INTEGER)\"");
    let planned = project.lapwing(&["plan"]);
    assert!(planned.starts_with("exit 2"), "{planned}");
    assert!(!planned.contains("ledger can't be"), "{planned}");
}
