//! The programs of the bench: the local gateway, HAProxy with the same checks, nginx behind both, and oidc-provider.
//! Everything listens on loopback and ends with the bench.

use super::process::{Program, listens};
use crate::failure::{Done, Failure};
use crate::files;
use crate::step::Step;
use std::fs;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

/// A grant at the local authorization server.
pub(super) const OUR_GRANT: &str =
    "grant_type=client_credentials&client_id=bench&client_secret=bench-secret&scope=echo:read";

/// A grant at oidc-provider, as tests/interop/oidc-provider.mjs configures it.
pub(super) const THEIR_GRANT: &str =
    "grant_type=client_credentials&client_id=plain&client_secret=plain-secret&scope=api:read";

/// Public key of a client that the bench does not use (RFC 7517, appendix A.1).
const CLIENT_JWK: &str = r#"{"kty":"EC","crv":"P-256","x":"MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4","y":"4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM","use":"enc"}"#;

/// Everything that runs, and where.
pub(super) struct Peers {
    pub(super) ours: Program,
    pub(super) haproxy: Program,
    pub(super) oidc: Program,
    _nginx: Program,
    pub(super) am: u16,
    pub(super) gateway: u16,
    pub(super) haproxy_rs256: u16,
    pub(super) haproxy_es256: u16,
    pub(super) haproxy_401: u16,
    pub(super) oidc_port: u16,
    pub(super) folder: PathBuf,
}

impl Peers {
    /// Starts all of them and waits until they listen.
    pub(super) fn start(folder: &Path) -> Done<Self> {
        keys(folder)?;
        let (nginx_port, am, gateway) = (free()?, free()?, free()?);
        let [haproxy_rs256, haproxy_es256, haproxy_401] = [free()?, free()?, free()?];
        fs::write(folder.join("nginx.conf"), nginx_conf(nginx_port, folder))?;
        let ports = [haproxy_rs256, haproxy_es256, haproxy_401];
        fs::write(folder.join("haproxy.cfg"), haproxy_cfg(ports, nginx_port, am, folder))?;
        for (name, domain) in [("rs256", "rsa"), ("es256", "ec"), ("eddsa", "ed")] {
            fs::write(folder.join(format!("{name}.json")), definition(&format!("/{name}"), domain, nginx_port))?;
        }
        fs::write(folder.join("gateway.toml"), configuration(am, gateway))?;
        let nginx = Program::start(Command::new("/usr/sbin/nginx").arg("-c").arg(folder.join("nginx.conf")))?;
        let haproxy =
            Program::start(Command::new("/usr/sbin/haproxy").arg("-db").arg("-f").arg(folder.join("haproxy.cfg")))?;
        let claimcheck = files::target().join("release/claimcheck");
        let ours = Program::start(
            Command::new(std::path::absolute(claimcheck)?)
                .args(["gateway", "--config"])
                .arg(folder.join("gateway.toml")),
        )?;
        let (oidc, issuer) = Program::start_saying(
            Command::new("node")
                .arg("oidc-provider.mjs")
                .current_dir(files::top().join("tests/interop"))
                .env("NODE_ENV", "production")
                .env("CLIENT_JWK", CLIENT_JWK),
        )?;
        let oidc_port = issuer.rsplit(':').next().and_then(|port| port.parse().ok());
        let oidc_port = oidc_port.ok_or_else(|| Failure::new("oidc-provider did not start"))?;
        for port in [nginx_port, am, gateway, oidc_port].into_iter().chain(ports) {
            listens(port)?;
        }
        let folder = folder.to_owned();
        Ok(Peers {
            ours,
            haproxy,
            oidc,
            _nginx: nginx,
            am,
            gateway,
            haproxy_rs256,
            haproxy_es256,
            haproxy_401,
            oidc_port,
            folder,
        })
    }

    /// An access token of a domain of the local authorization server.
    pub(super) fn token(&self, domain: &str) -> Done<String> {
        let answer = exchange(self.am, &format!("POST /{domain}/oauth/token"), &[], OUR_GRANT)?;
        let token = answer.split("\"access_token\"").nth(1).and_then(|rest| rest.split('"').nth(1));
        token.map(str::to_owned).ok_or_else(|| Failure::new(format!("no token: {answer}")))
    }

