//! HTTP status to error kind.

use http::StatusCode;
use lapwing_contract::ErrorKind;

/// The kind of failure that a status stands for; none for a success. A status that a connector can make sense of
/// itself (a 400 that names a record) never comes here: the request [expects](crate::ApiRequest::expect) it.
pub fn kind_of(status: StatusCode) -> Option<ErrorKind> {
    Some(match status.as_u16() {
        200..=299 => return None,
        401 => ErrorKind::Unauthenticated,
        402 | 403 | 451 => ErrorKind::Forbidden,
        404 | 410 => ErrorKind::NotFound,
        429 => ErrorKind::RateLimited,
        408 | 500..=599 => ErrorKind::Unavailable,
        // Redirects are not followed, and every other answer is one that the connector did not foresee.
        _ => ErrorKind::Protocol,
    })
}

/// Whether the same request may fare better later.
pub(crate) fn is_passing(kind: ErrorKind) -> bool {
    match kind {
        ErrorKind::RateLimited | ErrorKind::Unavailable => true,
        ErrorKind::Unauthenticated
        | ErrorKind::Forbidden
        | ErrorKind::NotFound
        | ErrorKind::Configuration
        | ErrorKind::QuotaExhausted
        | ErrorKind::Ambiguous
        | ErrorKind::Protocol
        | ErrorKind::Local => false,
    }
}

/// Whether an answer with this status leaves open if the request was applied. A throttled request was turned away
/// at the door; behind a 5xx or a 408 anything may have happened.
pub(crate) fn is_unclear(status: StatusCode) -> bool {
    status.is_server_error() || status == StatusCode::REQUEST_TIMEOUT
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_status_has_one_meaning() {
        let meaning = |code: u16| kind_of(StatusCode::from_u16(code).unwrap());
        for code in 100..600 {
            assert_eq!(meaning(code).is_none(), (200..300).contains(&code), "{code}");
        }
        assert_eq!(meaning(401), Some(ErrorKind::Unauthenticated));
        assert_eq!(meaning(403), Some(ErrorKind::Forbidden));
        assert_eq!(meaning(404), Some(ErrorKind::NotFound));
        assert_eq!(meaning(429), Some(ErrorKind::RateLimited));
        assert_eq!(meaning(408), Some(ErrorKind::Unavailable));
        assert_eq!(meaning(503), Some(ErrorKind::Unavailable));
        assert_eq!(meaning(302), Some(ErrorKind::Protocol));
        assert_eq!(meaning(422), Some(ErrorKind::Protocol));
    }
}
