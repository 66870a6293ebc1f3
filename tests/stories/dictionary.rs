//! What the columns mean, told to who receives them.

use std::path::Path;

use crate::project::Project;

const REGENERATE: &str = "cargo run -- dictionary --all --output docs/dictionary";

/// A project with policies, expressions, an attribute of its own and a segment with an odd name.
fn project() -> Project {
    let mut project = Project::new();
    project.fields = [
        "rfm_segment = \"segment\"",
        "days_late = { from = \"round(lateness_days, 1)\", tolerance = 2, null = \"keep\" }",
        "next_order_on = \"expected_next_order_on\"",
        "worth = { from = \"monetary * frequency\", trigger = false, null = \"keep\" }",
        "first_name = { from = \"first_name\", write = \"on_create\" }",
        "large = { from = \"large_orders\", null = \"keep\" }",
    ]
    .map(str::to_owned)
    .to_vec();
    project.sync.extend(["audience = \"frequency > 1\"".to_owned(), "on_leave = \"clear\"".to_owned()]);
    project.destination.push(
        "[[attributes.custom]]\nname = \"large_orders\"\nrelation = \"orders\"\naggregate = \"count(*)\"\n\
         filter = \"net_amount > 50\"\nmeaning = \"How many orders are above 50 <b>|</b>.\"\n\
         [[segments]]\nname = \"<i>Big</i> | Best\"\nwhen = \"monetary > 90\""
            .to_owned(),
    );
    project.write();
    project
}

#[test]
fn every_column_is_told_by_destination_and_sync() {
    insta::assert_snapshot!(project().lapwing(&["dictionary"]).ended(0).stdout);
}

#[test]
fn a_row_is_complete_by_itself_and_never_a_formula() {
    let mut project = project();
    project.destination[0] = "connector = \"file\"\nfolder = \"out\"".to_owned();
    project.destination.drain(1..3);
    project.fields.push("\"=cmd()\" = \"'+' || segment\"".to_owned());
    project.write();
    let told = project.lapwing(&["dictionary", "--format", "csv"]).ended(0).stdout;
    assert!(told.contains(",'=cmd(),,'"), "{told}");
    insta::assert_snapshot!(told);
}

#[test]
fn the_page_needs_nothing_beside_it_and_takes_no_markup_from_outside() {
    let project = project();
    let said = project.lapwing(&["dictionary", "--output", "dictionary.html"]).ended(0).stdout;
    assert_eq!(said, "written to dictionary.html\n");
    let page = std::fs::read_to_string(project.path().join("dictionary.html")).unwrap();
    assert!(page.starts_with("<!doctype html>") && page.ends_with("</html>\n"));
    for outside in ["http:", "https:", "<script", "<link", "<img", "@import", "url(", "<i>", "<b>"] {
        assert!(!page.contains(outside), "{outside}");
    }
    assert!(page.contains("&lt;i&gt;Big&lt;/i&gt; | Best"), "{page}");
    // Every link leads somewhere.
    for target in page.split("href=\"#").skip(1).map(|after| after.split('"').next().unwrap()) {
        assert_eq!(page.matches(&format!("id=\"{target}\"")).count(), 1, "{target}");
    }
}

#[test]
fn it_leaves_nothing_behind_and_says_the_same_again() {
    let project = project();
    let first = project.lapwing(&["dictionary", "--format", "html"]).ended(0).stdout;
    assert_eq!(project.lapwing(&["dictionary", "--format", "html"]).ended(0).stdout, first);
    assert!(!project.state().exists());
}

#[test]
fn mistakes_are_told_as_validate_tells_them() {
    let mut project = project();
    project.fields.push("a = \"segmnt\"".to_owned());
    project.fields.push("b = \"lateness\"".to_owned());
    project.sync.push("limt = 3".to_owned());
    project.write();
    let validated = project.lapwing(&["validate"]).ended(2).talk();
    let told = project.lapwing(&["dictionary"]).ended(2);
    let errors = |talk: &str| talk.matches("error[").count();
    assert_eq!((errors(&validated), told.stdout.as_str()), (3, ""));
    assert_eq!(errors(&told.talk()), 3, "{}", told.stderr);
}

#[test]
fn without_syncs_it_tells_all_that_packs_offer_by_the_settings_of_the_file() {
    let project = project();
    let file = project.sync_file();
    let (attributes, _) = file.split_once("[destinations.crm]").unwrap();
    std::fs::write(project.path().join("packs.toml"), format!("{attributes}\n[attributes.promo]\nmin_orders = 2\n"))
        .unwrap();
    let told = project.lapwing(&["dictionary", "packs.toml"]).ended(0).stdout;
    assert_eq!(told, project.lapwing(&["dictionary", "--all", "packs.toml"]).ended(0).stdout);
    assert!(told.contains("The customer bought fewer than 2 times.") && told.contains("pressure_advice"), "{told}");
    assert!(project.lapwing(&["dictionary", "--all"]).ended(0).stdout.contains("fewer than 4 times."));
}

#[test]
fn a_place_that_cannot_be_written_to_is_told() {
    let project = project();
    let said = |output: &str| project.lapwing(&["dictionary", "--output", output]).ended(2).talk();
    let missing = said("missing/dictionary.html");
    assert!(missing.contains("can't write missing/dictionary.html") && missing.contains("No such file"), "{missing}");
    let folder = said(".");
    assert!(folder.contains("is a folder") && folder.contains("ask for --all"), "{folder}");
}

#[test]
fn the_pages_of_the_packs_are_what_the_code_says() {
    let project = Project::new();
    project.lapwing(&["dictionary", "--all", "--output", "."]).ended(0);
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/dictionary");
    assert_eq!(pages(&folder), pages(project.path()), "write them anew: {REGENERATE}");
    for page in pages(&folder) {
        let text = |folder: &Path| std::fs::read_to_string(folder.join(&page)).unwrap();
        assert!(text(&folder) == text(project.path()), "docs/dictionary/{page} is out of date: {REGENERATE}");
    }
}

fn pages(folder: &Path) -> Vec<String> {
    let names = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let mut names: Vec<String> =
        names.filter(|name| Path::new(name).extension().is_some_and(|ending| ending == "md")).collect();
    names.sort();
    names
}
