//! The device grant (RFC 8628). Access Management has none; it is here for trying devices on.
//! Belongs here: its two endpoints and what a poll comes to. Not here: the answer (`token`).

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
};

use serde_json::json;

use super::{
    Call,
    authorize::{escape, page},
    domain::millis,
    exchange::Granted,
    parameters::Parameters,
    refusal::Refusal,
};
use crate::{Client, GrantType, http1::Answer, jackson, random};

/// Seconds that a device code is good for.
const SECONDS: i64 = 600;
/// Seconds that a device waits between two polls.
const INTERVAL: i64 = 5;
/// No vowels and nothing that looks like something else (RFC 8628 section 6.1).
const LETTERS: &[u8] = b"BCDFGHJKLMNPQRSTVWXZ";
/// Waiting devices at most.
const MOST: usize = 1_000;

/// Devices that wait, by device code.
#[derive(Default)]
pub(super) struct Devices(Mutex<HashMap<String, Device>>);

struct Device {
    user_code: String,
    client_id: String,
    scopes: Vec<String>,
    until: i64,
    polled: i64,
    decision: Decision,
}

enum Decision {
    Pending,
    Approved(String),
    Denied,
}

impl Devices {
    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<String, Device>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn user_code() -> String {
    let letter = |byte: u8| LETTERS.get(usize::from(byte) % LETTERS.len()).copied().map(char::from).unwrap_or('B');
    let letters: String = random::bytes::<8>().into_iter().map(letter).collect();
    let (first, second) = letters.split_at(4);
    format!("{first}-{second}")
}

impl Call<'_, '_> {
    /// Begins: a code for the device, and one for its user.
    pub(super) async fn device_authorization(&mut self) -> Result<Answer, Refusal> {
        let parameters = self.parameters().await?;
        let client = self.authenticate(&parameters)?;
        if !client.grant_types.contains(&GrantType::DeviceCode) {
            return Err(Refusal::new("unauthorized_client", "The client may not use the device grant"));
        }
        let scopes = self.scopes(&client, &parameters)?;
        let now = millis(self.now).div_euclid(1000);
        let (code, user_code) = (random::token(), user_code());
        let device = Device {
            user_code: user_code.clone(),
            client_id: client.client_id.clone(),
            scopes,
            until: now + SECONDS,
            polled: 0,
            decision: Decision::Pending,
        };
        let mut devices = self.domain.devices.lock();
        devices.retain(|_, device| device.until > now);
        if devices.len() >= MOST {
            return Err(Refusal::status(503, "too many devices wait"));
        }
        devices.insert(code.clone(), device);
        drop(devices);
        let uri = format!("{}/oauth/device", self.base);
        let complete = format!("{uri}?user_code={user_code}");
        self.request.trace.pass("device", "waits for its user");
        Ok(self.domain.json(
            200,
            &jackson::pretty(&json!({
                "device_code": code, "user_code": user_code, "verification_uri": uri,
                "verification_uri_complete": complete, "expires_in": SECONDS, "interval": INTERVAL,
            })),
        ))
    }

    /// The page on which the user types the code.
    pub(super) fn device_page(&mut self) -> Answer {
        let mut parameters = Parameters::default();
        parameters.read(self.request.head.query().unwrap_or_default().as_bytes());
        let code = escape(parameters.get("user_code").unwrap_or_default());
        let path = self.domain.path();
        let body = format!(
            "<form method=\"post\" action=\"/{path}/oauth/device\">\
             <p><label>Code on the device <input name=\"user_code\" value=\"{code}\" required maxlength=\"20\"></label></p>\
             <p><label>User name <input name=\"username\" value=\"user\" required maxlength=\"100\"></label></p>\
             <p><button name=\"decision\" value=\"approve\">Approve</button> \
             <button name=\"decision\" value=\"deny\">Deny</button></p></form>"
        );
        self.request.trace.pass("device", "the page was shown");
        page(200, "Connect a device", &body, "")
    }

    /// The user's answer.
    pub(super) async fn device_decision(&mut self) -> Result<Answer, Refusal> {
        let parameters = self.parameters().await?;
        let typed = parameters.get("user_code").unwrap_or_default().trim().to_ascii_uppercase();
        let user = parameters.get("username").unwrap_or_default().trim().to_owned();
        let approved = parameters.get("decision") == Some("approve") && !user.is_empty();
        let now = millis(self.now).div_euclid(1000);
        let mut devices = self.domain.devices.lock();
        let mut waiting =
            devices.values_mut().filter(|device| device.until > now && matches!(device.decision, Decision::Pending));
        let found = waiting.find(|device| device.user_code == typed);
        let Some(device) = found else {
            drop(devices);
            self.request.trace.refuse("device", "no device waits with this code");
            return Ok(page(400, "No device waits with this code", "<p>Codes end after ten minutes.</p>", ""));
        };
        device.decision = if approved { Decision::Approved(user) } else { Decision::Denied };
        drop(devices);
        self.request.trace.pass("device", if approved { "approved" } else { "denied" });
        Ok(page(
            200,
            if approved { "The device is connected" } else { "Denied" },
            "<p>You can close this page.</p>",
            "",
        ))
    }

    /// A poll of the device (RFC 8628 section 3.5).
    pub(super) fn poll_device(&mut self, client: &Client, parameters: &Parameters) -> Result<Granted, Refusal> {
        let code = parameters.get("device_code");
        let code = code.ok_or_else(|| Refusal::new("invalid_request", "Missing parameter: device_code"))?;
        let now = millis(self.now).div_euclid(1000);
        let mut devices = self.domain.devices.lock();
        let known = devices.get_mut(code).filter(|device| device.client_id == client.client_id);
        let Some(device) = known else { return Err(Refusal::new("invalid_grant", "The device code is invalid.")) };
        if device.until <= now {
            devices.remove(code);
            return Err(Refusal::bare("expired_token"));
        }
        let user = match &device.decision {
            Decision::Approved(user) => user.clone(),
            Decision::Denied => return Err(Refusal::new("access_denied", "The user denied the request")),
            Decision::Pending if now - std::mem::replace(&mut device.polled, now) < INTERVAL => {
                return Err(Refusal::bare("slow_down"));
            }
            Decision::Pending => return Err(Refusal::bare("authorization_pending")),
        };
        let scopes = device.scopes.clone();
        devices.remove(code);
        Ok(Granted { user: Some(user), family: Some(random::token()), ..Granted::client(scopes) })
    }
}
