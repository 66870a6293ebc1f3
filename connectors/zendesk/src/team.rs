//! The account's own people. A customer's address or id can be an agent's too, a shop assistant's who buys in the shop
//! for example; a sync must not write into an agent's profile. So the team is read once a run, before the first write.
//!
//! Lists of users show the primary address only: an agent's second address is not known here.

use std::collections::HashSet;

use lapwing_contract::{DestinationError, ErrorKind};
use lapwing_http::{ApiRequest, Client};

use crate::api::{MAX_PAGES, PAGE, QUOTA, USERS, Users};
use crate::request::lower;

/// The addresses and external ids of agents and admins, in lower case.
#[derive(Debug, Default)]
pub(crate) struct Team {
    names: HashSet<String>,
}

impl Team {
    /// Reads all agents and admins, 100 a request.
    pub(crate) async fn read(client: &Client) -> Result<Self, DestinationError> {
        let mut team = Self::default();
        let mut cursor: Option<String> = None;
        for _ in 0..MAX_PAGES {
            let request = ApiRequest::get(USERS).query("role[]", "agent").query("role[]", "admin");
            let mut request = request.query("page[size]", PAGE).quota(QUOTA);
            if let Some(cursor) = cursor {
                request = request.query("page[after]", cursor);
            }
            let page: Users = client.send(request).await?.json()?;
            // Only those who say so: a vendor that overlooks the filter must not stop all writes.
            let members = page.users.into_iter().filter(crate::api::User::is_team);
            let names = members.flat_map(|user| user.email.into_iter().chain(user.external_id));
            team.names.extend(names.map(|name| lower(&name)));
            cursor = page.meta.next();
            if cursor.is_none() {
                return Ok(team);
            }
        }
        let message = format!("the account has more than {MAX_PAGES} pages of agents");
        Err(DestinationError::new(ErrorKind::Protocol, format!("GET {USERS}"), message))
    }

    /// Whether an address or external id, in lower case, is one of the team's.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.names.contains(name)
    }
}
