//! The authorization server from outside: endpoints, client authentication, grants, token cache, and what its answers mean.

mod answer;
mod authentication;
mod cache;
mod claims;
mod endpoints;
mod error;
mod explain;
mod form;
mod granted;
mod http;
mod identity;
mod introspection;
mod jwks;
mod metadata;
mod revocation;
mod server;
mod token;

pub use authentication::{AuthenticationMethod, Client, ClientAuthentication};
pub use cache::{CachedToken, KeptToken, TokenCache};
pub use endpoints::Endpoints;
pub use error::{Error, OAuthError, WrongAnswer};
pub use explain::{CallContext, Cause, Challenge, Explanation, Likelihood, Side, explain_error, explain_response};
pub use http::{Clock, Http};
pub use introspection::{Introspection, introspect};
pub use jwks::{Jwks, fetch_jwks};
pub use revocation::revoke;
pub use server::Server;
pub use token::{Grant, TokenAnswer, TokenRequest, request_token};