    /// Both sides let this token through, and refuse without one and with a changed one.
    pub(super) fn expect(&self, token: &str, path: &str) -> Done {
        let haproxy = if path == "rs256" { self.haproxy_rs256 } else { self.haproxy_es256 };
        let foreign = forged(token).ok_or_else(|| Failure::new("the token is not a JWT"))?;
        for port in [self.gateway, haproxy] {
            for (sent, status) in [(Some(token), "200"), (Some(foreign.as_str()), "401"), (None, "401")] {
                let header = sent.map(|token| format!("Authorization: Bearer {token}"));
                let answer = exchange(port, &format!("GET /{path}"), header.as_slice(), "")?;
                if answer.split(' ').nth(1) != Some(status) {
                    return Err(Failure::new(format!("port {port} /{path}: expected {status}, not {answer}")));
                }
            }
        }
        Ok(())
    }
}

/// The token with a signature that differs in its first bits; `None` if it is no JWT. Not one of zeros, which a verifier
/// may refuse without computing anything.
pub(super) fn forged(token: &str) -> Option<String> {
    let (signed, signature) = token.rsplit_once('.')?;
    let first = if signature.starts_with('A') { 'B' } else { 'A' };
    Some(format!("{signed}.{first}{}", signature.get(1..)?))
}

/// A port that nobody listens on now.
fn free() -> Done<u16> {
    Ok(TcpListener::bind(("127.0.0.1", 0))?.local_addr()?.port())
}

fn exchange(port: u16, start: &str, headers: &[String], body: &str) -> Done<String> {
    let mut stream = TcpStream::connect(("127.0.0.1", port))?;
    stream.set_read_timeout(Some(Duration::from_secs(10)))?;
    let mut request = format!("{start} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nConnection: close\r\n");
    for header in headers {
        request.push_str(&format!("{header}\r\n"));
    }
    if !body.is_empty() {
        let length = body.len();
        request.push_str(&format!("Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {length}\r\n"));
    }
    stream.write_all(format!("{request}\r\n{body}").as_bytes())?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    Ok(answer)
}

/// Reads one answer that has a length and leaves the connection open.
pub(super) fn read_answer(stream: &mut TcpStream) -> Done {
    stream.set_read_timeout(Some(Duration::from_secs(10)))?;
    let (mut answer, mut buffer) = (Vec::new(), [0; 2048]);
    loop {
        let count = stream.read(&mut buffer)?;
        answer.extend_from_slice(buffer.get(..count).unwrap_or_default());
        let text = String::from_utf8_lossy(&answer).to_ascii_lowercase();
        let whole = text.split_once("\r\n\r\n").is_some_and(|(head, body)| {
            let length = head.split("content-length: ").nth(1).and_then(|rest| rest.lines().next());
            length.and_then(|length| length.trim().parse().ok()).is_none_or(|length: usize| body.len() >= length)
        });
        if whole {
            return Ok(());
        }
        if count == 0 {
            return Err(Failure::new("a connection was closed that should stay idle"));
        }
    }
}

