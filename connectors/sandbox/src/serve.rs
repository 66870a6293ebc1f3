//! The face on a socket: the sandbox for other programs on the same machine.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};

use axum::Router;
use axum::body::Body;
use axum::extract::connect_info::{ConnectInfo, Connected};
use axum::extract::{Request, State};
use axum::response::Response;
use axum::serve::{IncomingStream, Listener};
use bytes::Bytes;
use http::{HeaderMap, StatusCode, header};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use crate::{Sandbox, SandboxError};

/// Largest body taken from the socket. The vendors' own limits are lower and answered in their own words.
const BODY_BYTES: usize = 256 * 1024 * 1024;

/// A sandbox that listens. Dropping it stops it.
#[derive(Debug)]
pub struct Served {
    address: SocketAddr,
    stop: Option<oneshot::Sender<()>>,
    task: JoinHandle<()>,
}

impl Served {
    /// Where it listens; the port is real where 0 was asked for.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Takes no more connections, answers what is under way, and ends.
    pub async fn stop(mut self) {
        if let Some(stop) = self.stop.take() {
            // The task may have ended by itself; then there is nobody to tell.
            let _ = stop.send(());
        }
        // A task that panicked has ended too.
        let _ = (&mut self.task).await;
    }
}

/// Serves a sandbox on a loopback address; port 0 picks a free one. Needs a tokio runtime.
///
/// Requests whose `Host` is no name of this machine's loopback are refused: a page in a browser could otherwise reach
/// the sandbox under a name of its own.
///
/// # Errors
/// [`SandboxError::NotLoopback`] and [`SandboxError::Listen`].
pub async fn serve(sandbox: Sandbox, address: SocketAddr) -> Result<Served, SandboxError> {
    if !address.ip().is_loopback() {
        return Err(SandboxError::NotLoopback { address });
    }
    let failed = |source| SandboxError::Listen { address, source };
    let listener = TcpListener::bind(address).await.map_err(failed)?;
    let address = listener.local_addr().map_err(failed)?;
    let app = Router::new().fallback(face).with_state(sandbox);
    let service = app.into_make_service_with_connect_info::<Lifeline>();
    let (stop, stopped) = oneshot::channel::<()>();
    let task = tokio::spawn(async move {
        // A sender that is dropped stops it as well.
        let served = axum::serve(Breakable(listener), service).with_graceful_shutdown(async { drop(stopped.await) });
        if let Err(error) = served.await {
            tracing::error!(error = &error as &dyn std::error::Error, "the sandbox stopped listening");
        }
    });
    Ok(Served { address, stop: Some(stop), task })
}

async fn face(
    State(sandbox): State<Sandbox>,
    ConnectInfo(lifeline): ConnectInfo<Lifeline>,
    request: Request,
) -> Response {
    if !is_addressed_to_loopback(request.headers()) {
        return plain(StatusCode::FORBIDDEN, "the sandbox answers only under names of the loopback address");
    }
    let (parts, body) = request.into_parts();
    let Ok(body) = axum::body::to_bytes(body, BODY_BYTES).await else {
        return plain(StatusCode::PAYLOAD_TOO_LARGE, "the body is too large or was cut");
    };
    if let Ok(response) = sandbox.exchange(Request::from_parts(parts, body)).await {
        return response.map(Body::from);
    }
    lifeline.cut();
    // Never arrives: the connection is gone.
    plain(StatusCode::INTERNAL_SERVER_ERROR, "")
}

fn plain(status: StatusCode, text: &'static str) -> Response {
    let mut response = Response::new(Body::from(Bytes::from_static(text.as_bytes())));
    *response.status_mut() = status;
    response
}

fn is_addressed_to_loopback(headers: &HeaderMap) -> bool {
    let Some(host) = headers.get(header::HOST).and_then(|host| host.to_str().ok()) else { return false };
    let name = match host.strip_prefix('[') {
        Some(rest) => rest.split(']').next().unwrap_or_default(),
        None => host.split(':').next().unwrap_or_default(),
    };
    name.eq_ignore_ascii_case("localhost") || name.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

/// A listener whose connections can be cut from within a request.
struct Breakable(TcpListener);

/// A connection that fails from the moment its lifeline is cut.
struct Wire {
    stream: TcpStream,
    lifeline: Lifeline,
}

/// The handle to cut a connection.
#[derive(Debug, Clone, Default)]
struct Lifeline(Arc<AtomicBool>);

impl Lifeline {
    fn cut(&self) {
        self.0.store(true, Ordering::Release);
    }

    fn is_cut(&self) -> bool {
        self.0.load(Ordering::Acquire)
    }
}

impl Listener for Breakable {
    type Io = Wire;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Wire, SocketAddr) {
        let (stream, address) = Listener::accept(&mut self.0).await;
        (Wire { stream, lifeline: Lifeline::default() }, address)
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        Listener::local_addr(&self.0)
    }
}

impl Connected<IncomingStream<'_, Breakable>> for Lifeline {
    fn connect_info(stream: IncomingStream<'_, Breakable>) -> Self {
        stream.io().lifeline.clone()
    }
}

