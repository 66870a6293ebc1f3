//! A wire that lets only those requests pass that a vendor's OpenAPI file knows: for the tests of connectors, behind the
//! feature `openapi`.
//!
//! The file holds a part of the vendor's, with its source: `{"requests": [{"method", "path", "query", "body"}], "$defs"}`.
//! `path` may hold `{names}`; `query` is the schema of an object of texts, `body` that of the JSON document, null where
//! there is none.

use std::sync::Arc;

use async_trait::async_trait;
use boon::{Compiler, SchemaIndex, Schemas};
use bytes::Bytes;
use http::{Request, Response};
use lapwing_http::{Transport, TransportError};
use serde_json::{Map, Value as Json};

/// The name under which schemas refer to their own file.
const ADDRESS: &str = "https://openapi.test/requests.json";

/// The requests that a file knows.
pub struct OpenApi {
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
    /// Reads a file.
    ///
    /// # Errors
    /// What is wrong with the file.
    pub fn read(file: &str) -> Result<Self, String> {
        let file: Json = serde_json::from_str(file).map_err(|error| error.to_string())?;
        let requests = file["requests"].as_array().cloned().ok_or("the file has no list of requests")?;
        let (mut schemas, mut compiler) = (Schemas::new(), Compiler::new());
        compiler.add_resource(ADDRESS, file).map_err(|error| error.to_string())?;
        let mut known = Vec::with_capacity(requests.len());
        for (at, request) in requests.iter().enumerate() {
            let mut schema = |part: &str| {
                let address = format!("{ADDRESS}#/requests/{at}/{part}");
                compiler.compile(&address, &mut schemas).map_err(|error| format!("request {at}, {part}: {error}"))
            };
            let (query, body) = (schema("query")?, schema("body")?);
            let text =
                |part: &str| request[part].as_str().map(str::to_owned).ok_or(format!("request {at} has no {part}"));
            known.push(Known { method: text("method")?, path: text("path")?, query, body });
        }
        Ok(Self { schemas, known })
    }

    /// Looks at a request.
    ///
    /// # Errors
    /// What is wrong with it. This may quote the body: it is for tests, which make theirs up.
    pub fn check(&self, method: &str, path: &str, query: Option<&str>, body: &[u8]) -> Result<(), String> {
        let is_it = |known: &&Known| known.method == method && fits(&known.path, path);
        let known = self.known.iter().find(is_it).ok_or_else(|| format!("{method} {path} is not in the file"))?;
        let mut pairs = Map::new();
        for (name, value) in url::form_urlencoded::parse(query.unwrap_or_default().as_bytes()) {
            pairs.insert(name.into_owned(), Json::String(value.into_owned()));
        }
        let body = match body {
            [] => Json::Null,
            body => serde_json::from_slice(body).map_err(|_| format!("{method} {path}: the body is no JSON"))?,
        };
        for (what, value, schema) in [("query", Json::Object(pairs), known.query), ("body", body, known.body)] {
            let wrong = |error| format!("{method} {path}, {what}: {error:#}");
            self.schemas.validate(&value, schema).map_err(wrong)?;
        }
        Ok(())
    }
}

impl std::fmt::Debug for OpenApi {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "OpenApi({} requests)", self.known.len())
    }
}

fn fits(pattern: &str, path: &str) -> bool {
    let (pattern, path): (Vec<_>, Vec<_>) = (pattern.split('/').collect(), path.split('/').collect());
    pattern.len() == path.len()
        && pattern.iter().zip(&path).all(|(known, sent)| known == sent || (known.starts_with('{') && !sent.is_empty()))
}

/// Checks every request before it goes on.
#[derive(Debug)]
pub struct Checked {
    inner: Arc<dyn Transport>,
    openapi: OpenApi,
}

impl Checked {
    /// A wire that checks by a file and then hands over to another wire.
    ///
    /// # Panics
    /// Where the file cannot be used.
    pub fn new(file: &str, inner: Arc<dyn Transport>) -> Self {
        match OpenApi::read(file) {
            Ok(openapi) => Self { inner, openapi },
            Err(wrong) => panic!("the OpenAPI file cannot be used: {wrong}"),
        }
    }
}

#[async_trait]
impl Transport for Checked {
    /// Panics where the file does not know the request: so the test that made it fails.
    async fn send(&self, request: Request<Bytes>) -> Result<Response<Bytes>, TransportError> {
        let uri = request.uri();
        if let Err(wrong) = self.openapi.check(request.method().as_str(), uri.path(), uri.query(), request.body()) {
            panic!("the OpenAPI file does not know this request: {wrong}");
        }
        self.inner.send(request).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: &str = r##"{
        "requests": [
            { "method": "GET", "path": "/jobs/{id}", "body": { "type": "null" },
              "query": { "type": "object", "properties": { "page": { "pattern": "^[0-9]+$" } }, "additionalProperties": false } },
            { "method": "PUT", "path": "/users", "query": { "maxProperties": 0 }, "body": { "$ref": "#/$defs/Users" } }
        ],
        "$defs": { "Users": { "type": "array", "maxItems": 1, "items": { "type": "string" } } }
    }"##;

    #[test]
    fn right_is_told_from_wrong() {
        let openapi = OpenApi::read(FILE).unwrap();
        for (method, path, query, body, is_right) in [
            ("GET", "/jobs/7", None, "", true),
            ("GET", "/jobs/7", Some("page=2"), "", true),
            ("GET", "/jobs/7", Some("page=x"), "", false),
            ("GET", "/jobs/7", Some("size=2"), "", false),
            ("GET", "/jobs/7", None, "{}", false),
            ("GET", "/jobs/", None, "", false),
            ("GET", "/jobs/7/rows", None, "", false),
            ("POST", "/jobs/7", None, "", false),
            ("PUT", "/users", None, r#"["a"]"#, true),
            ("PUT", "/users", None, r#"["a","b"]"#, false),
            ("PUT", "/users", None, "[1]", false),
            ("PUT", "/users", None, "[", false),
            ("PUT", "/users", None, "", false),
        ] {
            let checked = openapi.check(method, path, query, body.as_bytes());
            assert_eq!(checked.is_ok(), is_right, "{method} {path} {query:?} {body}: {checked:?}");
        }
    }

    #[test]
    fn a_file_that_cannot_be_used_is_told() {
        for wrong in ["", "{}", r#"{"requests":[{}]}"#, r##"{"requests":[{"query":{"$ref":"#/no"},"body":{}}]}"##] {
            assert!(OpenApi::read(wrong).is_err(), "{wrong}");
        }
    }
}
