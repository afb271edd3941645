//! Keys in every format, thumbprints, and signing with what was read.

use claimcheck_jose::{
    Algorithm, Expectations, JoseError, Key, KeySet, SigningKey, VerifyError, inspect, parse_jwks, parse_key,
    parse_keys, secret_key,
};
use secrecy::SecretString;
use serde_json::{Map, json};

fn file(name: &str) -> Vec<u8> {
    std::fs::read(format!("{}/tests/keys/{name}", env!("CARGO_MANIFEST_DIR"))).unwrap()
}

fn key(name: &str) -> Key {
    parse_key(&file(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
}

fn signs_and_verifies(private: &Key, public: Key, algorithm: Algorithm) {
    let signing = SigningKey::from_key(private, algorithm).unwrap_or_else(|error| panic!("{algorithm}: {error}"));
    let token = signing.sign(&Map::new(), &json!({"sub": "me"})).unwrap();
    let verified = KeySet::given(vec![public]).verify_jws(&token, &[algorithm]).unwrap();
    assert_eq!(verified.payload, br#"{"sub":"me"}"#);
    assert_eq!(verified.algorithm, algorithm);
}

#[test]
fn every_format_of_a_key_is_the_same_key() {
    use Algorithm::{EdDsa, Es256, Es256K, Es384, Es512, Ps256, Ps384, Ps512, Rs256, Rs384, Rs512};
    for (private, public, algorithms) in [
        ("rsa8.pem", "rsapub.pem", vec![Rs256, Rs384, Rs512, Ps256, Ps384, Ps512]),
        ("rsa1.pem", "rsapub1.pem", vec![Rs256]),
        ("prime256v1.p8.pem", "prime256v1.pub.pem", vec![Es256]),
        ("prime256v1.sec1.pem", "cert.pem", vec![Es256]),
        ("nopub.pem", "cert.der", vec![Es256]),
        ("secp384r1.p8.pem", "secp384r1.pub.pem", vec![Es384]),
        ("secp521r1.sec1.pem", "secp521r1.pub.pem", vec![Es512]),
        ("secp256k1.p8.pem", "secp256k1.pub.pem", vec![Es256K]),
        ("ed25519.pem", "ed25519.pub.pem", vec![EdDsa, Algorithm::Ed25519]),
    ] {
        assert!(key(private).is_private() && !key(public).is_private(), "{private}");
        assert_eq!(key(private).thumbprint(), key(public).thumbprint(), "{private}");
        for algorithm in algorithms {
            signs_and_verifies(&key(private), key(public), algorithm);
        }
    }
    assert_eq!(key("x25519.pem").thumbprint(), key("x25519.pub.pem").thumbprint());
    assert_eq!(key("ed448.pub.pem").describe(), "OKP, Ed448");
}

#[test]
fn what_cannot_be_read_says_why() {
    let refusal = |bytes: &[u8]| parse_key(bytes).unwrap_err().to_string();
    assert!(refusal(&file("enc.pem")).contains("openssl pkey"));
    assert!(refusal(b"hello").contains("expected a JWK"));
    assert!(refusal(br#"{"kty":"RSA","kty":"EC"}"#).contains("stands twice"));
    assert!(refusal(br#"{"kty":"RSA","n":"AQ=="}"#).contains("base64url"));
    assert!(refusal(b"-----BEGIN PUBLIC KEY-----\nAAAA").contains("no end line"));
    for name in ["rsa8.pem", "cert.der", "prime256v1.sec1.pem", "ed25519.pem"] {
        let bytes = file(name);
        for end in 0..bytes.len() {
            let _ = parse_key(&bytes[..end]);
        }
    }
}

#[test]
fn generated_keys_sign_and_publish_no_private_member() {
    for algorithm in Algorithm::ALL {
        let signing = SigningKey::generate(algorithm).unwrap();
        let kid = signing.kid().unwrap().to_owned();
        let token = signing.sign(&Map::new(), &json!({})).unwrap();
        let verified = KeySet::given(vec![signing.verifying_key()]).verify_jws(&token, &[algorithm]).unwrap();
        assert_eq!(verified.kid.as_deref(), Some(kid.as_str()));
        let names: Vec<&String> = verified.header.keys().collect();
        assert_eq!(names, ["kid", "typ", "alg"]);
        let Some(jwk) = signing.public_jwk() else {
            assert!(algorithm.hmac_key_bytes().is_some());
            continue;
        };
        assert!(["d", "p", "q", "k"].iter().all(|name| jwk.get(name).is_none()));
        assert_eq!((jwk["kid"].as_str(), jwk["alg"].as_str()), (Some(kid.as_str()), Some(algorithm.name())));
        let published = parse_jwks(json!({"keys": [jwk]}).to_string().as_bytes()).unwrap();
        assert!(published.verify_jws(&token, &Algorithm::ALL).is_ok());
    }
}

#[test]
fn header_members_overlay_and_null_removes() {
    let signing = SigningKey::hmac(Algorithm::Hs256, b"short").unwrap().with_kid("k");
    let header = json!({"typ": "at+jwt", "kid": null, "alg": "none", "x": 1});
    let token = signing.sign(header.as_object().unwrap(), &json!({})).unwrap();
    let keys = KeySet::given(vec![signing.verifying_key()]);
    assert!(
        matches!(keys.verify_jws(&token, &Algorithm::ALL), Err(VerifyError::UnusableKey(reason)) if reason.contains("5 bytes"))
    );
    let start = token.split('.').next().unwrap();
    assert_eq!(start, "eyJ0eXAiOiJhdCtqd3QiLCJhbGciOiJIUzI1NiIsIngiOjF9", "typ, alg, x");
    assert!(matches!(SigningKey::hmac(Algorithm::Hs256, b""), Err(JoseError::UnusableKey(_))));
    assert!(matches!(SigningKey::hmac(Algorithm::Rs256, b"x"), Err(JoseError::WrongKey { .. })));
}

#[test]
fn the_caller_and_the_key_choose_the_algorithm_not_the_token() {
    let signing = SigningKey::generate(Algorithm::Rs256).unwrap();
    let token = signing.sign(&Map::new(), &json!({})).unwrap();
    let keys = KeySet::given(vec![signing.verifying_key()]);
    assert_eq!(
        keys.verify_jws(&token, &[Algorithm::Ps256]).unwrap_err(),
        VerifyError::Algorithm("\"RS256\"".to_owned())
    );
    // HMAC with the public key as its secret (RFC 8725 2.1).
    let public = signing.public_jwk().unwrap().to_string();
    let forged = SigningKey::hmac(Algorithm::Hs256, public.as_bytes()).unwrap().sign(&Map::new(), &json!({})).unwrap();
    assert!(matches!(keys.verify_jws(&forged, &Algorithm::ALL), Err(VerifyError::NoKey(_))));
}

#[test]
fn published_thumbprints() {
    // RFC 7638 3.1 and RFC 8037 A.3.
    let rsa = br#"{"kty":"RSA","n":"0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw","e":"AQAB","alg":"RS256","kid":"2011-04-29"}"#;
    assert_eq!(parse_key(rsa).unwrap().thumbprint(), "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs");
    let okp = br#"{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}"#;
    assert_eq!(parse_key(okp).unwrap().thumbprint(), "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k");
    assert!(parse_key(okp).unwrap().thumbprint_uri().starts_with("urn:ietf:params:oauth:jwk-thumbprint:sha-256:kPrK"));
}

#[test]
fn nothing_secret_is_printed() {
    let secret = SecretString::from("correct horse battery staple");
    let printed =
        format!("{:?} {:?}", secret_key(&secret), SigningKey::hmac(Algorithm::Hs256, b"correct horse").unwrap());
    assert!(!printed.contains("correct") && !printed.contains("99, 111"), "{printed}");
}

#[test]
fn a_set_of_one_key_misses_another_kid_so_that_it_can_be_fetched_again() {
    let signing = SigningKey::generate(Algorithm::Es256).unwrap().with_kid("new");
    let token = signing.sign(&Map::new(), &json!({})).unwrap();
    let old = SigningKey::generate(Algorithm::Es256).unwrap().with_kid("old").public_jwk().unwrap();
    let set = parse_jwks(json!({"keys": [old]}).to_string().as_bytes()).unwrap();
    assert!(matches!(set.verify_jws(&token, &Algorithm::ALL), Err(VerifyError::NoKey(_))));
    let alone = KeySet::given(vec![signing.with_kid("renamed").verifying_key()]);
    assert!(alone.verify_jws(&token, &Algorithm::ALL).is_ok());
}

#[test]
fn keys_go_across_threads() {
    fn is_shared<T: Send + Sync>() {}
    is_shared::<SigningKey>();
    is_shared::<KeySet>();
}

#[test]
fn every_key_of_a_pem_file_is_tried() {
    let signing = SigningKey::from_key(&key("prime256v1.p8.pem"), Algorithm::Es256).unwrap().with_kid("named");
    let token = signing.sign(&Map::new(), &json!({})).unwrap();
    let both = [file("secp384r1.pub.pem"), file("ed25519.pub.pem"), file("chain.pem"), file("cert.pem")].concat();
    let set = parse_keys(&both).unwrap();
    assert_eq!(set.keys().count(), 4, "the issuer of the chain's leaf is none");
    assert!(set.verify_jws(&token, &[Algorithm::Es256]).is_ok());
    let inspection = inspect(&token, &set.from_file("keys.pem"), &Expectations::at(0));
    let detail = inspection.signature.key.unwrap().detail;
    assert!(detail.ends_with("from keys.pem, PEM block 5 of 5"), "{detail}");
}

#[test]
fn of_a_certificate_chain_the_leaf_counts() {
    let leaf = key("chain.key.pem");
    let set = parse_keys(&file("chain.pem")).unwrap();
    assert_eq!(set.keys().map(Key::thumbprint).collect::<Vec<_>>(), [leaf.thumbprint()]);
    let token = SigningKey::from_key(&leaf, Algorithm::Es256).unwrap().sign(&Map::new(), &json!({})).unwrap();
    let detail = inspect(&token, &set, &Expectations::at(0)).signature.key.unwrap().detail;
    assert!(detail.ends_with("PEM block 1 of 2, the leaf of its chain"), "{detail}");
    // With its private half in the same file that one counts, so that the file opens a JWE.
    let set = parse_keys(&[file("chain.pem"), file("chain.key.pem")].concat()).unwrap();
    assert!(set.keys().count() == 1 && set.keys().all(Key::is_private));
}

#[test]
fn a_pem_file_without_a_readable_key_says_why() {
    let refusal = |bytes: &[u8]| parse_keys(bytes).unwrap_err().to_string();
    assert!(refusal(&file("enc.pem")).contains("openssl pkey"));
    assert!(refusal(b"-----BEGIN PUBLIC KEY-----\nAAAA").contains("no end line"));
    let beside = [file("enc.pem"), file("ed25519.pub.pem")].concat();
    assert_eq!(parse_keys(&beside).unwrap().keys().count(), 1);
}
