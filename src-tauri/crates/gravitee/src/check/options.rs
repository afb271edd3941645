//! Options of policies and resources that nothing here reads. Belongs here: the names that are known. Not here: what they may be
//! (`policy`, `resource`), options that would change answers and so are refused (`gateway`).

use serde_json::Value;

use super::Found;

/// Plugin id, the member of its configuration that they stand in, and their names.
type Row = (&'static str, &'static str, &'static [&'static str]);

const POLICIES: [Row; 7] = [
    (
        "oauth2",
        "",
        &[
            "oauthResource",
            "oauthCacheResource",
            "extractPayload",
            "checkRequiredScopes",
            "requiredScopes",
            "modeStrict",
            "propagateAuthHeader",
        ],
    ),
    (
        "jwt",
        "",
        &[
            "signature",
            "publicKeyResolver",
            "resolverParameter",
            "connectTimeout",
            "requestTimeout",
            "followRedirects",
            "useSystemProxy",
            "extractClaims",
            "propagateAuthHeader",
            "userClaim",
            "clientIdClaim",
            "checkRequiredScopes",
            "requiredScopes",
            "modeStrict",
            "confirmationMethodValidation",
            "tokenTypValidation",
            "revocationCheck",
        ],
    ),
    ("jwt", "tokenTypValidation", &["enabled", "ignoreMissing", "expectedValues", "ignoreCase"]),
    ("api-key", "", &["propagateApiKey"]),
    ("transform-headers", "", &["scope", "addHeaders", "appendHeaders", "removeHeaders", "whitelistHeaders"]),
    ("rate-limit", "", &["async", "addHeaders", "rate"]),
    (
        "rate-limit",
        "rate",
        &["key", "limit", "dynamicLimit", "periodTime", "dynamicPeriodTime", "periodTimeUnit", "useKeyOnly"],
    ),
];

/// With those that mean nothing in any version, or nothing to policies.
const RESOURCES: [Row; 3] = [
    (
        "oauth2",
        "",
        &[
            "authorizationServerUrl",
            "introspectionEndpoint",
            "introspectionEndpointMethod",
            "authorizationServerMetadataEndpoint",
            "scopeSeparator",
            "userInfoEndpoint",
            "userInfoEndpointMethod",
            "userClaim",
            "clientId",
            "clientSecret",
            "useClientAuthorizationHeader",
            "clientAuthorizationHeaderName",
            "clientAuthorizationHeaderScheme",
            "tokenIsSuppliedByQueryParam",
            "tokenQueryParamName",
            "tokenIsSuppliedByHttpHeader",
            "tokenHeaderName",
            "tokenIsSuppliedByFormUrlEncoded",
            "tokenFormUrlEncodedName",
            "useSystemProxy",
            "http",
            "proxy",
            "ssl",
        ],
    ),
    (
        "oauth2-am-resource",
        "",
        &[
            "serverURL",
            "version",
            "securityDomain",
            "clientId",
            "clientSecret",
            "userClaim",
            "useSystemProxy",
            "http",
            "proxy",
            "ssl",
        ],
    ),
    ("cache", "", &["name", "timeToLiveSeconds", "timeToIdleSeconds", "maxEntriesLocalHeap"]),
];

impl Found<'_> {
    /// Warns of the options of a policy that have no effect.
    pub(super) fn options_of_policy(&mut self, place: &str, id: &str, value: &Value) {
        let message = match id {
            "oauth2" => "not an option of the OAuth2 policy; its schema allows no others",
            _ => "not acted on here: no option of this policy that the local gateway knows",
        };
        self.options(&POLICIES, place, id, value, message);
    }

    /// Warns of the options of a resource that have no effect.
    pub(super) fn options_of_resource(&mut self, place: &str, id: &str, value: &Value) {
        let message = "not acted on here: no option of this resource that the local gateway knows";
        self.options(&RESOURCES, place, id, value, message);
        let proxied = |of: &Value| of.get("useSystemProxy").and_then(Value::as_bool) == Some(true);
        for (member, of) in [("", Some(value)), ("proxy.", value.get("proxy"))] {
            if of.is_some_and(proxied) {
                self.warn(format!("{place}.{member}useSystemProxy"), "not acted on here: there is no system proxy");
            }
        }
    }

    fn options(&mut self, rows: &[Row], place: &str, id: &str, value: &Value, message: &str) {
        for (_, member, known) in rows.iter().filter(|(of, ..)| *of == id) {
            let (place, value) = match *member {
                "" => (place.to_owned(), Some(value)),
                member => (format!("{place}.{member}"), value.get(member)),
            };
            let names = value.and_then(Value::as_object).into_iter().flat_map(|members| members.keys());
            for name in names.filter(|name| !known.contains(&name.as_str())) {
                self.warn(format!("{place}.{name}"), message);
            }
        }
    }
}
