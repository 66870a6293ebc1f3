//! Who Lapwing is at Google: a service account, a user, or whoever the machine's default credentials stand for.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use lapwing_contract::{DestinationError, ErrorKind};
use lapwing_http::{
    ApiRequest, BearerKey, Client, Credentials, HttpEnv, NoCredentials, Profile, RateHeaders, Token, TokenCache,
    TokenSource,
};
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use serde_json::Value as Json;
use url::Url;
use url::form_urlencoded::Serializer;

use crate::assertion::{KeyFile, ServiceAccount};
use crate::config::{Config, address, unusable};
use crate::default_credentials::Places;

/// The endpoint of user credentials, and of keys that name none.
const TOKEN_URL: &str = "https://oauth2.googleapis.com/token";

/// Tokens are replaced this long before their end, so that none ends on the way.
const EARLY: Duration = Duration::from_secs(120);

/// What stands for a token where a fake answers in process and no credentials are at hand.
const SANDBOX_TOKEN: &str = "sandbox";

const OPERATION: &str = "reading the credentials";

/// Credentials, and the address that a spreadsheet has to be shared with, where it is known.
pub(crate) struct Identity {
    pub(crate) credentials: Arc<dyn Credentials>,
    pub(crate) email: Option<String>,
}

/// The identity that a destination's table asks for.
pub(crate) fn identity(config: &Config, env: &HttpEnv) -> Result<Identity, DestinationError> {
    let token_url = config.token_url.as_deref().map(|url| address(url).map_err(|bad| unusable("token_url", bad)));
    let token_url = token_url.transpose()?;
    let is_simulated = env.transport.is_simulated();
    let is_open = |secret: &SecretString| is_simulated && is_unresolved(secret.expose_secret());
    let login = match (&config.service_account_key, &config.refresh_token) {
        (Some(_), Some(_)) => {
            return Err(configuration("both `service_account_key` and `refresh_token` are given; keep one"));
        }
        (Some(key), None) if is_open(key) => return placeholder(),
        (Some(key), None) => Login::from_key(key.expose_secret())?,
        (None, Some(token)) if is_open(token) => return placeholder(),
        (None, Some(token)) => Login::User(user(config, token)?),
        (None, None) if is_simulated => return placeholder(),
        (None, None) => Login::Default(Places::of_this_user()),
    };
    let email = if let Login::ServiceAccount(account, _) = &login { Some(account.email.clone()) } else { None };
    let source = Source { login, env: env.clone(), token_url };
    let cache = TokenCache::new(Box::new(source), Arc::clone(&env.clock), EARLY);
    Ok(Identity { credentials: Arc::new(cache), email })
}

/// A variable or file that was not put in: the sandbox asks for none.
fn is_unresolved(text: &str) -> bool {
    text.starts_with("${") || text.starts_with("{ file = ")
}

fn placeholder() -> Result<Identity, DestinationError> {
    let credentials = Arc::new(BearerKey::new(&SecretString::from(SANDBOX_TOKEN))?);
    Ok(Identity { credentials, email: None })
}

fn user(config: &Config, refresh_token: &SecretString) -> Result<User, DestinationError> {
    let missing = || configuration("`refresh_token` needs `client_id` and `client_secret` beside it");
    Ok(User {
        client_id: config.client_id.clone().ok_or_else(missing)?,
        client_secret: config.client_secret.clone().ok_or_else(missing)?,
        refresh_token: refresh_token.clone(),
    })
}

#[derive(Debug)]
enum Login {
    /// With the endpoint that its key names.
    ServiceAccount(ServiceAccount, Option<Url>),
    User(User),
    /// Read when the first token is asked for.
    Default(Places),
}

#[derive(Debug)]
struct User {
    client_id: String,
    client_secret: SecretString,
    refresh_token: SecretString,
}

/// The file of a user, as gcloud writes it.
#[derive(Deserialize)]
struct UserFile {
    client_id: String,
    client_secret: SecretText,
    refresh_token: SecretText,
}

#[derive(Deserialize)]
#[serde(from = "String")]
struct SecretText(SecretString);

impl From<String> for SecretText {
    fn from(text: String) -> Self {
        Self(SecretString::from(text))
    }
}

impl Login {
    fn from_key(text: &str) -> Result<Self, DestinationError> {
        let (json, kind) = document(text)?;
        if kind != "service_account" {
            return Err(configuration("`service_account_key` is not the JSON key of a service account"));
        }
        Self::service_account(json)
    }