fn keys(folder: &Path) -> Done {
    let made: [&[&str]; 4] = [
        &["genpkey", "-quiet", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048", "-out", "rsa.pem"],
        &["genpkey", "-quiet", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256", "-out", "ec.pem"],
        &["pkey", "-in", "rsa.pem", "-pubout", "-out", "rsa-public.pem"],
        &["pkey", "-in", "ec.pem", "-pubout", "-out", "ec-public.pem"],
    ];
    made.into_iter().try_for_each(|arguments| Step::new("openssl").args(arguments).folder(folder).run())
}

/// One process, since a worker would outlive its master that is killed.
fn nginx_conf(port: u16, folder: &Path) -> String {
    let folder = folder.display();
    format!(
        "daemon off;\nmaster_process off;\npid {folder}/nginx.pid;\nerror_log {folder}/nginx-error.log;\n\
         events {{ worker_connections 4096; }}\n\
         http {{\n  access_log off;\n  keepalive_requests 1000000000;\n  client_body_temp_path {folder};\n\
           proxy_temp_path {folder};\n  fastcgi_temp_path {folder};\n  uwsgi_temp_path {folder};\n  scgi_temp_path {folder};\n\
           server {{ listen 127.0.0.1:{port}; location / {{ return 200 \"hello\"; }} }}\n}}\n"
    )
}

fn haproxy_cfg(ports: [u16; 3], upstream: u16, am: u16, folder: &Path) -> String {
    let [rs256, es256, refused] = ports;
    let guarded = |name: &str, port: u16, algorithm: &str, key: &str, domain: &str| {
        let key = folder.join(key);
        format!(
            "frontend {name}\n  bind 127.0.0.1:{port}\n\
               http-request return status 401 unless {{ req.hdr(authorization) -m beg \"Bearer \" }}\n\
               http-request set-var(txn.bearer) http_auth_bearer\n\
               http-request set-var(txn.alg) var(txn.bearer),jwt_header_query('$.alg')\n\
               http-request set-var(txn.iss) var(txn.bearer),jwt_payload_query('$.iss')\n\
               http-request set-var(txn.exp) var(txn.bearer),jwt_payload_query('$.exp','int')\n\
               http-request set-var(txn.scope) var(txn.bearer),jwt_payload_query('$.scope')\n\
               http-request set-var(txn.now) date()\n\
               http-request return status 401 unless {{ var(txn.alg) -m str {algorithm} }}\n\
               http-request return status 401 unless {{ var(txn.iss) -m str http://127.0.0.1:{am}/{domain}/oidc }}\n\
               http-request return status 401 unless {{ var(txn.bearer),jwt_verify(txn.alg,\"{}\") 1 }}\n\
               http-request return status 401 if {{ var(txn.exp),sub(txn.now) -m int lt 0 }}\n\
               http-request return status 401 unless {{ var(txn.scope) -m sub echo:read }}\n\
               default_backend upstream\n",
            key.display()
        )
    };
    let (rsa, ec) = (
        guarded("rs256", rs256, "RS256", "rsa-public.pem", "rsa"),
        guarded("es256", es256, "ES256", "ec-public.pem", "ec"),
    );
    format!(
        "global\n  nbthread 2\n  maxconn 8000\n\
         defaults\n  mode http\n  timeout connect 5s\n  timeout client 60s\n  timeout server 60s\n  http-reuse always\n\
         {rsa}{ec}frontend refused\n  bind 127.0.0.1:{refused}\n  http-request return status 401\n\
         backend upstream\n  server nginx 127.0.0.1:{upstream}\n"
    )
}

/// A v4 export whose one flow asks the own authorization server.
fn definition(path: &str, domain: &str, upstream: u16) -> String {
    format!(
        r#"{{"export":{{"apimVersion":"4.12.0"}},
"api":{{"definitionVersion":"V4","type":"PROXY","name":"bench {domain}","apiVersion":"1",
"listeners":[{{"type":"HTTP","paths":[{{"path":"{path}"}}],"entrypoints":[{{"type":"http-proxy"}}]}}],
"endpointGroups":[{{"name":"g","type":"http-proxy","endpoints":[{{"name":"e","type":"http-proxy","configuration":{{"target":"http://127.0.0.1:{upstream}/"}}}}]}}],
"resources":[{{"name":"as","type":"oauth2-am-resource","enabled":true,"configuration":{{"serverURL":"http://127.0.0.1:0","version":"V3_X","securityDomain":"{domain}","clientId":"gateway","clientSecret":"gateway-secret"}}}}],
"flows":[{{"name":"f","enabled":true,"selectors":[{{"type":"HTTP","path":"/","pathOperator":"STARTS_WITH"}}],
"request":[{{"name":"oauth2","enabled":true,"policy":"oauth2","configuration":{{"oauthResource":"as","checkRequiredScopes":true,"requiredScopes":["echo:read"]}}}}],"response":[]}}]}},
"plans":[{{"name":"keyless","status":"PUBLISHED","security":{{"type":"KEY_LESS","configuration":{{}}}}}}]}}"#
    )
}

fn configuration(am: u16, gateway: u16) -> String {
    let client = "\n[[domains.clients]]\nclient_id = \"bench\"\nclient_secret = \"bench-secret\"\n\
                  auth_method = \"client_secret_post\"\nscopes = [\"echo:read\"]\n\
                  [[domains.clients]]\nclient_id = \"gateway\"\nclient_secret = \"gateway-secret\"\ngrant_types = []\n";
    let domain = |more: &str| format!("[[domains]]\n{more}{client}");
    format!(
        "[listen]\nam = \"127.0.0.1:{am}\"\ngateway = \"127.0.0.1:{gateway}\"\n\
         [limits]\nconnections = 12000\nkeep_alive_seconds = 600\n{}{}{}{}\
         [[apis]]\ndefinition = \"rs256.json\"\n[[apis]]\ndefinition = \"es256.json\"\n[[apis]]\ndefinition = \"eddsa.json\"\n",
        domain("path = \"rsa\"\nsigning = \"RS256\"\nsigning_key_file = \"rsa.pem\""),
        domain("path = \"ec\"\nsigning = \"ES256\"\nsigning_key_file = \"ec.pem\""),
        domain("path = \"ed\"\nsigning = \"EdDSA\""),
        domain("path = \"opaque\"\ntoken_format = \"opaque\"\nsigning = \"ES256\""),
    )
}
