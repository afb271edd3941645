//! Tokens printed in RFC 7515, 7520, 7797, 8037 and 9449, and SD-JWTs made by another implementation.

use crate::load;
use claimcheck_jose::inspection::{Form, Inspection, RuleVerdict, SignatureVerdict};
use claimcheck_jose::{DpopRequest, Expectations, KeySet, check_dpop_proof, inspect, parse_jwks, parse_key};
use serde_json::{Value, json};

const RSA: &str = r#"{"kty":"RSA","kid":"2010-12-29","n":"ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W26mPddxHmfHQp-Vaw-4qPCJrcS2mJPMEzP1Pt0Bm4d4QlL-yRT-SFd2lZS-pCgNMsD1W_YpRPEwOWvG6b32690r2jZ47soMZo9wGzjb_7OMg0LOL-bSf63kpaSHSXndS5z5rexMdbBYUsLA9e-KXBdQOS-UTo7WTBEMa2R2CapHg665xsmtdVMTBQY4uDZlxvb3qCo5ZwKh9kG4LT6_I5IhlJH7aGhyxXFvUK-DWNmoudF8NAco9_h9iaGNj8q2ethFkMLs91kzk2PAcDTW9gb54h4FRWyuXpoQ","e":"AQAB"}"#;
const P256: &str = r#"{"kty":"EC","crv":"P-256","kid":"e9bc097a-ce51-4036-9562-d2ade882db0d","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU","y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"}"#;
const P521: &str = r#"{"kty":"EC","crv":"P-521","x":"AekpBQ8ST8a8VcfVOTNl353vSrDCLLJXmPk06wTjxrrjcBpXp5EOnYG_NjFZ6OvLFV1jSfS9tsz4qUxcWceqwQGk","y":"ADSmRA43Z1DSNx_RvcLI87cdL07l6jQyyBXMoxVg_l2Th-x3S1WDhjDly79ajL4Kkd0AZMaZmh9ubmf63e3kyMj2"}"#;
const PAYLOAD: &str = "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ";
const RS256_SIGNATURE: &str = "cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7AAuHIm4Bh-0Qc_lF5YKt_O8W2Fp5jujGbds9uJdbF9CUAr7t1dnZcAcQjbKBYNX4BAynRFdiuB--f_nZLgrnbyTyWzO75vRK5h6xBArLIARNPvkSjtQBMHlb1L07Qe7K0GarZRmB_eSN9383LcOLn6_dO--xi12jzDwusC-eOkHWEsqtFZESc6BfI7noOPqvhJ1phCnvWh6IeYI2w9QOYEUipUTI8np6LbgGY9Fs98rqVt5AXLIhWkWywlVmtVrBp0igcN_IoypGlUPQGe77Rw";
const ES256_SIGNATURE: &str = "DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q";

fn keys(jwk: &str) -> KeySet {
    parse_jwks(jwk.as_bytes()).unwrap()
}

fn signature(token: &str, jwk: &str) -> SignatureVerdict {
    inspect(token, &keys(jwk), &Expectations::at(1_300_000_000)).signature.verdict
}

fn rule(inspection: &Inspection, name: &str) -> RuleVerdict {
    inspection.acceptable.rules.iter().find(|rule| rule.rule == name).unwrap_or_else(|| panic!("{name}")).verdict
}

#[test]
fn rfc_7515_a2_a3_a4() {
    let rs256 = format!("eyJhbGciOiJSUzI1NiJ9.{PAYLOAD}.{RS256_SIGNATURE}");
    let es256 = format!("eyJhbGciOiJFUzI1NiJ9.{PAYLOAD}.{ES256_SIGNATURE}");
    let es512 = "eyJhbGciOiJFUzUxMiJ9.UGF5bG9hZA.AdwMgeerwtHoh-l192l60hp9wAHZFVJbLfD_UxMi70cwnZOYaRI1bKPWROc-mZZqwqT2SI-KGDKB34XO0aw_7XdtAG8GaSwFKdCAPZgoXD2YBJZCPEX3xKpRwcdOO8KpEHwJjyqOgzDO7iKvU8vcnwNrmxYbSW9ERBXukOXolLzeO_Jn";
    assert_eq!(signature(&rs256, RSA), SignatureVerdict::Valid);
    assert_eq!(signature(&es256, P256), SignatureVerdict::Valid);
    assert_eq!(signature(es512, P521), SignatureVerdict::Valid);
    assert_eq!(inspect(es512, &KeySet::none(), &Expectations::at(0)).payload_text.as_deref(), Some("Payload"));
    for (token, jwk) in [(&rs256, P256), (&es256, P521), (&es256, RSA)] {
        assert_eq!(signature(token, jwk), SignatureVerdict::Invalid);
    }
}

