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
    /// For other machines; goes through the system's proxy, where there is one.
    client: reqwest::Client,
    /// For this machine; through no proxy, because plain text must not leave it.
    local: reqwest::Client,
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
        let client = build(settings, reqwest::Client::builder())?;
        let local = build(settings, reqwest::Client::builder().no_proxy())?;
        Ok(Self { client, local, settings: *settings })
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
        let is_local = is_to_this_machine(request.uri());
        if !is_local && request.uri().scheme() != Some(&http::uri::Scheme::HTTPS) {
            let message = "plain http is allowed to this machine only; use https";
            return Err(failure(Reach::NotSent, message.to_owned()));
        }
        let client = if is_local { &self.local } else { &self.client };
        let request = reqwest::Request::try_from(request).map_err(|error| self.classified(error))?;
        let answer = client.execute(request).await.map_err(|error| self.classified(error))?;
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

fn is_to_this_machine(uri: &http::Uri) -> bool {
    Url::parse(&uri.to_string()).is_ok_and(|url| is_loopback(&url))
}

fn build(settings: &NetworkSettings, builder: reqwest::ClientBuilder) -> Result<reqwest::Client, DestinationError> {
    builder
        .user_agent(concat!("lapwing/", env!("CARGO_PKG_VERSION")))
        .redirect(reqwest::redirect::Policy::none())
        .connect_timeout(settings.connect_timeout)
        .timeout(settings.timeout)
        .build()
        .map_err(|error| {
            DestinationError::new(ErrorKind::Local, "setting up TLS", "the system's certificates cannot be used")
                .with_source(without_address(error))
        })
}

fn failure(reach: Reach, message: String) -> TransportError {
    TransportError { reach, message, source: None }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    /// Answers one connection on loopback with these bytes; an empty answer is a cut. Gives its address.
    async fn answers(answer: Vec<u8>) -> String {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("http://{}/v3/x?email=ada@example.com", listener.local_addr().unwrap());
        tokio::spawn(async move {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut request = [0; 1024];
            let _ = stream.read(&mut request).await;
            let _ = stream.write_all(&answer).await;
        });
        address
    }

    async fn send(address: &str) -> Result<Response<Bytes>, TransportError> {
        let settings = NetworkSettings { max_response_bytes: 1000, ..NetworkSettings::default() };
        let transport = NetworkTransport::new(&settings).unwrap();
        transport.send(Request::builder().uri(address).body(Bytes::new()).unwrap()).await
    }

    fn with_body(body: &str) -> Vec<u8> {
        format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n{body}", body.len()).into_bytes()
    }

    #[tokio::test]
    async fn an_answer_is_read_whole_and_a_larger_one_refused() {
        let answer = send(&answers(with_body(&"x".repeat(1000))).await).await.unwrap();
        assert_eq!((answer.status().as_u16(), answer.body().len()), (200, 1000));
        let error = send(&answers(with_body(&"x".repeat(1001))).await).await.unwrap_err();
        assert_eq!(
            (error.reach, error.message.as_str()),
            (Reach::MayBeApplied, "the answer is larger than 1000 bytes")
        );
    }

    #[tokio::test]
    async fn a_redirect_is_an_answer() {
        let moved = b"HTTP/1.1 302 Found\r\nlocation: https://elsewhere.example/\r\ncontent-length: 0\r\n\r\n";
        assert_eq!(send(&answers(moved.to_vec()).await).await.unwrap().status(), 302);
    }

    #[tokio::test]
    async fn a_cut_connection_leaves_open_what_happened_and_shows_no_address() {
        let error = send(&answers(Vec::new()).await).await.unwrap_err();
        assert_eq!(error.reach, Reach::MayBeApplied);
        assert!(!format!("{error:?}").contains("ada"), "{error:?}");
    }

    #[tokio::test]
    async fn a_connection_that_was_never_made_sent_nothing() {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let address = format!("http://{}/", listener.local_addr().unwrap());
        drop(listener);
        assert_eq!(send(&address).await.unwrap_err().reach, Reach::NotSent);
    }

    #[tokio::test]
    async fn plain_http_to_another_machine_is_not_sent() {
        let error = send("http://api.sendgrid.com/v3/scopes").await.unwrap_err();
        assert_eq!(error.reach, Reach::NotSent);
        assert!(error.message.contains("use https"), "{error}");
    }

    #[test]
    fn this_machine_is_known_by_its_addresses() {
        for (address, is_local) in [
            ("http://127.0.0.1:8080/v3/scopes", true),
            ("http://[::1]:8080/v3/scopes", true),
            ("http://localhost/v3/scopes", true),
            ("http://api.sendgrid.com/v3/scopes", false),
            ("http://localhost.example.com/", false),
            ("http://127.0.0.1.example.com/", false),
            ("http://10.0.0.1/", false),
        ] {
            assert_eq!(is_to_this_machine(&address.parse().unwrap()), is_local, "{address}");
        }
    }
}
