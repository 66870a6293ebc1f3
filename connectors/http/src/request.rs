//! One request to a vendor's API, described.

use bytes::Bytes;
use http::{HeaderName, HeaderValue, Method, Request};
use lapwing_contract::{DestinationError, ErrorKind};
use url::Url;

use crate::redact;

/// A request with what the client has to know about it: whether it may be repeated, whether it changes anything, which
/// quota it counts against, and which statuses its sender wants to read itself.
#[derive(Clone)]
pub struct ApiRequest {
    pub(crate) method: Method,
    /// Below the base address; its segments are encoded.
    path: String,
    /// A whole address, instead of the path.
    elsewhere: Option<Url>,
    /// Method and path for errors and logs, with `{id}` for ids.
    pub(crate) operation: String,
    query: Vec<(&'static str, String)>,
    headers: Vec<(HeaderName, HeaderValue)>,
    body: Bytes,
    pub(crate) is_idempotent: bool,
    pub(crate) is_read: bool,
    pub(crate) expected: &'static [u16],
    pub(crate) quota: Option<&'static str>,
    /// An id is empty or made of dots: the path would lead to another resource.
    is_astray: bool,
}

impl ApiRequest {
    /// Reads; may be repeated.
    pub fn get(path: &str) -> Self {
        Self::new(Method::GET, path).read_only()
    }

    /// Posts; not repeated unless declared idempotent.
    pub fn post(path: &str) -> Self {
        Self::new(Method::POST, path)
    }

    /// Puts; not repeated unless declared idempotent.
    pub fn put(path: &str) -> Self {
        Self::new(Method::PUT, path)
    }

    /// Patches; not repeated unless declared idempotent.
    pub fn patch(path: &str) -> Self {
        Self::new(Method::PATCH, path)
    }

    /// Deletes; not repeated unless declared idempotent.
    pub fn delete(path: &str) -> Self {
        Self::new(Method::DELETE, path)
    }

    /// Downloads from an address that the vendor gave. It may lie on any host, so it is sent without credentials,
    /// and counts against no quota. Errors show its host only: path and query may hold a signature.
    pub fn download(address: Url) -> Self {
        let operation = format!("GET {}", redact::origin(&address));
        Self { operation, elsewhere: Some(address), ..Self::get("") }
    }

    fn new(method: Method, path: &str) -> Self {
        Self {
            operation: format!("{method} {path}"),
            method,
            path: path.to_owned(),
            elsewhere: None,
            query: Vec::new(),
            headers: Vec::new(),
            body: Bytes::new(),
            is_idempotent: false,
            is_read: false,
            expected: &[],
            quota: None,
            is_astray: false,
        }
    }

    /// Appends an id as one path segment. It is encoded, so that it leads nowhere else; errors show `{id}`. A request
    /// with an id that is empty or made of dots is not sent: its path would be that of another resource.
    pub fn id(mut self, id: &str) -> Self {
        self.is_astray |= id.bytes().all(|byte| byte == b'.');
        self.path = format!("{}/{}", self.path.trim_end_matches('/'), redact::encoded_segment(id));
        self.operation = format!("{}/{}", self.operation.trim_end_matches('/'), redact::ID);
        self
    }

    /// Appends more path, after an id.
    pub fn then(mut self, path: &str) -> Self {
        self.path = format!("{}/{path}", self.path);
        self.operation = format!("{}/{path}", self.operation);
        self
    }

    /// Appends a custom verb to the last segment, as Google's APIs have them: `…/{id}:batchUpdate`.
    pub fn verb(mut self, verb: &str) -> Self {
        self.path = format!("{}:{verb}", self.path);
        self.operation = format!("{}:{verb}", self.operation);
        self
    }

    /// Adds a query parameter. It appears in no error and no log.
    pub fn query(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.query.push((name, value.into()));
        self
    }

    /// Adds a header.
    pub fn header(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.headers.push((name, value));
        self
    }

    /// Sends a JSON document.
    pub fn json(self, document: &serde_json::Value) -> Self {
        self.body("application/json", document.to_string())
    }

    /// Sends bytes that are ready. They are shared, not copied, between attempts.
    pub fn body(mut self, content_type: &'static str, body: impl Into<Bytes>) -> Self {
        self.body = body.into();
        self.header(http::header::CONTENT_TYPE, HeaderValue::from_static(content_type))
    }

    /// Whether doing it twice does no more than doing it once. Then it is repeated even where an answer was lost.
    pub fn idempotent(mut self, is_idempotent: bool) -> Self {
        self.is_idempotent = is_idempotent;
        self
    }

