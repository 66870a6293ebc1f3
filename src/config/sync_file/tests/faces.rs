//! The same diagnostics for programs, for GitHub and for code scanning.

use super::support::{GOOD, parse};

fn diagnostics() -> crate::config::diagnostics::Diagnostics {
    parse(&GOOD.replace("path = ", "pth = ").replace("object = ", "limit = 5\nobject = ")).diagnostics
}

#[test]
fn json() {
    insta::assert_snapshot!(serde_json::to_string_pretty(&diagnostics().to_json()).unwrap(), @r#"
    [
      {
        "severity": "error",
        "code": "missing-key",
        "message": "[exports.orders] has no `path`",
        "file": "conf/sync.toml",
        "line": 2,
        "column": 1,
        "hint": "say where the files are: path = \"exports/orders/*.parquet\""
      },
      {
        "severity": "error",
        "code": "unknown-key",
        "message": "unknown key `pth` in [exports.orders]",
        "file": "conf/sync.toml",
        "line": 3,
        "column": 1,
        "hint": "did you mean `path`?"
      },
      {
        "severity": "warning",
        "code": "limit-without-order",
        "message": "the sync `contacts` has a limit, but no order",
        "file": "conf/sync.toml",
        "line": 10,
        "column": 9,
        "hint": "say who comes first: order_by = \"priority_rank\"; without it, keys decide"
      }
    ]
    "#);
}

#[test]
fn github() {
    insta::assert_snapshot!(diagnostics().to_github(), @r#"
    ::error file=conf/sync.toml,line=2,endLine=2,col=1,endColumn=17,title=missing-key::[exports.orders] has no `path`%0Ahint: say where the files are: path = "exports/orders/*.parquet"
    ::error file=conf/sync.toml,line=3,endLine=3,col=1,endColumn=4,title=unknown-key::unknown key `pth` in [exports.orders]%0Ahint: did you mean `path`?
    ::warning file=conf/sync.toml,line=10,endLine=10,col=9,endColumn=10,title=limit-without-order::the sync `contacts` has a limit, but no order%0Ahint: say who comes first: order_by = "priority_rank"; without it, keys decide
    "#);
}

#[test]
fn github_commands_cannot_be_smuggled_in() {
    let diagnostics = parse("version = 1\n\"a\\n::error::b%\" = 1").diagnostics;
    assert_eq!(diagnostics.to_github().lines().count(), 1);
}

#[test]
fn sarif() {
    insta::assert_snapshot!(serde_json::to_string_pretty(&diagnostics().to_sarif()["runs"][0]["results"][0]).unwrap(), @r#"
    {
      "ruleId": "missing-key",
      "level": "error",
      "message": {
        "text": "[exports.orders] has no `path`. Hint: say where the files are: path = \"exports/orders/*.parquet\""
      },
      "locations": [
        {
          "physicalLocation": {
            "artifactLocation": {
              "uri": "conf/sync.toml"
            },
            "region": {
              "startLine": 2,
              "startColumn": 1,
              "endLine": 2,
              "endColumn": 17
            }
          }
        }
      ]
    }
    "#);
}
