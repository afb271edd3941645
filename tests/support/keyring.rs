//! A keyring of one's own: a private session bus and a real gnome-keyring, unlocked, in a folder that goes away.
//! Belongs here: starting, locking, looking into and ending it. Not here: what the product keeps in it.

use std::{
    collections::HashMap,
    fs,
    io::Write,
    os::unix::fs::PermissionsExt,
    path::Path,
    process::{Child, Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use tempfile::TempDir;
use zbus::{
    blocking::{Connection, connection::Builder},
    zvariant::{OwnedObjectPath, OwnedValue, Value},
};

const BUS_NAME: &str = "org.freedesktop.secrets";
const SERVICE_PATH: &str = "/org/freedesktop/secrets";
const SERVICE: &str = "org.freedesktop.Secret.Service";
const LOGIN: &str = "/org/freedesktop/secrets/collection/login";
const PASSWORD: &str = "a password for tests";
const PATIENCE: Duration = Duration::from_secs(20);

/// A private session bus; with a keyring service on it unless it was started without. Ends with the value.
#[derive(Debug)]
pub struct Keyring {
    folder: TempDir,
    bus: Child,
    daemon: Option<Child>,
}

impl Keyring {
    /// A bus and an unlocked gnome-keyring.
    pub fn start() -> Self {
        let mut keyring = Self::bus_only();
        keyring.start_daemon();
        keyring
    }

    /// A bus that nobody keeps secrets on, and that starts nothing by itself.
    pub fn bus_only() -> Self {
        let folder = TempDir::new().expect("a temporary folder");
        for name in ["home", "data", "config", "cache", "run"] {
            fs::create_dir(folder.path().join(name)).expect("a folder");
        }
        fs::set_permissions(folder.path().join("run"), fs::Permissions::from_mode(0o700)).expect("permissions");
        let configuration = folder.path().join("bus.conf");
        fs::write(&configuration, bus_configuration(&folder.path().join("bus"))).expect("the bus's configuration");
        let bus = Command::new("dbus-daemon")
            .arg(format!("--config-file={}", configuration.display()))
            .args(["--nofork", "--nopidfile", "--nosyslog"])
            .stdin(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("dbus-daemon is installed");
        let keyring = Self { folder, bus, daemon: None };
        until("the bus listens", || keyring.connection().is_some());
        keyring
    }

    /// Starts gnome-keyring on the bus; what was kept in it before is there again, unlocked.
    pub fn start_daemon(&mut self) {
        let mut daemon = Command::new("gnome-keyring-daemon")
            .args(["--foreground", "--unlock", "--components=secrets"])
            .env_clear()
            .envs(self.environment())
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("gnome-keyring-daemon is installed");
        daemon.stdin.take().expect("piped").write_all(PASSWORD.as_bytes()).expect("the password is read");
        self.daemon = Some(daemon);
        until("the keyring is unlocked", || self.is_locked() == Some(false));
    }

    /// Kills gnome-keyring (SIGKILL). The bus stays.
    pub fn kill_daemon(&mut self) {
        if let Some(daemon) = self.daemon.take() {
            end(daemon);
        }
        until("the bus has noticed", || self.is_locked().is_none());
    }

    /// The session bus's address.
    pub fn address(&self) -> String {
        format!("unix:path={}", self.folder.path().join("bus").display())
    }

    /// What a child process needs to see this bus, and no other keyring, home or display of the machine.
    pub fn environment(&self) -> Vec<(String, String)> {
        let at = |name: &str| self.folder.path().join(name).display().to_string();
        let pairs = [
            ("DBUS_SESSION_BUS_ADDRESS", self.address()),
            ("HOME", at("home")),
            ("XDG_DATA_HOME", at("data")),
            ("XDG_CONFIG_HOME", at("config")),
            ("XDG_CACHE_HOME", at("cache")),
            ("XDG_RUNTIME_DIR", at("run")),
        ];
        pairs.map(|(name, value)| (name.to_owned(), value)).to_vec()
    }

    /// A folder that goes away with the keyring.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Locks the login collection, as a screen saver does.
    pub fn lock(&self) {
        let paths = vec![OwnedObjectPath::try_from(LOGIN).expect("a path")];
        self.call(SERVICE_PATH, SERVICE, "Lock", &(paths,)).expect("Lock answers");
        until("the keyring is locked", || self.is_locked() == Some(true));
    }

    /// Unlocks it with the password, as a login does.
    pub fn unlock(&self) {
        let connection = self.connection().expect("the bus answers");
        let session = open_session(&connection);
        let secret = (session, Vec::<u8>::new(), PASSWORD.as_bytes(), "text/plain");
        let login = OwnedObjectPath::try_from(LOGIN).expect("a path");
        let interface = "org.gnome.keyring.InternalUnsupportedGuiltRiddenInterface";
        connection
            .call_method(Some(BUS_NAME), SERVICE_PATH, Some(interface), "UnlockWithMasterPassword", &(login, secret))
            .expect("the password is right");
        until("the keyring is unlocked", || self.is_locked() == Some(false));
    }

    /// Whether the login collection is locked; none if nobody answers.
    pub fn is_locked(&self) -> Option<bool> {
        let question = ("org.freedesktop.Secret.Collection", "Locked");
        let reply = self.call(LOGIN, "org.freedesktop.DBus.Properties", "Get", &question).ok()?;
        bool::try_from(reply.body().deserialize::<OwnedValue>().ok()?).ok()
    }

    /// The objects of all items with these attributes.
    pub fn items(&self, attributes: &[(&str, &str)]) -> Vec<OwnedObjectPath> {
        let attributes: HashMap<_, _> = attributes.iter().copied().collect();
        let reply = self.call(SERVICE_PATH, SERVICE, "SearchItems", &(attributes,)).expect("SearchItems answers");
        let (open, locked): (Vec<OwnedObjectPath>, Vec<OwnedObjectPath>) =
            reply.body().deserialize().expect("two lists");
        open.into_iter().chain(locked).collect()
    }

    /// Writes an item as any other program could; `replace` one with the same attributes, or put it beside it.
    pub fn put(&self, attributes: &[(&str, &str)], secret: &[u8], replace: bool) {
        let connection = self.connection().expect("the bus answers");
        let attributes: HashMap<_, _> = attributes.iter().copied().collect();
        let properties = HashMap::from([
            ("org.freedesktop.Secret.Item.Label", Value::from("another program's")),
            ("org.freedesktop.Secret.Item.Attributes", Value::from(attributes)),
        ]);
        let secret = (open_session(&connection), Vec::<u8>::new(), secret, "application/octet-stream");
        connection
            .call_method(
                Some(BUS_NAME),
                LOGIN,
                Some("org.freedesktop.Secret.Collection"),
                "CreateItem",
                &(properties, secret, replace),
            )
            .expect("the item is made");
    }

    /// Removes all items with these attributes.
    pub fn remove(&self, attributes: &[(&str, &str)]) {
        for item in self.items(attributes) {
            self.call(item.as_str(), "org.freedesktop.Secret.Item", "Delete", &()).expect("the item is removed");
        }
    }

    fn connection(&self) -> Option<Connection> {
        Builder::address(self.address().as_str()).ok()?.method_timeout(PATIENCE).build().ok()
    }

    fn call<B>(&self, path: &str, interface: &str, method: &str, body: &B) -> zbus::Result<zbus::Message>
    where
        B: serde::Serialize + zbus::zvariant::DynamicType,
    {
        let connection = self.connection().ok_or_else(|| zbus::Error::Failure("no bus".to_owned()))?;
        connection.call_method(Some(BUS_NAME), path, Some(interface), method, body)
    }
}

impl Drop for Keyring {
    fn drop(&mut self) {
        if let Some(daemon) = self.daemon.take() {
            end(daemon);
        }
        let _ = self.bus.kill();
        let _ = self.bus.wait();
    }
}

fn end(mut child: Child) {
    let _ = child.kill();
    let _ = child.wait();
}

fn open_session(connection: &Connection) -> OwnedObjectPath {
    let reply = connection
        .call_method(Some(BUS_NAME), SERVICE_PATH, Some(SERVICE), "OpenSession", &("plain", Value::from("")))
        .expect("OpenSession answers");
    let (_, session): (OwnedValue, OwnedObjectPath) = reply.body().deserialize().expect("a session");
    session
}

/// No service folders: the bus starts nothing by itself, so that "no keyring" means none.
fn bus_configuration(socket: &Path) -> String {
    format!(
        "<busconfig><type>session</type><listen>unix:path={}</listen><auth>EXTERNAL</auth>\
         <policy context=\"default\"><allow send_destination=\"*\" eavesdrop=\"true\"/><allow eavesdrop=\"true\"/>\
         <allow own=\"*\"/></policy></busconfig>",
        socket.display()
    )
}

fn until(what: &str, mut holds: impl FnMut() -> bool) {
    let deadline = Instant::now() + PATIENCE;
    while !holds() {
        assert!(Instant::now() < deadline, "waited in vain: {what}");
        thread::sleep(Duration::from_millis(10));
    }
}
