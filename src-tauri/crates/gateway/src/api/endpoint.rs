//! Where an API sends requests: the built-in echo, or an upstream. Belongs here: choosing, forwarding, upstream errors.
//! Not here: connections (`client`), relaying bodies (`http1`).

use std::{
    pin::pin,
    sync::atomic::{AtomicUsize, Ordering},
    time::Duration,
};

use gravitee::model::{self, Balancing, EndpointGroup, HttpOptions, SharedConfiguration};

use super::{
    Call, echo,
    environment::{Environment, Wrong},
    path,
    refusal::Refusal,
    resource::{most_connections, refuse_key_store, trust_store},
};
use crate::{
    client::{ClientError, Connecting, Connector, Link, Origin, Trust, persists},
    http1::{
        Answer, AnswerBody, BodyError, BodyState, Framing, Headers, Pump, Reader, ResponseHead, Upstream, in_time,
        response_framing,
    },
    random,
};

/// Where an API sends requests.
pub(crate) enum Endpoint {
    Echo,
    Group(Group),
}

/// Upstreams of one group.
pub(crate) struct Group {
    balancing: Balancing,
    next: AtomicUsize,
    targets: Vec<Target>,
}

struct Target {
    name: String,
    /// Of all requests, against the others'.
    share: u64,
    connector: Connector,
    /// Path of the target URL, without a slash at the end.
    base: String,
    query: Option<String>,
    headers: Vec<(String, String)>,
    propagate_host: bool,
    read_timeout: Duration,
}

impl Group {
    /// Loads the first group; the others are only for routing, which is not supported.
    pub(crate) fn load(groups: &[EndpointGroup], environment: &mut Environment<'_>) -> Result<Self, Wrong> {
        let Some(group) = groups.first() else {
            return Err((
                "api.endpointGroups".into(),
                "no endpoint group; say `echo = true` to answer with the echo".into(),
            ));
        };
        let place = "api.endpointGroups[0]";
        supported_kind(place, &group.kind)?;
        let primary_there = group.endpoints.iter().any(|endpoint| !endpoint.secondary);
        let mut targets = Vec::new();
        for (at, endpoint) in group.endpoints.iter().enumerate() {
            let place = format!("{place}.endpoints[{at}]");
            supported_kind(&place, &endpoint.kind)?;
            if endpoint.secondary && primary_there {
                environment
                    .warn(place, "not acted on here: a secondary endpoint gets no requests beside a primary one");
                continue;
            }
            let options = if endpoint.inherit_configuration {
                &group.shared_configuration
            } else {
                &endpoint.shared_configuration_override
            };
            let url = target_url(&place, &endpoint.configuration.target, environment)?;
            let target = Target::load(&place, endpoint, &url, options, environment);
            targets.push(target.map_err(|message| (place, message))?);
        }
        if targets.is_empty() {
            return Err((place.into(), "no endpoint".into()));
        }
        let balancing = group.load_balancer.kind;
        let weighted = matches!(balancing, Balancing::WeightedRandom | Balancing::WeightedRoundRobin);
        if !weighted || targets.iter().all(|target| target.share == 0) {
            targets.iter_mut().for_each(|target| target.share = 1);
        }
        Ok(Self { balancing, next: AtomicUsize::new(0), targets })
    }

    fn choose(&self) -> Option<&Target> {
        let turn = match self.balancing {
            Balancing::Random | Balancing::WeightedRandom => usize::from_ne_bytes(random::bytes()),
            Balancing::RoundRobin | Balancing::WeightedRoundRobin => self.next.fetch_add(1, Ordering::Relaxed),
        };
        let whole: u64 = self.targets.iter().map(|target| target.share).sum();
        let mut left = turn as u64 % whole.max(1);
        self.targets.iter().find(|target| {
            let is_chosen = left < target.share;
            left = left.saturating_sub(target.share);
            is_chosen
        })
    }
}

fn supported_kind(place: &str, kind: &str) -> Result<(), Wrong> {
    match kind {
        "http-proxy" | "http" | "mcp-proxy" => Ok(()),
        other => Err((place.to_owned(), format!("the endpoint type {other} is not supported; use http-proxy"))),
    }
}

fn target_url(endpoint: &str, text: &str, environment: &Environment<'_>) -> Result<url::Url, Wrong> {
    let wrong = |message: String| (format!("{endpoint}.configuration.target"), message);
    if text.trim().is_empty() {
        return Err(wrong("is missing: the URL that requests are sent to".into()));
    }
    let text = environment.expand_text(text).map_err(wrong)?;
    url::Url::parse(&text).map_err(|error| wrong(format!("`{text}`: {error}")))
}

