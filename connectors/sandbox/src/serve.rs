//! The face on a socket.
use crate::{Sandbox, SandboxError};
use std::net::SocketAddr;
/// t
pub struct Served {}
/// t
pub async fn serve(_s: Sandbox, address: SocketAddr) -> Result<Served, SandboxError> {
    Err(SandboxError::NotLoopback { address })
}
