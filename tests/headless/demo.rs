//! `claimcheck demo`

use crate::program::Surroundings;

#[test]
fn prints_401_then_200_without_keyring_and_keeps_nothing() {
    let surroundings = Surroundings::new();
    let outcome = surroundings.run(&["demo"]).exits(0);
    let statuses: Vec<&str> =
        outcome.stdout.lines().filter_map(|line| line.trim().strip_prefix("< ")?.get(..3)).collect();
    let statuses: Vec<&str> =
        statuses.into_iter().filter(|word| word.bytes().all(|byte| byte.is_ascii_digit())).collect();
    assert_eq!(statuses, ["401", "200", "200"], "{}", outcome.stdout);
    assert!(outcome.stdout.find("401 Unauthorized").unwrap() < outcome.stdout.find("200 OK").unwrap());
    assert!(!surroundings.home().exists(), "the demo keeps nothing");
    assert_eq!(outcome.stderr, "", "the whole journey is data");
}

#[test]
fn shows_no_token_and_no_secret() {
    let outcome = Surroundings::new().run(&["demo"]).exits(0);
    assert!(!outcome.stdout.contains("eyJ"), "{}", outcome.stdout);
    assert!(outcome.stdout.contains("Authorization: Basic ••••"));
    assert!(outcome.stdout.contains("Authorization: Bearer ••••"));
    assert!(outcome.stdout.contains("\"access_token\" : \"••••\""));
}

#[test]
fn verifies_the_token_with_the_issuers_keys() {
    let outcome = Surroundings::new().run(&["demo"]).exits(0);
    assert!(outcome.stdout.contains("✓ valid"), "{}", outcome.stdout);
    assert!(outcome.stdout.contains("/demo/oidc/.well-known/jwks.json"), "says where the key came from");
}