impl Wire {
    fn check(&self) -> io::Result<()> {
        if self.lifeline.is_cut() {
            // Reset instead of an orderly end; where that cannot be set, closing early is break enough.
            let _ = self.stream.set_zero_linger();
            return Err(io::ErrorKind::ConnectionAborted.into());
        }
        Ok(())
    }
}

impl AsyncRead for Wire {
    fn poll_read(mut self: Pin<&mut Self>, context: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        self.check()?;
        Pin::new(&mut self.stream).poll_read(context, buf)
    }
}

impl AsyncWrite for Wire {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        self.check()?;
        Pin::new(&mut self.stream).poll_write(context, buf)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bufs: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        self.check()?;
        Pin::new(&mut self.stream).poll_write_vectored(context, bufs)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.check()?;
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.check()?;
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use lapwing_contract::SimulatedClock;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    use super::*;
    use crate::vendors::by_kind;
    use crate::{Action, Fault, Settings};

    fn sandbox() -> Sandbox {
        let clock = SimulatedClock::starting_at(chrono::DateTime::UNIX_EPOCH);
        Sandbox::in_memory(by_kind("sendgrid", 7).unwrap(), Settings::default(), Arc::new(clock))
    }

    async fn served(sandbox: &Sandbox) -> Served {
        serve(sandbox.clone(), ([127, 0, 0, 1], 0).into()).await.unwrap()
    }

    /// Sends one request and reads until the connection ends; what came, or the error that ended it.
    async fn ask(address: SocketAddr, host: &str, method: &str, path: &str, body: &str) -> io::Result<String> {
        let mut stream = TcpStream::connect(address).await?;
        let length = body.len();
        let head =
            format!("{method} {path} HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\ncontent-length: {length}\r\n");
        let rest = "authorization: Bearer SG.any\r\ncontent-type: application/json\r\n\r\n";
        stream.write_all(format!("{head}{rest}{body}").as_bytes()).await?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await?;
        Ok(answer)
    }

    #[tokio::test]
    async fn a_served_sandbox_answers_and_its_links_lead_back_to_it() {
        let sandbox = sandbox();
        let served = served(&sandbox).await;
        let address = served.address();
        let answer = ask(address, "localhost", "GET", "/v3/scopes", "").await.unwrap();
        assert!(answer.starts_with("HTTP/1.1 200") && answer.contains("x-ratelimit-remaining"), "{answer}");
        let answer = ask(address, "127.0.0.1", "GET", "/_sandbox/requests", "").await.unwrap();
        assert!(answer.contains("/v3/scopes"), "{answer}");
        served.stop().await;
        assert!(TcpStream::connect(address).await.is_err());
    }

    #[tokio::test]
    async fn a_cut_connection_is_really_cut_before_or_after_the_vendor_did_its_work() {
        let sandbox = sandbox();
        let served = served(&sandbox).await;
        let path = "/v3/marketing/lists";
        for (applied, lists) in [(false, 0), (true, 1)] {
            let fault =
                serde_json::json!({ "when": { "path": path }, "then": { "action": "cut", "applied": applied } });
            let answer =
                ask(served.address(), "localhost", "POST", "/_sandbox/faults", &fault.to_string()).await.unwrap();
            assert!(answer.starts_with("HTTP/1.1 204"), "{answer}");
            let answer = ask(served.address(), "localhost", "POST", path, r#"{"name":"vip"}"#).await;
            assert!(answer.as_ref().map_or(true, String::is_empty), "{answer:?}");
            assert_eq!(sandbox.state()["lists"].as_array().unwrap().len(), lists);
        }
    }

    #[tokio::test]
    async fn only_loopback_addresses_and_names_are_served() {
        let error = serve(sandbox(), ([0, 0, 0, 0], 0).into()).await.unwrap_err();
        assert!(matches!(error, SandboxError::NotLoopback { .. }));
        let served = served(&sandbox()).await;
        for (host, status) in [("evil.example", 403), ("127.0.0.1.evil.example:80", 403), ("[::1]:80", 200)] {
            let answer = ask(served.address(), host, "GET", "/v3/scopes", "").await.unwrap();
            assert!(answer.starts_with(&format!("HTTP/1.1 {status}")), "{host}: {answer}");
        }
    }

    #[tokio::test]
    async fn a_wrong_script_is_refused_with_its_place() {
        let sandbox = sandbox();
        sandbox.script([Fault::on("GET", "*", Action::Refuse)]);
        let served = served(&sandbox).await;
        let answer =
            ask(served.address(), "localhost", "POST", "/_sandbox/faults", r#"[{"then": {"action": "explode"}}]"#)
                .await
                .unwrap();
        assert!(answer.starts_with("HTTP/1.1 400") && answer.contains("explode"), "{answer}");
        let answer = ask(served.address(), "localhost", "DELETE", "/_sandbox/faults", "").await.unwrap();
        assert!(answer.starts_with("HTTP/1.1 204"));
        assert!(sandbox.faults().is_empty());
    }
}