#[test]
fn rfc_7515_a6_a7_json_serializations_verify_and_are_not_acceptable() {
    let general = json!({"payload": PAYLOAD, "signatures": [
        {"protected": "eyJhbGciOiJSUzI1NiJ9", "header": {"kid": "2010-12-29"}, "signature": RS256_SIGNATURE},
        {"protected": "eyJhbGciOiJFUzI1NiJ9", "header": {"kid": "e9bc097a-ce51-4036-9562-d2ade882db0d"}, "signature": ES256_SIGNATURE},
    ]});
    let flattened = json!({"payload": PAYLOAD, "protected": "eyJhbGciOiJFUzI1NiJ9",
        "header": {"kid": "e9bc097a-ce51-4036-9562-d2ade882db0d"}, "signature": ES256_SIGNATURE});
    for token in [general, flattened] {
        let inspection = inspect(&token.to_string(), &keys(P256), &Expectations::at(1_300_000_000));
        assert_eq!(inspection.form, Form::JwsJson);
        assert_eq!(inspection.signature.verdict, SignatureVerdict::Valid, "{:?}", inspection.signature);
        assert_eq!(inspection.header["alg"], "ES256");
        assert_eq!(rule(&inspection, "compact"), RuleVerdict::Fail);
        assert_eq!(inspection.claims.len(), 3);
    }
}

#[test]
fn rfc_7520_section_4_rfc_7797_and_rfc_8037_verify_in_every_serialization() {
    for name in [
        "jws/4_1.rsa_v15_signature",
        "jws/4_2.rsa-pss_signature",
        "jws/4_3.ecdsa_signature",
        "jws/4_4.hmac-sha2_integrity_protection",
        "jws/4_6.protecting_specific_header_fields",
        "jws/4_7.protecting_content_only",
        "jws/4_8.multiple_signatures",
        "rfc7797/hmac-sha2_b64_false",
        "curve25519/jws",
    ] {
        let example = load(&format!("cookbook/{name}.json"));
        let keys = match &example["input"]["key"] {
            Value::Array(keys) => keys.clone(),
            key => vec![key.clone()],
        };
        for key in keys {
            for (form, token) in example["output"].as_object().unwrap() {
                let text = token.as_str().map_or_else(|| token.to_string(), str::to_owned);
                let inspection = inspect(&text, &self::keys(&key.to_string()), &Expectations::at(0));
                assert_eq!(
                    inspection.signature.verdict,
                    SignatureVerdict::Valid,
                    "{name} {form}: {:?}",
                    inspection.signature
                );
                assert_eq!(inspection.form == Form::Jws, form == "compact");
            }
        }
    }
}

/// The cookbook lists `crit` in this header but encodes one without it, which RFC 7797 6 forbids.
#[test]
fn unencoded_payload_without_crit_is_refused() {
    let example = load("cookbook/rfc7797/4.2.hmac-sha2_b64_false.json");
    let token = example["output"]["json_flat"].to_string();
    let inspection = inspect(&token, &keys(&example["input"]["key"].to_string()), &Expectations::at(0));
    assert_eq!(inspection.signature.verdict, SignatureVerdict::Invalid);
    assert!(inspection.signature.reason.contains("`b64`"));
}

