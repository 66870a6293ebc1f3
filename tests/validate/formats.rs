//! Findings for programs, several files, and the exit code.

use insta::assert_snapshot;

use crate::project::Project;

fn spoiled() -> Project {
    Project::new().replace("rfm_segment = \"segment\"", "rfm_segment = \"segmnt\"").add("days_late = \"lateness_days\"")
}

#[test]
fn json() {
    assert_snapshot!(spoiled().lapwing(&["validate", "sync.toml", "--format", "json"]), @r#"
    exit 2
    --- stderr
    --- stdout
    [
      {
        "severity": "error",
        "code": "unknown-attribute",
        "message": "sync `contacts`: there is no attribute `segmnt`",
        "file": "sync.toml",
        "line": 27,
        "column": 16,
        "hint": "did you mean `segment`?"
      },
      {
        "severity": "warning",
        "code": "sendgrid-null-keeps",
        "message": "`days_late` is a Number, which SendGrid cannot clear: nulls keep the old value",
        "file": "sync.toml",
        "line": 28,
        "column": 13,
        "hint": "set null = \"keep\" to accept it, or cast the value to text"
      }
    ]
    "#);
}

#[test]
fn json_without_a_mistake() {
    assert_snapshot!(Project::new().lapwing(&["validate", "sync.toml", "--format", "json"]), @r#"
    exit 0
    --- stderr
    --- stdout
    []
    "#);
}

#[test]
fn github() {
    assert_snapshot!(spoiled().lapwing(&["validate", "sync.toml", "--format", "github"]), @r#"
    exit 2
    --- stderr
    --- stdout
    ::error file=sync.toml,line=27,endLine=27,col=16,endColumn=22,title=unknown-attribute::sync `contacts`: there is no attribute `segmnt`%0Ahint: did you mean `segment`?
    ::warning file=sync.toml,line=28,endLine=28,col=13,endColumn=28,title=sendgrid-null-keeps::`days_late` is a Number, which SendGrid cannot clear: nulls keep the old value%0Ahint: set null = "keep" to accept it, or cast the value to text
    "#);
}

#[test]
fn sarif() {
    assert_snapshot!(spoiled().lapwing(&["validate", "sync.toml", "--format", "sarif"]), @r#"
    exit 2
    --- stderr
    --- stdout
    {
      "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
      "version": "2.1.0",
      "runs": [
        {
          "tool": {
            "driver": {
              "name": "lapwing",
              "version": "0.1.0",
              "rules": [
                {
                  "id": "sendgrid-null-keeps"
                },
                {
                  "id": "unknown-attribute"
                }
              ]
            }
          },
          "columnKind": "unicodeCodePoints",
          "results": [
            {
              "ruleId": "unknown-attribute",
              "level": "error",
              "message": {
                "text": "sync `contacts`: there is no attribute `segmnt`. Hint: did you mean `segment`?"
              },
              "locations": [
                {
                  "physicalLocation": {
                    "artifactLocation": {
                      "uri": "sync.toml"
                    },
                    "region": {
                      "startLine": 27,
                      "startColumn": 16,
                      "endLine": 27,
                      "endColumn": 22
                    }
                  }
                }
              ]
            },
            {
              "ruleId": "sendgrid-null-keeps",
              "level": "warning",
              "message": {
                "text": "`days_late` is a Number, which SendGrid cannot clear: nulls keep the old value. Hint: set null = \"keep\" to accept it, or cast the value to text"
              },
              "locations": [
                {
                  "physicalLocation": {
                    "artifactLocation": {
                      "uri": "sync.toml"
                    },
                    "region": {
                      "startLine": 28,
                      "startColumn": 13,
                      "endLine": 28,
                      "endColumn": 28
                    }
                  }
                }
              ]
            }
          ]
        }
      ]
    }
    "#);
}

#[test]
fn several_files() {
    let project = spoiled();
    project.file("other.toml", "version = 2\n");
    assert_snapshot!(project.lapwing(&["validate", "sync.toml", "other.toml"]), @r#"
    exit 2
    --- stderr
    error[unknown-attribute]: sync `contacts`: there is no attribute `segmnt`
       ╭─[sync.toml:27:16]
    27 │ rfm_segment = "segmnt"
       ·                ──────
       ╰────
    help: did you mean `segment`?

    warning[sendgrid-null-keeps]: `days_late` is a Number, which SendGrid cannot
    │ clear: nulls keep the old value
       ╭─[sync.toml:28:13]
    28 │ days_late = "lateness_days"
       ·             ───────────────
       ╰────
    help: set null = "keep" to accept it, or cast the value to text

    error[unsupported-version]: sync files of version 2 cannot be read
      ╭─[other.toml:1:11]
    1 │ version = 2
      ·           ─
      ╰────
    help: this Lapwing reads version 1; a newer one wrote this file: upgrade
          Lapwing

    --- stdout
    2 files: 2 errors, 1 warning
    "#);
}

#[test]
fn warnings_alone_are_no_failure() {
    let project = Project::new().add("days_late = \"lateness_days\"");
    assert!(project.validate().starts_with("exit 0\n"));
}

#[test]
fn a_file_that_is_not_there() {
    assert_snapshot!(Project::new().lapwing(&["validate", "nowhere.toml"]), @r#"
    exit 2
    --- stderr
    error[unreadable-file]: cannot read the sync file nowhere.toml: No such file
    │ or directory (os error 2)
    help: start from a copy of sync.example.toml

    --- stdout
    nowhere.toml: 1 error
    "#);
}

#[test]
fn a_mistake_in_the_settings_is_a_finding_too() {
    let project = Project::new();
    project.file("lapwing.toml", "state_foldr = \"x\"\n");
    assert_snapshot!(project.lapwing(&["validate", "sync.toml", "--format", "json"]), @r#"
    exit 2
    --- stderr
    --- stdout
    [
      {
        "severity": "error",
        "code": "unknown-setting",
        "message": "unknown setting `state_foldr`",
        "file": "lapwing.toml",
        "line": 1,
        "column": 15,
        "hint": "did you mean `state_folder`?"
      }
    ]
    "#);
}

#[test]
fn variables_are_needed_by_runs_only() {
    assert_snapshot!(Project::new().lapwing(&["plan", "sync.toml"]), @r#"
    exit 2
    --- stderr
    error[missing-variable]: the variable `SENDGRID_API_KEY` is not set
       ╭─[sync.toml:16:12]
    16 │ api_key = "${SENDGRID_API_KEY}"
       ·            ───────────────────
       ╰────
    help: set it for this run: export SENDGRID_API_KEY=…

    --- stdout
    "#);
}
