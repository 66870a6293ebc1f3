//! Access tokens: an assertion or a refresh token is exchanged for one at the token endpoint.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use lapwing_contract::{DestinationError, ErrorKind};
use lapwing_http::{ApiRequest, Client, HttpEnv, NoCredentials, Profile, RateHeaders, Token, TokenSource};
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use url::Url;
use url::form_urlencoded::Serializer;

use crate::auth::{Login, configuration, unusable_key};
use crate::config::unusable;

/// The endpoint of user credentials, and of keys that name none.
const TOKEN_URL: &str = "https://oauth2.googleapis.com/token";

/// Fetches access tokens.
#[derive(Debug)]
pub(crate) struct Source {
    pub(crate) login: Login,
    pub(crate) env: HttpEnv,
    /// Asked instead of the one that the login names.
    pub(crate) token_url: Option<Url>,
}

#[async_trait]
impl TokenSource for Source {
    async fn fetch(&self) -> Result<Token, DestinationError> {
        match &self.login {
            Login::Default(places) => self.fetch_as(&Login::from_default(&places.read()?)?).await,
            login => self.fetch_as(login).await,
        }
    }
}

/// What the endpoint answers; an error names itself by a word (RFC 6749).
#[derive(Deserialize)]
struct Granted {
    access_token: SecretString,
    #[serde(default)]
    expires_in: Option<u64>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Refused {
    error: String,
}

impl Source {
    async fn fetch_as(&self, login: &Login) -> Result<Token, DestinationError> {
        let (form, url) = self.form(login)?;
        let mut base = url.clone();
        base.set_path("");
        let profile =
            Profile { base, credentials: Arc::new(NoCredentials), quotas: Vec::new(), rate_headers: RateHeaders::NONE };
        let request = ApiRequest::post(url.path())
            .body("application/x-www-form-urlencoded", form)
            // It changes nothing but the number of tokens that are out.
            .read_only()
            .expect(&[400, 401]);
        let answer = Client::new(&self.env, profile).send(request).await?;
        if !answer.is_success() {
            let refused = answer.json::<Refused>().unwrap_or_default();
            return Err(answer.error(ErrorKind::Unauthenticated, advice(&refused.error)));
        }
        let granted = answer.json::<Granted>()?;
        Ok(Token { secret: granted.access_token, lives: granted.expires_in.map(Duration::from_secs) })
    }

    /// The body for the endpoint, and its address.
    fn form(&self, login: &Login) -> Result<(String, Url), DestinationError> {
        let own = |url: Option<&Url>| {
            let url = self.token_url.as_ref().or(url).cloned();
            url.map_or_else(|| lapwing_http::api_address(TOKEN_URL).map_err(|bad| unusable("token_url", bad)), Ok)
        };
        let mut form = Serializer::new(String::new());
        let url = match login {
            Login::ServiceAccount(account, token_uri) => {
                let url = own(token_uri.as_ref())?;
                let assertion = account.assertion(url.as_str(), self.env.clock.now()).map_err(unusable_key)?;
                form.append_pair("grant_type", "urn:ietf:params:oauth:grant-type:jwt-bearer");
                form.append_pair("assertion", assertion.expose_secret());
                url
            }
            Login::User(user) => {
                form.append_pair("grant_type", "refresh_token").append_pair("client_id", &user.client_id);
                form.append_pair("client_secret", user.client_secret.expose_secret());
                form.append_pair("refresh_token", user.refresh_token.expose_secret());
                own(None)?
            }
            Login::Default(_) => return Err(configuration("the default credentials name themselves")),
        };
        Ok((form.finish(), url))
    }
}

/// What a refusal means. Its own words are not shown: they come from elsewhere.
fn advice(error: &str) -> &'static str {
    match error {
        "invalid_grant" => {
            "Google does not accept the key or refresh token: it was revoked, has expired (after 7 days for an OAuth app \
             that is being tested), or the clock of this machine is wrong"
        }
        "invalid_client" | "unauthorized_client" => "Google does not know `client_id` and `client_secret`",
        _ => "Google gives no access token for these credentials",
    }
}