#[test]
fn detached_content_is_said_to_be_missing() {
    let example = load("cookbook/jws/4_5.signature_with_detached_content.json");
    let key = keys(&example["input"]["key"].to_string());
    for token in [example["output"]["compact"].as_str().unwrap(), &example["output"]["json_flat"].to_string()] {
        let inspection = inspect(token, &key, &Expectations::at(0));
        assert_eq!(inspection.signature.verdict, SignatureVerdict::Invalid);
        let told = format!("{}{:?}", inspection.signature.reason, inspection.notes);
        assert!(told.contains("detached"), "{told}");
    }
}

/// RFC 9449 4.2, and the thumbprint and token hash of 6.1 and 7.1.
const PROOF: &str = "eyJ0eXAiOiJkcG9wK2p3dCIsImFsZyI6IkVTMjU2IiwiandrIjp7Imt0eSI6IkVDIiwieCI6Imw4dEZyaHgtMzR0VjNoUklDUkRZOXpDa0RscEJoRjQyVVFVZldWQVdCRnMiLCJ5IjoiOVZFNGpmX09rX282NHpiVFRsY3VOSmFqSG10NnY5VERWclUwQ2R2R1JEQSIsImNydiI6IlAtMjU2In19.eyJqdGkiOiItQndDM0VTYzZhY2MybFRjIiwiaHRtIjoiUE9TVCIsImh0dSI6Imh0dHBzOi8vc2VydmVyLmV4YW1wbGUuY29tL3Rva2VuIiwiaWF0IjoxNTYyMjYyNjE2fQ.2-GxA6T8lP4vfrg8v-FdWP0A0zdrj8igiMLvqRMUvwnQg4PtFLbdLXiOSsX0x7NVY-FNyJK70nfbV37xRZT3Lg";

#[test]
fn rfc_9449_proof_is_recognised_and_its_own_key_turns_nothing_green() {
    let inspection = inspect(PROOF, &KeySet::none(), &Expectations::at(1_562_262_616));
    assert_eq!(inspection.form, Form::Dpop);
    assert_eq!(inspection.signature.verdict, SignatureVerdict::NotChecked);
    assert_eq!(rule(&inspection, "dpop_signature"), RuleVerdict::Pass);
    assert!(!inspection.findings.iter().any(|finding| finding.id == "no-exp" || finding.id == "header-jwk"));
}

#[test]
fn rfc_9449_checks_of_a_proof_against_its_request() {
    let request = DpopRequest {
        header_count: 1,
        method: "POST",
        url: "HTTPS://server.example.com:443/token?x=1#y",
        access_token: None,
        bound_thumbprint: None,
        nonce: None,
        at: 1_562_262_620,
        window: 60,
    };
    let failing = |proof: &str, request: &DpopRequest<'_>| -> Vec<String> {
        check_dpop_proof(proof, request)
            .into_iter()
            .filter(|rule| rule.verdict == RuleVerdict::Fail)
            .map(|rule| rule.rule)
            .collect()
    };
    assert_eq!(failing(PROOF, &request), [""; 0]);
    assert_eq!(failing(PROOF, &DpopRequest { header_count: 2, ..request.clone() }), ["dpop_header"]);
    assert_eq!(failing(PROOF, &DpopRequest { method: "GET", ..request.clone() }), ["dpop_htm"]);
    assert_eq!(
        failing(PROOF, &DpopRequest { url: "https://server.example.com/tokens", ..request.clone() }),
        ["dpop_htu"]
    );
    assert_eq!(failing(PROOF, &DpopRequest { nonce: Some("n"), ..request.clone() }), ["dpop_nonce"]);
    assert_eq!(failing(PROOF, &DpopRequest { at: 1_562_262_716, ..request.clone() }), ["dpop_iat"]);
    assert_eq!(failing(PROOF, &DpopRequest { access_token: Some("t"), ..request.clone() }), ["dpop_token"]);
    let changed = PROOF.replace("iwiandrIjp7", "iwiandrIjp8");
    assert_eq!(failing(&changed, &request), ["dpop_well_formed"]);
    let forged = PROOF.replace("T3Lg", "T3Lw");
    assert_eq!(failing(&forged, &request), ["dpop_signature"]);
}

