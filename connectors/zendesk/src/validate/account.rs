//! Findings about the destination's own table.

use lapwing_contract::Finding;

use crate::config::{Access, BadConfig, Config};

/// When API tokens end (Zendesk's page on the migration to OAuth).
const TOKENS_END: &str = "Zendesk ends API tokens: since 2026-07-28 one that was not used for 30 days is switched off, \
                          since 2026-10-27 nobody can create one, and on 2027-04-30 all of them stop working";

pub(super) fn findings(config: &Config) -> Vec<Finding> {
    let mut findings: Vec<Finding> = address(config).into_iter().collect();
    match config.access() {
        Ok(Access::Oauth { .. }) => {}
        Ok(Access::ApiToken { .. }) => findings.push(
            Finding::warning("zendesk-api-token-ends", TOKENS_END)
                .with_hint("create an OAuth client and set client_id and client_secret instead")
                .at(["api_token"]),
        ),
        Err(bad) => findings.push(
            Finding::error("zendesk-credentials", bad.to_string())
                .with_hint("set client_id and client_secret of an OAuth client; both come from Admin Center → APIs")
                .at([place(bad)]),
        ),
    }
    findings.extend(prefix(config));
    findings
}

fn place(bad: BadConfig) -> &'static str {
    match bad {
        BadConfig::NoSubdomain | BadConfig::Subdomain => "subdomain",
        BadConfig::Address(_) => "base_url",
        BadConfig::HalfAToken | BadConfig::TwoWays => "api_token",
        BadConfig::HalfAClient | BadConfig::NoCredentials => "client_id",
    }
}

fn address(config: &Config) -> Option<Finding> {
    // A variable that is not resolved says nothing yet.
    let is_variable = |text: &Option<String>| text.as_ref().is_some_and(|text| text.contains("${"));
    if is_variable(&config.base_url) || (config.base_url.is_none() && is_variable(&config.subdomain)) {
        return None;
    }
    let bad = config.base().err()?;
    let (code, hint) = match bad {
        BadConfig::NoSubdomain | BadConfig::Subdomain => {
            ("zendesk-subdomain", "set subdomain to the `example` of `example.zendesk.com`")
        }
        BadConfig::Address(bad) => ("zendesk-base-url", bad.hint()),
        _ => ("zendesk-base-url", "give scheme, host and path only, or set `subdomain` instead"),
    };
    Some(Finding::error(code, bad.to_string()).with_hint(hint).at([place(bad)]))
}

fn prefix(config: &Config) -> Option<Finding> {
    let prefix = config.tag_prefix.as_deref()?;
    let is_right =
        !prefix.is_empty() && prefix.chars().all(|c| (c.is_alphanumeric() && !c.is_uppercase()) || "-_/.:".contains(c));
    (!is_right).then(|| {
        Finding::error("zendesk-tag-prefix", "tag_prefix cannot begin a tag")
            .with_hint("lower case letters, digits, and - _ / . : only, for example \"lapwing_\"")
            .at(["tag_prefix"])
    })
}
