//! Contact lists: by id as they are, by name looked up, and created where that is allowed.

use lapwing_contract::{DestinationError, ErrorKind};
use lapwing_http::{ApiRequest, Client};
use serde_json::json;
use url::Url;

use crate::api::{Errors, LISTS, LISTS_QUOTA, List, ListPage};

/// Longest name of a list (SendGrid OpenAPI, tsg_mc_lists_v3).
pub(crate) const MAX_NAME_CHARS: usize = 100;
/// Lists a page (the same).
const PAGE: &str = "1000";
/// More pages than this are an endless loop rather than an account.
const MAX_PAGES: usize = 100;

/// Whether a list is given by its id: a UUID.
pub(crate) fn is_id(text: &str) -> bool {
    let groups: Vec<&str> = text.split('-').collect();
    groups.iter().map(|group| group.len()).eq([8, 4, 4, 4, 12])
        && groups.iter().all(|group| group.bytes().all(|byte| byte.is_ascii_hexdigit()))
}

/// The ids of lists given by name or id, in order. Missing names are created where `create` allows; a missing id
/// is an error in any case.
pub(crate) async fn resolve(client: &Client, wanted: &[String], create: bool) -> Result<Vec<String>, DestinationError> {
    if wanted.is_empty() {
        return Ok(Vec::new());
    }
    let known = all(client).await?;
    let mut ids: Vec<String> = Vec::with_capacity(wanted.len());
    for name in wanted {
        let id = match find(&known, name) {
            Some(list) => list.id.clone(),
            None if is_id(name) || !create => return Err(missing(name)),
            None => self::create(client, name).await?,
        };
        // A list named twice, by id and by name, is one list.
        if !ids.contains(&id) {
            ids.push(id);
        }
    }
    Ok(ids)
}

/// By id, by name, or by name in any case; in this order.
fn find<'a>(known: &'a [List], wanted: &str) -> Option<&'a List> {
    let by = |same: &dyn Fn(&List) -> bool| known.iter().find(|list| same(list));
    by(&|list| list.id.eq_ignore_ascii_case(wanted))
        .or_else(|| by(&|list| list.name == wanted))
        .or_else(|| by(&|list| list.name.to_lowercase() == wanted.to_lowercase()))
}

async fn all(client: &Client) -> Result<Vec<List>, DestinationError> {
    let mut lists = Vec::new();
    let mut token = None;
    for _ in 0..MAX_PAGES {
        let mut request = ApiRequest::get(LISTS).query("page_size", PAGE).quota(LISTS_QUOTA);
        if let Some(token) = token {
            request = request.query("page_token", token);
        }
        let page: ListPage = client.send(request).await?.json()?;
        lists.extend(page.result);
        token = page.metadata.next.as_deref().and_then(page_token);
        if token.is_none() {
            return Ok(lists);
        }
    }
    let message = format!("the account has more than {MAX_PAGES} pages of lists");
    Err(DestinationError::new(ErrorKind::Protocol, format!("GET {LISTS}"), message))
}

/// The token in a link to the next page. Only the token is used: the link's host is not ours to follow.
fn page_token(next: &str) -> Option<String> {
    let base = Url::parse("https://api.sendgrid.com").ok()?;
    let link = base.join(next).ok()?;
    link.query_pairs().find(|(name, value)| name == "page_token" && !value.is_empty()).map(|(_, value)| value.into())
}

/// Not repeated blind: SendGrid may allow two lists of one name. After a lost answer the next run finds the list.
async fn create(client: &Client, name: &str) -> Result<String, DestinationError> {
    let request = ApiRequest::post(LISTS).json(&json!({ "name": name })).quota(LISTS_QUOTA).expect(&[400]);
    let answer = client.send(request).await?;
    if !answer.is_success() {
        let words = Errors::parse(&answer.body).into_iter().next().map(|fault| fault.message).unwrap_or_default();
        return Err(answer.error(ErrorKind::Configuration, format!("the list `{name}` cannot be created: {words}")));
    }
    Ok(answer.json::<List>()?.id)
}

fn missing(name: &str) -> DestinationError {
    let fix =
        if is_id(name) { "give its name or another id" } else { "create it there, or set `create_fields = true`" };
    let message = format!("there is no list `{name}` at SendGrid; {fix}");
    DestinationError::new(ErrorKind::NotFound, format!("GET {LISTS}"), message)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_a_uuid() {
        assert!(is_id("ca7a3796-e8a8-4029-9ccb-df8937940562"));
        for name in ["Lapsed customers", "ca7a3796", "ca7a3796-e8a8-4029-9ccb-df893794056g", ""] {
            assert!(!is_id(name), "{name}");
        }
    }

    #[test]
    fn the_token_is_taken_from_the_link_and_the_host_is_ignored() {
        let token = |link| page_token(link);
        assert_eq!(
            token("https://elsewhere.example/v3/marketing/lists?page_size=2&page_token=a%2Bb"),
            Some("a+b".into())
        );
        assert_eq!(token("/v3/marketing/lists?page_token=x"), Some("x".into()));
        assert_eq!(token("https://api.sendgrid.com/v3/marketing/lists?page_size=100&page_token="), None);
    }

    #[test]
    fn a_name_that_differs_in_case_only_is_found_last() {
        let list = |id: &str, name: &str| List { id: id.into(), name: name.into() };
        let known = [list("1", "vip"), list("2", "VIP")];
        assert_eq!(find(&known, "VIP").unwrap().id, "2");
        assert_eq!(find(&known, "Vip").unwrap().id, "1");
        assert!(find(&known, "other").is_none());
    }
}