#[test]
fn rfc_9449_thumbprint() {
    let jwk = r#"{"kty":"EC","x":"l8tFrhx-34tV3hRICRDY9zCkDlpBhF42UQUfWVAWBFs","y":"9VE4jf_Ok_o64zbTTlcuNJajHmt6v9TDVrU0CdvGRDA","crv":"P-256"}"#;
    assert_eq!(parse_key(jwk.as_bytes()).unwrap().thumbprint(), "0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I");
}

/// When the presentations of the file were made.
const PRESENTED: i64 = 1_795_340_834;

#[test]
fn sd_jwts_of_another_implementation_resolve_to_its_payload() {
    let file = load("sd-jwt/examples.json");
    let issuer = keys(&file["issuer_public_key"].to_string());
    for example in file["examples"].as_array().unwrap() {
        let token = example["presentation"].as_str().unwrap();
        let inspection = inspect(token, &issuer, &Expectations::at(PRESENTED));
        let name = &example["name"];
        assert_eq!(inspection.form, Form::SdJwt, "{name}");
        assert_eq!(inspection.signature.verdict, SignatureVerdict::Valid, "{name}");
        assert_eq!(inspection.payload, example["payload"], "{name}");
        assert_eq!(rule(&inspection, "disclosures"), RuleVerdict::Pass, "{name}");
        let bound = if example["key_binding"] == true { RuleVerdict::Pass } else { RuleVerdict::NotChecked };
        assert_eq!(rule(&inspection, "key_binding"), bound, "{name}: {:?}", inspection.acceptable.rules);
    }
}

#[test]
fn changed_disclosures_and_foreign_key_bindings_fail() {
    let file = load("sd-jwt/examples.json");
    let issuer = keys(&file["issuer_public_key"].to_string());
    let simple = file["examples"].as_array().unwrap().iter().find(|example| example["name"] == "simple").unwrap();
    let token = simple["presentation"].as_str().unwrap();
    let parts: Vec<&str> = token.split('~').collect();
    let judge = |token: String, name: &str| rule(&inspect(&token, &issuer, &Expectations::at(PRESENTED)), name);
    let foreign = [&parts[..1], &["WyJzYWx0IiwgImFkbWluIiwgdHJ1ZV0"], &parts[1..]].concat().join("~");
    assert_eq!(judge(foreign, "disclosures"), RuleVerdict::Fail);
    let twice = [&parts[..2], &parts[1..]].concat().join("~");
    assert_eq!(judge(twice, "disclosures"), RuleVerdict::Fail);
    let fewer = [&parts[..1], &parts[2..]].concat().join("~");
    assert_eq!(judge(fewer.clone(), "disclosures"), RuleVerdict::Pass);
    assert_eq!(judge(fewer, "key_binding"), RuleVerdict::Fail, "sd_hash is of another presentation");
}

#[test]
fn a_json_serialization_that_is_not_strict_is_never_valid() {
    use base64::Engine as _;
    use claimcheck_jose::{Algorithm, SigningKey};
    let key = SigningKey::hmac(Algorithm::Hs256, &[3; 32]).unwrap();
    let keys = KeySet::given(vec![key.verifying_key()]);
    let protected = "eyJhbGciOiJIUzI1NiJ9";
    let sign = |payload: &str| {
        let bytes = key.signature(format!("{protected}.{payload}").as_bytes()).unwrap();
        base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(bytes)
    };
    let verdict = |token: Value| inspect(&token.to_string(), &keys, &Expectations::at(0)).signature.verdict;
    let strict = json!({"payload": "e30", "protected": protected, "signature": sign("e30")});
    assert_eq!(verdict(strict.clone()), SignatureVerdict::Valid);
    assert_eq!(
        verdict(json!({"payload": "e30=", "protected": protected, "signature": sign("e30=")})),
        SignatureVerdict::Invalid
    );
    for (name, value) in
        [("header", json!({"alg": "HS256"})), ("header", json!({"crit": ["b64"]})), ("signatures", json!([]))]
    {
        let mut bent = strict.clone();
        bent[name] = value;
        assert_eq!(verdict(bent.clone()), SignatureVerdict::Invalid, "{bent}");
    }
}