    /// Declares that it changes nothing, whatever its method: a search that is posted.
    pub fn read_only(mut self) -> Self {
        self.is_read = true;
        self.idempotent(true)
    }

    /// The statuses beside success that come back as an answer, because the sender reads them itself. They are not
    /// retried.
    pub fn expect(mut self, statuses: &'static [u16]) -> Self {
        self.expected = statuses;
        self
    }

    /// The quota of the [`Profile`](crate::Profile) that it counts against.
    pub fn quota(mut self, name: &'static str) -> Self {
        self.quota = Some(name);
        self
    }

    /// Whether it goes to the vendor's API, with credentials and at its pace.
    pub(crate) fn is_to_api(&self) -> bool {
        self.elsewhere.is_none()
    }

    /// The request as it goes to the wire, without credentials.
    pub(crate) fn to_http(&self, base: &Url) -> Result<Request<Bytes>, DestinationError> {
        if self.is_astray {
            return Err(DestinationError::new(ErrorKind::Protocol, &self.operation, "an id in its path is empty"));
        }
        let url = self.address(base);
        let mut request = Request::new(self.body.clone());
        *request.method_mut() = self.method.clone();
        *request.uri_mut() = url.as_str().parse().map_err(|error: http::uri::InvalidUri| {
            DestinationError::new(ErrorKind::Configuration, &self.operation, "its address cannot be used")
                .with_source(error)
        })?;
        for (name, value) in &self.headers {
            request.headers_mut().append(name, value.clone());
        }
        Ok(request)
    }

    fn address(&self, base: &Url) -> Url {
        let mut url = self.elsewhere.clone().unwrap_or_else(|| {
            let mut url = base.clone();
            url.set_path(&format!("{}{}", base.path().trim_end_matches('/'), self.path));
            url
        });
        if !self.query.is_empty() {
            url.query_pairs_mut().extend_pairs(&self.query);
        }
        url
    }
}

impl std::fmt::Debug for ApiRequest {
    /// Shows what errors may show.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} ({} bytes)", self.operation, self.body.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(request: &ApiRequest, base: &str) -> String {
        request.to_http(&Url::parse(base).unwrap()).unwrap().uri().to_string()
    }

    #[test]
    fn an_id_cannot_lead_elsewhere_and_is_not_shown() {
        for (id, encoded) in [("a/../b?c", "a%2F%2E%2E%2Fb%3Fc"), ("a b", "a%20b"), ("job-7", "job-7")] {
            let request = ApiRequest::get("/v3/jobs").id(id).then("rows");
            assert_eq!(address(&request, "https://api.example"), format!("https://api.example/v3/jobs/{encoded}/rows"));
            assert_eq!(format!("{request:?}"), "GET /v3/jobs/{id}/rows (0 bytes)");
        }
    }

    #[test]
    fn a_verb_follows_its_segment_and_is_shown() {
        let request = ApiRequest::post("/v4/spreadsheets").id("a:b").verb("batchUpdate");
        let expected = "https://api.example/v4/spreadsheets/a%3Ab:batchUpdate";
        assert_eq!(address(&request, "https://api.example"), expected);
        assert_eq!(request.operation, "POST /v4/spreadsheets/{id}:batchUpdate");
    }

    #[test]
    fn an_id_that_is_none_is_never_sent() {
        for id in ["", ".", ".."] {
            let request = ApiRequest::delete("/v3/lists").id(id).then("contacts");
            assert!(request.to_http(&Url::parse("https://api.example").unwrap()).is_err(), "{id:?}");
        }
    }

    #[test]
    fn a_base_with_a_path_keeps_it_and_a_query_is_encoded_and_not_shown() {
        let request = ApiRequest::delete("/contacts").query("ids", "a,b&c");
        assert_eq!(address(&request, "http://127.0.0.1:80/fake/"), "http://127.0.0.1/fake/contacts?ids=a%2Cb%26c");
        assert_eq!(request.operation, "DELETE /contacts");
    }

    #[test]
    fn only_reads_are_repeatable_by_themselves() {
        assert!(ApiRequest::get("/x").is_idempotent);
        assert!(ApiRequest::post("/x").read_only().is_idempotent);
        for request in
            [ApiRequest::post("/x"), ApiRequest::put("/x"), ApiRequest::patch("/x"), ApiRequest::delete("/x")]
        {
            assert!(!request.is_idempotent && !request.is_read);
        }
    }
}
