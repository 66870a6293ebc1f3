//! The real wire: `reqwest` with rustls. TLS always, but for loopback; redirects are answers, not orders.

use std::net::IpAddr;
use std::time::Duration;

use async_trait::async_trait;
use bytes::{Bytes, BytesMut};
use http::{Request, Response};
use lapwing_contract::{DestinationError, ErrorKind};
use url::Url;

use crate::redact::without_address;
use crate::{Reach, Transport, TransportError};

/// Limits of the wire.
#[derive(Debug, Clone, Copy)]
pub struct NetworkSettings {
    /// How long a connection may take to be made.
    pub connect_timeout: Duration,
    /// How long a request may take from start to end, its answer included.
    pub timeout: Duration,
    /// The largest answer that is read, unpacked.
    pub max_response_bytes: usize,
}

impl Default for NetworkSettings {
    fn default() -> Self {
        Self {
            connect_timeout: Duration::from_secs(10),
            timeout: Duration::from_secs(60),
            max_response_bytes: 64 << 20,
        }
    }
}

/// Sends over the network. One per process is enough: it keeps connections open per host.
#[derive(Debug)]
pub struct NetworkTransport {
    client: reqwest::Client,
    settings: NetworkSettings,
}

impl NetworkTransport {
    /// Sets TLS up; opens no connection.
    ///
    /// # Errors
    /// [`ErrorKind::Local`] where TLS cannot be set up, for example without any root certificates.
    pub fn new(settings: &NetworkSettings) -> Result<Self, DestinationError> {
        // An error says that a provider is there already, which is as good.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = reqwest::Client::builder()
            .user_agent(concat!("lapwing/", env!("CARGO_PKG_VERSION")))
            .redirect(reqwest::redirect::Policy::none())
            .connect_timeout(settings.connect_timeout)
            .timeout(settings.timeout)
            .build()
            .map_err(|error| {
                DestinationError::new(ErrorKind::Local, "setting up TLS", "the system's certificates cannot be used")
                    .with_source(without_address(error))
            })?;
        Ok(Self { client, settings: *settings })
    }

    async fn body(&self, mut answer: reqwest::Response) -> Result<Bytes, TransportError> {
        let mut body = BytesMut::new();
        while let Some(chunk) = answer.chunk().await.map_err(|error| self.classified(error))? {
            if body.len() + chunk.len() > self.settings.max_response_bytes {
                let most = self.settings.max_response_bytes;
                return Err(failure(Reach::MayBeApplied, format!("the answer is larger than {most} bytes")));
            }
            body.extend_from_slice(&chunk);
        }
        Ok(body.freeze())
    }

    fn classified(&self, error: reqwest::Error) -> TransportError {
        let (reach, message) = if error.is_connect() {
            (Reach::NotSent, "could not connect".to_owned())
        } else if error.is_builder() {
            (Reach::NotSent, "the request cannot be sent as it is".to_owned())
        } else if error.is_timeout() {
            (Reach::MayBeApplied, format!("no answer within {} s", self.settings.timeout.as_secs()))
        } else {
            (Reach::MayBeApplied, "the connection was cut".to_owned())
        };
        TransportError { reach, message, source: Some(without_address(error)) }
    }
}

#[async_trait]
impl Transport for NetworkTransport {
    async fn send(&self, request: Request<Bytes>) -> Result<Response<Bytes>, TransportError> {
        refuse_plain_text(request.uri())?;
        let request = reqwest::Request::try_from(request).map_err(|error| self.classified(error))?;
        let answer = self.client.execute(request).await.map_err(|error| self.classified(error))?;
        let (status, headers) = (answer.status(), answer.headers().clone());
        let mut response = Response::new(self.body(answer).await?);
        *response.status_mut() = status;
        *response.headers_mut() = headers;
        Ok(response)
    }
}

/// Whether an address leads to this machine, where plain HTTP gives nothing away.
pub fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(url::Host::Domain(name)) => name.eq_ignore_ascii_case("localhost"),
        Some(url::Host::Ipv4(address)) => IpAddr::from(address).is_loopback(),
        Some(url::Host::Ipv6(address)) => IpAddr::from(address).is_loopback(),
        None => false,
    }
}

fn refuse_plain_text(uri: &http::Uri) -> Result<(), TransportError> {
    let local = || Url::parse(&uri.to_string()).is_ok_and(|url| is_loopback(&url));
    if uri.scheme() == Some(&http::uri::Scheme::HTTPS) || local() {
        return Ok(());
    }
    Err(failure(Reach::NotSent, "plain http is allowed to this machine only; use https".to_owned()))
}

fn failure(reach: Reach, message: String) -> TransportError {
    TransportError { reach, message, source: None }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_http_reaches_this_machine_only() {
        for (address, allowed) in [
            ("https://api.sendgrid.com/v3/scopes", true),
            ("http://127.0.0.1:8080/v3/scopes", true),
            ("http://[::1]:8080/v3/scopes", true),
            ("http://localhost/v3/scopes", true),
            ("http://api.sendgrid.com/v3/scopes", false),
            ("http://localhost.example.com/", false),
            ("http://127.0.0.1.example.com/", false),
            ("http://10.0.0.1/", false),
        ] {
            assert_eq!(refuse_plain_text(&address.parse().unwrap()).is_ok(), allowed, "{address}");
        }
    }
}
