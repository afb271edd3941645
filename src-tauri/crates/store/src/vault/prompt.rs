//! Unlocking the Secret Service with the prompt of the service itself.
//! Belongs here: `Unlock`, `CreateCollection` and the prompt that follows. Not here: when to unlock.

use std::{collections::HashMap, future::poll_fn, pin::Pin};

use zbus::{
    Connection, MatchRule, Message, MessageStream,
    export::futures_core::Stream,
    message::Type,
    zvariant::{OwnedObjectPath, OwnedValue, Value},
};

use super::{
    lane::Prompts,
    platform::{BUS_NAME, SERVICE_INTERFACE, SERVICE_PATH, bus_meaning},
};
use crate::VaultError;

const PROMPT_INTERFACE: &str = "org.freedesktop.Secret.Prompt";
const BUS: &str = "org.freedesktop.DBus";

/// The collection to unlock; with none the default one is made, and its password chosen, first.
///
/// # Errors
/// [`VaultError::Dismissed`] if the person closed the prompt; what the bus said otherwise.
pub(super) async fn unlock(
    connection: &Connection,
    collection: Option<OwnedObjectPath>,
    prompts: &Prompts,
) -> Result<(), VaultError> {
    let reply = match &collection {
        Some(path) => call(connection, SERVICE_PATH, SERVICE_INTERFACE, "Unlock", &(vec![path],)).await?,
        None => {
            let properties = HashMap::from([("org.freedesktop.Secret.Collection.Label", Value::from("Login"))]);
            call(connection, SERVICE_PATH, SERVICE_INTERFACE, "CreateCollection", &(properties, "default")).await?
        }
    };
    let prompt = match collection {
        Some(_) => reply.body().deserialize::<(Vec<OwnedObjectPath>, OwnedObjectPath)>().map(|(_, prompt)| prompt),
        None => reply.body().deserialize::<(OwnedObjectPath, OwnedObjectPath)>().map(|(_, prompt)| prompt),
    }
    .map_err(|error| bus_meaning(&error))?;
    if prompt.as_str() == "/" {
        return Ok(());
    }
    let _open = prompts.open();
    ask(connection, &prompt).await
}

/// Shows the prompt and waits for the person, or for the service to leave.
async fn ask(connection: &Connection, prompt: &OwnedObjectPath) -> Result<(), VaultError> {
    let mut completed = signals(connection, prompt.as_str(), PROMPT_INTERFACE, "Completed", None).await?;
    let mut left = signals(connection, "/org/freedesktop/DBus", BUS, "NameOwnerChanged", Some(BUS_NAME)).await?;
    call(connection, prompt.as_str(), PROMPT_INTERFACE, "Prompt", &("",)).await?;
    let message = tokio::select! {
        message = next(&mut completed) => message?,
        _ = next(&mut left) => return Err(VaultError::Failed("the service ended while its prompt was open".to_owned())),
    };
    let (dismissed, _): (bool, OwnedValue) = message.body().deserialize().map_err(|error| bus_meaning(&error))?;
    if dismissed { Err(VaultError::Dismissed) } else { Ok(()) }
}

async fn call<B>(
    connection: &Connection,
    path: &str,
    interface: &str,
    method: &str,
    body: &B,
) -> Result<Message, VaultError>
where
    B: serde::Serialize + zbus::zvariant::DynamicType,
{
    connection
        .call_method(Some(BUS_NAME), path, Some(interface), method, body)
        .await
        .map_err(|error| bus_meaning(&error))
}

async fn signals(
    connection: &Connection,
    path: &str,
    interface: &str,
    member: &str,
    first_argument: Option<&str>,
) -> Result<MessageStream, VaultError> {
    let rule = || -> zbus::Result<MatchRule<'_>> {
        let rule = MatchRule::builder().msg_type(Type::Signal).path(path)?.interface(interface)?.member(member)?;
        match first_argument {
            Some(argument) => Ok(rule.add_arg(argument)?.build()),
            None => Ok(rule.build()),
        }
    };
    let stream = async { MessageStream::for_match_rule(rule()?, connection, None).await };
    stream.await.map_err(|error| bus_meaning(&error))
}

async fn next(stream: &mut MessageStream) -> Result<Message, VaultError> {
    match poll_fn(|context| Pin::new(&mut *stream).poll_next(context)).await {
        Some(message) => message.map_err(|error| bus_meaning(&error)),
        None => Err(VaultError::Failed("the session bus closed the connection".to_owned())),
    }
}
