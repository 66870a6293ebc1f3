//! What README shows is what Lapwing takes and says.

use crate::project::Project;

const README: &str = include_str!("../../README.md");

/// The first block of README in this language that holds `text`.
fn block(language: &str, text: &str) -> &'static str {
    let opening = format!("```{language}\n");
    let mut blocks = README.split(opening.as_str()).skip(1).map(|rest| rest.split("```").next().unwrap());
    blocks.find(|block| block.contains(text)).unwrap()
}

fn shown(sync_file: &str) -> Project {
    let project = Project::of(sync_file);
    project.file("exports/customers.csv", "customer_id,email\nada,ada@example.com\n");
    project.file("exports/orders/1.csv", "order_id,customer_id,created,total,tax\no1,ada,2026-01-05,12.50,2.50\n");
    project
}

#[test]
fn the_sync_file_is_without_a_mistake() {
    let told = shown(block("toml", "version = 1")).validate();
    assert!(told.ends_with("sync.toml: no mistakes found\n"), "{told}");
}

#[test]
fn the_mistake_is_told_as_shown() {
    let sync_file = block("toml", "version = 1").replace("\"cycle_status\" }", "\"cycle_statuss\" }");
    let told = shown(&sync_file).validate();
    let expected = block("console", "$ lapwing validate sync.toml\n").split_once('\n').unwrap().1;
    let (stderr, stdout) = expected.rsplit_once("\n\n").unwrap();
    assert_eq!(told, format!("exit 2\n--- stderr\n{stderr}\n\n--- stdout\n{stdout}"));
}