    fn service_account(json: Json) -> Result<Self, DestinationError> {
        // The words of serde may quote the key.
        let file: KeyFile = serde_json::from_value(json)
            .map_err(|_| configuration("the key of the service account lacks `client_email` or `private_key`"))?;
        let token_uri = file.token_uri.as_deref().map(|url| address(url).map_err(|bad| unusable("token_uri", bad)));
        let account = ServiceAccount::new(&file)
            .map_err(|problem| configuration(&format!("the key of the service account cannot be used: {problem}")))?;
        Ok(Self::ServiceAccount(account, token_uri.transpose()?))
    }

    /// The login of a file of default credentials.
    fn from_default(text: &str) -> Result<Self, DestinationError> {
        let (json, kind) = document(text)?;
        match kind.as_str() {
            "service_account" => Self::service_account(json),
            "authorized_user" => {
                let UserFile { client_id, client_secret, refresh_token } = serde_json::from_value(json)
                    .map_err(|_| configuration("the default credentials lack a field of user credentials"))?;
                let (client_secret, refresh_token) = (client_secret.0, refresh_token.0);
                Ok(Self::User(User { client_id, client_secret, refresh_token }))
            }
            _ => Err(configuration(
                "the default credentials are of a kind that is not supported; use a service account's key, or \
                 `gcloud auth application-default login`",
            )),
        }
    }
}

/// A JSON document and its `type`.
fn document(text: &str) -> Result<(Json, String), DestinationError> {
    let json: Json =
        serde_json::from_str(text).map_err(|_| configuration("the credentials are not a JSON document"))?;
    let kind = json.get("type").and_then(Json::as_str).unwrap_or_default().to_owned();
    Ok((json, kind))
}

/// Fetches access tokens.
#[derive(Debug)]
struct Source {
    login: Login,
    env: HttpEnv,
    token_url: Option<Url>,
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
    access_token: SecretText,
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
        Ok(Token { secret: granted.access_token.0, lives: granted.expires_in.map(Duration::from_secs) })
    }

    /// The body for the endpoint, and its address.
    fn form(&self, login: &Login) -> Result<(String, Url), DestinationError> {
        let own = |url: Option<&Url>| {
            let url = self.token_url.as_ref().or(url).cloned();
            url.map_or_else(|| address(TOKEN_URL).map_err(|bad| unusable("token_url", bad)), Ok)
        };
        let mut form = Serializer::new(String::new());
        let url = match login {
            Login::ServiceAccount(account, token_uri) => {
                let url = own(token_uri.as_ref())?;
                let assertion = account.assertion(url.as_str(), self.env.clock.now()).map_err(configuration)?;
                form.append_pair("grant_type", "urn:ietf:params:oauth:grant-type:jwt-bearer");
                form.append_pair("assertion", &assertion);
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

fn configuration(message: &str) -> DestinationError {
    DestinationError::new(ErrorKind::Configuration, OPERATION, message)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn default_credentials_are_told_apart_by_their_type() {
        let user = r#"{"type":"authorized_user","client_id":"c","client_secret":"sec-ret","refresh_token":"sec-ret"}"#;
        let login = Login::from_default(user).unwrap();
        assert!(matches!(login, Login::User(_)));
        assert!(!format!("{login:?}").contains("sec-ret"), "{login:?}");
        for (wrong, told) in [
            ("sec-ret", "not a JSON document"),
            (r#"{"type":"external_account"}"#, "not supported"),
            (r#"{"type":"service_account","private_key":"sec-ret"}"#, "lacks `client_email`"),
            (r#"{"type":"authorized_user"}"#, "lack a field"),
        ] {
            let error = Login::from_default(wrong).unwrap_err();
            assert!(error.message.contains(told) && !error.message.contains("sec-ret"), "{error}");
        }
    }

    #[test]
    fn a_key_that_sends_its_assertion_in_plain_text_is_refused() {
        let key = serde_json::json!({ "type": "service_account", "client_email": "a@b",
            "private_key": include_str!("../tests/fixtures/key.pem"), "token_uri": "http://evil.example/token" });
        let error = Login::from_key(&key.to_string()).unwrap_err();
        assert!(error.message.contains("plain http"), "{error}");
    }
}