impl Target {
    fn load(
        place: &str,
        endpoint: &model::Endpoint,
        url: &url::Url,
        options: &SharedConfiguration,
        environment: &mut Environment<'_>,
    ) -> Result<Self, String> {
        let origin = Origin::of(url).ok_or("target is no http or https URL")?;
        let http = &options.http;
        refuse_unsupported(http, options)?;
        let trust = trust(options)?;
        let connecting = Connecting {
            timeout: Duration::from_millis(http.connect_timeout),
            keep_alive: http.keep_alive,
            most: most_connections(http.max_concurrent_connections)?,
        };
        let mut headers = Vec::new();
        for header in &options.headers {
            if environment.may_set(place, &header.name)? {
                headers.push((header.name.clone(), header.value.clone()));
            }
        }
        Ok(Self {
            name: endpoint.name.clone(),
            share: u64::from(endpoint.weight),
            connector: Connector::new(origin, &trust, connecting)?,
            base: url.path().trim_end_matches('/').to_owned(),
            query: url.query().map(str::to_owned),
            headers,
            propagate_host: http.propagate_client_host,
            read_timeout: Duration::from_millis(http.read_timeout),
        })
    }
}

fn refuse_unsupported(http: &HttpOptions, options: &SharedConfiguration) -> Result<(), String> {
    if http.follow_redirects {
        return Err("http.followRedirects is not supported".into());
    }
    if http.version == "HTTP_2" {
        return Err("http.version HTTP_2 is not supported".into());
    }
    let proxied = options.proxy.as_ref().and_then(|proxy| proxy.get("enabled")).and_then(serde_json::Value::as_bool);
    if proxied == Some(true) { Err("an outgoing proxy is not supported".into()) } else { Ok(()) }
}

fn trust(options: &SharedConfiguration) -> Result<Trust, String> {
    let Some(ssl) = &options.ssl else { return Ok(Trust::system()) };
    refuse_key_store(ssl)?;
    if ssl.trust_all {
        return Ok(Trust::Anything);
    }
    Ok(Trust::Verified { pem: trust_store(ssl.trust_store.as_ref())?, host_name: ssl.hostname_verifier })
}

impl Endpoint {
    /// Sends the request and waits for the head of the answer.
    pub(crate) async fn call(&self, call: &mut Call<'_, '_>) -> Result<Answer, Refusal> {
        call.request.head.headers.remove_hop_by_hop();
        match self {
            Self::Echo => {
                call.request.trace.pass("endpoint", "the built-in echo");
                let echoed = echo::answer(call.request).await;
                echoed.or_else(|error| unread(call, &error))
            }
            Self::Group(group) => {
                let Some(target) = group.choose() else {
                    return Err(Refusal::silent("NO_ENDPOINT_FOUND", "NO_ENDPOINT_FOUND", 503));
                };
                target.forward(call).await.map_err(|error| upstream_refusal(call, target, &error))
            }
        }
    }
}

/// The answer to a request whose body does not come as it should.
fn unread(call: &mut Call<'_, '_>, error: &BodyError) -> Result<Answer, Refusal> {
    // Its time is as long as that of the request, which began a moment earlier.
    if matches!(error, BodyError::Slow) {
        call.timed_out = true;
        return Err(Refusal::silent("REQUEST_TIMEOUT", "REQUEST_TIMEOUT", 504));
    }
    call.request.trace.refuse("body", error.to_string());
    Ok(Answer::empty(400).closing())
}

impl Target {
    async fn forward(&self, call: &mut Call<'_, '_>) -> Result<Answer, ClientError> {
        let link = self.connector.link().await?;
        let (is_reused, can_repeat) = (link.is_reused, can_repeat(call));
        match self.exchange(call, link).await {
            // The peer closed the idle connection at the same moment.
            Err(ClientError::Closed | ClientError::Reset) if is_reused && can_repeat => {
                let link = self.connector.fresh().await?;
                Box::pin(self.exchange(call, link)).await
            }
            answer => answer,
        }
    }

    async fn exchange(&self, call: &mut Call<'_, '_>, mut link: Link) -> Result<Answer, ClientError> {
        let request = &mut *call.request;
        let framing = match (request.body.is_done(), request.body.declared()) {
            (true, _) => Framing::None,
            (false, Some(length)) => Framing::Length(length),
            (false, None) => Framing::Chunked,
        };
        let method = request.head.method().to_owned();
        let target = self.target(request.head.path(), request.head.query(), call.context_length);
        let headers = self.headers(&request.head.headers);
        link.writer.request_head(&method, &target, &headers, framing).await?;
        request.welcome_body().await.map_err(ClientError::sending)?;
        let mut up = Pump::new(request.body, framing == Framing::Chunked);
        let early = match up.is_finished() {
            true => None,
            false => Box::pin(self.send_body(&mut up, request.reader, &mut link)).await?,
        };
        let head = match early {
            Some(head) => interim(head, &mut link, self.read_timeout).await?,
            None => tokio::select! {
                biased;
                head = link.answer(self.read_timeout) => head?,
                () = request.reader.hung_up() => return Err(ClientError::ClientGone),
            },
        };
        request.body = up.state();
        request.trace.pass("endpoint", format!("`{}` answered {}", self.name, head.status));
        self.answer(&method, head, link, up)
    }

