//! What is signed, by whom it can be checked, and which keys are refused.

use rustls::pki_types::alg_id;

use super::*;

/// Made for these tests, and for nothing else.
const KEY: &str = include_str!("../../tests/fixtures/rsa.pem");
const PUBLIC_KEY: &[u8] = include_bytes!("../../tests/fixtures/rsa_public.der");
const ELLIPTIC_KEY: &str = include_str!("../../tests/fixtures/elliptic.pem");

fn key(pem: &str) -> Result<AssertionKey, BadKey> {
    AssertionKey::from_pem(&SecretString::from(pem))
}

fn decoded(part: &str) -> Vec<u8> {
    URL_SAFE_NO_PAD.decode(part).unwrap()
}

fn is_signed(message: &str, signature: &[u8]) -> bool {
    let provider = rustls::crypto::ring::default_provider();
    let mut algorithms = provider.signature_verification_algorithms.all.iter();
    let rs256 = algorithms.find(|algorithm| {
        algorithm.public_key_alg_id() == alg_id::RSA_ENCRYPTION
            && algorithm.signature_alg_id() == alg_id::RSA_PKCS1_SHA256
    });
    rs256.unwrap().verify_signature(PUBLIC_KEY, message.as_bytes(), signature).is_ok()
}

#[test]
fn an_assertion_holds_its_claims_and_the_public_key_tells_that_nobody_changed_them() {
    let claims = json!({ "iss": "app", "exp": 1_800_000_000 });
    let assertion = key(KEY).unwrap().sign(&claims, None).unwrap();
    let [header, body, signature] = assertion.expose_secret().split('.').collect::<Vec<_>>()[..] else {
        panic!("three parts")
    };
    let read = |part: &str| serde_json::from_slice::<Json>(&decoded(part)).unwrap();
    assert_eq!((read(header), read(body)), (json!({ "alg": "RS256", "typ": "JWT" }), claims));
    assert!(is_signed(&format!("{header}.{body}"), &decoded(signature)));
    let other = URL_SAFE_NO_PAD.encode(json!({ "iss": "other", "exp": 1_800_000_000 }).to_string());
    assert!(!is_signed(&format!("{header}.{other}"), &decoded(signature)));
}

#[test]
fn the_id_of_a_key_stands_in_the_header() {
    let assertion = key(KEY).unwrap().sign(&json!({}), Some("k1")).unwrap();
    let header = assertion.expose_secret().split('.').next().unwrap();
    assert_eq!(
        serde_json::from_slice::<Json>(&decoded(header)).unwrap(),
        json!({ "alg": "RS256", "typ": "JWT", "kid": "k1" })
    );
}

#[test]
fn a_key_that_cannot_be_used_is_refused_without_being_shown() {
    let locked = "-----BEGIN ENCRYPTED PRIVATE KEY-----\nc2VjLXJldA==\n-----END ENCRYPTED PRIVATE KEY-----\n";
    let damaged = "-----BEGIN PRIVATE KEY-----\nc2VjLXJldA==\n-----END PRIVATE KEY-----\n";
    for (pem, told) in [
        ("", BadKey::NotPem),
        ("sec-ret", BadKey::NotPem),
        (locked, BadKey::NotPem),
        (damaged, BadKey::NotRsa),
        (ELLIPTIC_KEY, BadKey::NotRsa),
    ] {
        assert_eq!(key(pem).unwrap_err(), told, "{pem}");
        assert!(!format!("{told} {told:?}").contains("sec-ret"));
    }
}

#[test]
fn debug_shows_nothing_of_a_key() {
    assert_eq!(format!("{:?}", key(KEY).unwrap()), "AssertionKey { .. }");
}
