//! A wire that lets only those requests pass that Zendesk's OpenAPI file knows: `requests.json` beside this file.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use boon::{Compiler, SchemaIndex, Schemas};
use bytes::Bytes;
use http::{Request, Response};
use lapwing_http::{Transport, TransportError};
use serde_json::{Map, Value as Json};

const FILE: &str = include_str!("requests.json");
const ADDRESS: &str = "https://openapi.test/requests.json";

/// The requests that the file knows.
pub(crate) struct OpenApi {
    schemas: Schemas,
    known: Vec<Known>,
}

struct Known {
    method: String,
    path: String,
    query: SchemaIndex,
    body: SchemaIndex,
}

impl OpenApi {
    pub(crate) fn read() -> Self {
        let file: Json = serde_json::from_str(FILE).unwrap();
        let requests = file["requests"].as_array().unwrap().clone();
        let (mut schemas, mut compiler) = (Schemas::new(), Compiler::new());
        compiler.add_resource(ADDRESS, file).unwrap();
        let mut known = Vec::new();
        for (at, request) in requests.iter().enumerate() {
            let mut compile =
                |part: &str| compiler.compile(&format!("{ADDRESS}#/requests/{at}/{part}"), &mut schemas).unwrap();
            let text = |part: &str| request[part].as_str().unwrap().to_owned();
            known.push(Known {
                query: compile("query"),
                body: compile("body"),
                method: text("method"),
                path: text("path"),
            });
        }
        Self { schemas, known }
    }

    /// What is wrong with a request; its place in the file where nothing is.
    pub(crate) fn check(&self, method: &str, path: &str, query: Option<&str>, body: &[u8]) -> Result<usize, String> {
        let is_it = |known: &Known| known.method == method && fits(&known.path, path);
        let at = self.known.iter().position(is_it).ok_or_else(|| format!("{method} {path} is not in the file"))?;
        let mut pairs = Map::new();
        for (name, value) in url::form_urlencoded::parse(query.unwrap_or_default().as_bytes()) {
            pairs.insert(name.into_owned(), Json::String(value.into_owned()));
        }
        let body = if body.is_empty() { Json::Null } else { serde_json::from_slice(body).map_err(|_| "no JSON")? };
        let known = &self.known[at];
        for (what, value, schema) in [("query", Json::Object(pairs), known.query), ("body", body, known.body)] {
            self.schemas.validate(&value, schema).map_err(|error| format!("{method} {path}, {what}: {error:#}"))?;
        }
        Ok(at)
    }
}

fn fits(pattern: &str, path: &str) -> bool {
    let (pattern, path): (Vec<_>, Vec<_>) = (pattern.split('/').collect(), path.split('/').collect());
    pattern.len() == path.len()
        && pattern.iter().zip(&path).all(|(known, sent)| known == sent || (known.starts_with('{') && !sent.is_empty()))
}

/// Checks every request before it goes on.
pub(crate) struct Checked {
    inner: Arc<dyn Transport>,
    openapi: OpenApi,
    seen: Mutex<BTreeSet<usize>>,
}

impl Checked {
    pub(crate) fn new(inner: Arc<dyn Transport>) -> Self {
        Self { inner, openapi: OpenApi::read(), seen: Mutex::default() }
    }
}

impl std::fmt::Debug for Checked {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} of {} kinds of requests seen", self.seen.lock().unwrap().len(), self.openapi.known.len())
    }
}

#[async_trait]
impl Transport for Checked {
    async fn send(&self, request: Request<Bytes>) -> Result<Response<Bytes>, TransportError> {
        let uri = request.uri();
        match self.openapi.check(request.method().as_str(), uri.path(), uri.query(), request.body()) {
            Ok(at) => drop(self.seen.lock().unwrap().insert(at)),
            Err(wrong) => panic!("the OpenAPI file does not know this request: {wrong}"),
        }
        self.inner.send(request).await
    }
}

#[test]
fn the_file_tells_right_from_wrong() {
    let openapi = OpenApi::read();
    let bulk = "/api/v2/users/create_or_update_many";
    let check = |body: &str| openapi.check("POST", bulk, None, body.as_bytes());
    assert!(check(r#"{"users":[{"external_id":"1","name":"Ada","tags":["a"],"user_fields":{"x":null}}]}"#).is_ok());
    for wrong in [
        r#"{"users":[{"external_id":1}]}"#,
        r#"{"users":[{"externalid":"1"}]}"#,
        r#"{"user":[]}"#,
        r#"{"users":{}}"#,
        r#"{"users":[],"more":1}"#,
        "",
    ] {
        assert!(check(wrong).is_err(), "{wrong}");
    }
    let many = format!(r#"{{"users":[{}]}}"#, vec!["{}"; 101].join(","));
    assert!(check(&many).is_err());
    assert!(openapi.check("DELETE", "/api/v2/users/destroy_many", Some("ids=1,2"), b"").is_ok());
    assert!(openapi.check("DELETE", "/api/v2/users/destroy_many", Some("id=1"), b"").is_err());
    assert!(openapi.check("GET", "/api/v2/job_statuses/V3-1", None, b"").is_ok());
    assert!(openapi.check("GET", "/api/v2/tickets", None, b"").is_err());
    assert!(openapi.check("POST", "/oauth/tokens", None, br#"{"grant_type":"password","client_id":"c"}"#).is_err());
}