    /// Sends the request's body. An answer may come before all of it was sent.
    async fn send_body(
        &self,
        up: &mut Pump,
        from: &mut Reader,
        link: &mut Link,
    ) -> Result<Option<ResponseHead>, ClientError> {
        tokio::select! {
            biased;
            head = link.reader.response_head(self.read_timeout) => Ok(Some(head?)),
            sent = up.run(from, &mut link.writer, self.read_timeout) => {
                sent.map_err(ClientError::sending)?;
                Ok(None)
            }
        }
    }

    /// The target's path, the rest of the request's path as it came, both queries.
    fn target(&self, raw_path: &str, raw_query: Option<&str>, context_length: usize) -> String {
        let rest = path::below(raw_path, context_length);
        let path = format!("{}{rest}", self.base);
        let path = if path.is_empty() { "/" } else { &path };
        match (&self.query, raw_query) {
            (None, None) => path.to_owned(),
            (Some(own), None) => format!("{path}?{own}"),
            (None, Some(query)) => format!("{path}?{query}"),
            (Some(own), Some(query)) => format!("{path}?{own}&{query}"),
        }
    }

    fn headers(&self, received: &Headers) -> Headers {
        let mut headers = received.clone();
        if !self.propagate_host {
            headers.replace("Host", self.connector.origin.authority.clone());
        }
        headers.remove("expect");
        for (name, value) in &self.headers {
            headers.set(name.clone(), value.clone());
        }
        headers
    }

    fn answer(&self, method: &str, head: ResponseHead, link: Link, rest: Pump) -> Result<Answer, ClientError> {
        let framing = response_framing(&head.headers, head.is_1_1, method, head.status);
        let framing = framing.map_err(|_| ClientError::Malformed)?;
        let declared = head.headers.text("content-length").and_then(|length| length.parse().ok());
        let keeps = persists(&head);
        let mut headers = head.headers;
        headers.remove_hop_by_hop();
        let upstream = Upstream {
            reader: link.reader,
            writer: link.writer,
            body: BodyState::new(framing),
            declared: if method == "HEAD" { declared } else { Some(0) },
            rest,
            give_back: if keeps { self.connector.give_back() } else { None },
            place: link.place,
        };
        let body = AnswerBody::Upstream(Box::new(upstream));
        Ok(Answer { status: head.status, reason: head.reason.map(Into::into), headers, body, close: false })
    }
}

/// Passes over an interim answer that came while the request was being sent.
async fn interim(head: ResponseHead, link: &mut Link, limit: Duration) -> Result<ResponseHead, ClientError> {
    if (100..200).contains(&head.status) {
        in_time(limit, pin!(link.answer(limit))).await.unwrap_or(Err(ClientError::ReadTimeout))
    } else {
        Ok(head)
    }
}

/// Whether a request may be sent twice without harm (RFC 9110 section 9.2.2).
fn can_repeat(call: &Call<'_, '_>) -> bool {
    let idempotent = matches!(call.request.head.method(), "GET" | "HEAD" | "OPTIONS" | "TRACE" | "PUT" | "DELETE");
    idempotent && call.request.body.is_done()
}

fn upstream_refusal(call: &mut Call<'_, '_>, target: &Target, error: &ClientError) -> Refusal {
    call.request.trace.refuse("endpoint", format!("`{}`: {error}", target.name));
    const CONNECTION: &str = "GATEWAY_CLIENT_CONNECTION_ERROR";
    const TIMEOUT: &str = "REQUEST_TIMEOUT";
    let (key, parent, status) = match error {
        ClientError::Refused => ("GATEWAY_CLIENT_CONNECTION_REFUSED", CONNECTION, 502),
        ClientError::Dns => ("GATEWAY_CLIENT_CONNECTION_DNS_RESOLUTION_ERROR", CONNECTION, 502),
        ClientError::Unreachable => ("GATEWAY_CLIENT_CONNECTION_UNREACHABLE", CONNECTION, 502),
        ClientError::Tls(_) => ("GATEWAY_CLIENT_CONNECTION_TLS_HANDSHAKE_ERROR", CONNECTION, 502),
        ClientError::Reset => ("GATEWAY_CLIENT_CONNECTION_RESET", CONNECTION, 502),
        ClientError::Closed => ("GATEWAY_CLIENT_CONNECTION_CLOSED", CONNECTION, 502),
        ClientError::Malformed | ClientError::TooLarge => (CONNECTION, CONNECTION, 502),
        ClientError::Exhausted => ("GATEWAY_CLIENT_CONNECTION_POOL_EXHAUSTED", CONNECTION, 503),
        ClientError::ConnectTimeout => ("GATEWAY_CLIENT_CONNECT_TIMEOUT", TIMEOUT, 504),
        ClientError::ReadTimeout => ("GATEWAY_CLIENT_READ_TIMEOUT", TIMEOUT, 504),
        // Not the upstream's doing; the second is seen in the log only.
        ClientError::BadBody(_) => ("BAD_REQUEST", "BAD_REQUEST", 400),
        ClientError::ClientGone => ("CLIENT_ABORTED", "CLIENT_ABORTED", 499),
    };
    Refusal::silent(key, parent, status)
}
