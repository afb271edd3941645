//! The real window, driven as a person would: by the accessible roles and names of what is on it.
//! Belongs here: starting the app under WebKitWebDriver, finding, clicking, typing, reading, pictures. Not here: what any
//! view should show.

use crate::children::{Process, program};
use fantoccini::elements::{Element, ElementRef};
use fantoccini::key::Key;
use fantoccini::{Client, ClientBuilder};
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::{Map, Value, json};
use std::fs::File;
use std::net::TcpListener;
use std::path::Path;
use std::time::{Duration, Instant};

/// The member under which WebDriver wraps an element reference.
const ELEMENT: &str = "element-6066-11e4-a52e-4f735466cecf";

/// How long anything may take to appear. Generous, since the machine may be busy; nothing waits longer than it must.
const PATIENCE: Duration = Duration::from_secs(20);

/// How long the app may take to start under the driver, on a busy machine.
const START: Duration = Duration::from_secs(60);

/// How often the page is looked at while waiting.
const INTERVAL: Duration = Duration::from_millis(50);

/// The app's window with the driver that holds it.
#[derive(Debug)]
pub struct Window {
    client: Client,
    driver: Process,
}

/// What can be found on the window.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// Buttons, switches, tabs.
    Button,
    /// Inputs, text areas, selects.
    Field,
    /// Named parts of a view.
    Region,
    /// Entries of lists.
    Entry,
    /// One of several of which one is chosen: the label of a radio button, which is what a person clicks.
    Choice,
}

impl Role {
    fn word(self) -> &'static str {
        match self {
            Role::Button => "button",
            Role::Field => "field",
            Role::Region => "region",
            Role::Entry => "entry",
            Role::Choice => "choice",
        }
    }
}

impl Window {
    /// Starts the app with this environment (and only this), and waits for its page. What it prints is added to a file.
    ///
    /// # Panics
    /// If the app is not built, WebKitWebDriver is missing, or no session comes about.
    pub async fn open(environment: &[(String, String)], printed: &Path) -> Self {
        let port = free_port();
        let mut command = crate::children::bare_command("WebKitWebDriver", environment);
        // What Tauri's own driver sets: without it the window refuses to be driven.
        command.env("TAURI_WEBVIEW_AUTOMATION", "true").args([format!("--port={port}"), "--host=127.0.0.1".to_owned()]);
        let printed = File::options().create(true).append(true).open(printed).expect("a file for what is printed");
        command.stdout(printed.try_clone().expect("the file is shared")).stderr(printed);
        let driver = Process::start(command);
        let client = connect(port).await;
        let window = Window { client, driver };
        window
            .until(
                "the page to be loaded",
                "return document.readyState === 'complete' && location.protocol === 'tauri:'",
            )
            .await;
        window
    }

    /// Process ids of the driver, the app and everything that they started.
    #[must_use]
    pub fn processes(&self) -> Vec<u32> {
        self.driver.family()
    }

    /// Waits until the app, which was asked to close, has ended.
    ///
    /// # Panics
    /// If it does not in time.
    pub async fn gone(mut self) {
        let until = Instant::now() + PATIENCE;
        while self.client.execute("return 1", Vec::new()).await.is_ok() {
            assert!(Instant::now() < until, "the app does not end although its window was closed");
            tokio::time::sleep(INTERVAL).await;
        }
        self.driver.end();
    }

    /// The one visible thing of this role and exact name, as soon as it is there.
    ///
    /// # Panics
    /// If there is none in time, or more than one; the message lists the names that there are.
    pub async fn find(&self, role: Role, name: &str) -> Control<'_> {
        let one = async || {
            let (mut elements, names) = self.look(role, Some(name)).await;
            match (elements.len(), elements.pop()) {
                (1, Some(element)) => Ok(Control { window: self, element, name: name.to_owned() }),
                (count, _) => Err(format!("there are {count} {}s named {name:?} among {names:?}", role.word())),
            }
        };
        self.eventually(one).await
    }

    /// A button by its name.
    pub async fn button(&self, name: &str) -> Control<'_> {
        self.find(Role::Button, name).await
    }

    /// A form field by its label.
    pub async fn field(&self, name: &str) -> Control<'_> {
        self.find(Role::Field, name).await
    }

    /// One of several choices by its label.
    pub async fn choice(&self, name: &str) -> Control<'_> {
        self.find(Role::Choice, name).await
    }

    /// A named region.
    pub async fn region(&self, name: &str) -> Control<'_> {
        self.find(Role::Region, name).await
    }

    /// Names of everything of this role that is visible now.
    pub async fn names(&self, role: Role) -> Vec<String> {
        self.look(role, None).await.1
    }

    /// Whether something of this role and name is visible now.
    pub async fn shows(&self, role: Role, name: &str) -> bool {
        !self.look(role, Some(name)).await.0.is_empty()
    }

    /// Waits until the region's text holds this, and returns the text.
    ///
    /// # Panics
    /// If it does not in time; the message has the text that was there.
    pub async fn region_says(&self, region: &str, text: &str) -> String {
        let look = async || {
            let now = self.region(region).await.text().await;
            if now.contains(text) {
                Ok(now)
            } else {
                Err(format!("region {region:?} never said {text:?}; it says {now:?}"))
            }
        };
        self.eventually(look).await
    }

    /// Waits until the visible text of the page holds this.
    ///
    /// # Panics
    /// If it does not in time; the message has the page's text.
    pub async fn says(&self, text: &str) {
        let look = async || {
            let now = self.text().await;
            if now.contains(text) { Ok(()) } else { Err(format!("the window never said {text:?}; it says {now:?}")) }
        };
        self.eventually(look).await;
    }

    /// The visible text of the page.
    pub async fn text(&self) -> String {
        self.run("return document.body.innerText", Vec::new()).await.as_str().unwrap_or_default().to_owned()
    }

    /// Everything that the page holds: markup, attributes, values of fields, shadow roots, storage.
    pub async fn everything(&self) -> String {
        self.run(include_str!("everything.js"), Vec::new()).await.as_str().unwrap_or_default().to_owned()
    }

    /// Presses a key with Ctrl, wherever the focus is.
    ///
    /// # Panics
    /// If the driver refuses.
    pub async fn press_ctrl(&self, key: impl Into<char>) {
        let active = self.client.active_element().await.expect("something has the focus");
        let keys = format!("{}{}{}", char::from(Key::Control), key.into(), char::from(Key::Null));
        active.send_keys(&keys).await.expect("the keys are pressed");
    }

    /// Presses a key, wherever the focus is.
    ///
    /// # Panics
    /// If the driver refuses.
    pub async fn press(&self, key: Key) {
        let active = self.client.active_element().await.expect("something has the focus");
        active.send_keys(&char::from(key).to_string()).await.expect("the key is pressed");
    }

    /// Runs JavaScript in the page: the body of a function, with its arguments in `arguments`.
    ///
    /// # Panics
    /// If it throws.
    pub async fn run(&self, script: &str, arguments: Vec<Value>) -> Value {
        self.client.execute(script, arguments).await.unwrap_or_else(|error| panic!("script failed: {error}\n{script}"))
    }

    /// As [`Window::run`], for a script that answers later by calling its last argument.
    ///
    /// # Panics
    /// If it throws or never answers.
    pub async fn run_async(&self, script: &str, arguments: Vec<Value>) -> Value {
        self.client
            .execute_async(script, arguments)
            .await
            .unwrap_or_else(|error| panic!("script failed: {error}\n{script}"))
    }

    /// Waits until a script returns true.
    ///
    /// # Panics
    /// If it does not in time.
    pub async fn until(&self, what: &str, script: &str) {
        let look = async || match self.run(script, Vec::new()).await {
            Value::Bool(true) => Ok(()),
            other => Err(format!("waited in vain for {what}: {other}")),
        };
        self.eventually(look).await;
    }

    /// How many windows the app has.
    ///
    /// # Panics
    /// If the driver does not answer.
    pub async fn windows(&self) -> usize {
        self.client.windows().await.expect("the driver answers").len()
    }

    /// Gives the window this size in pixels, and waits until the page has it.
    ///
    /// # Panics
    /// If the driver refuses, or the page never takes the size.
    pub async fn resize(&self, width: u32, height: u32) {
        self.client.set_window_size(width, height).await.expect("the window takes the size");
        let same = format!("return innerWidth === {width} && innerHeight === {height}");
        self.until(&format!("the page to be {width} by {height}"), &same).await;
    }

    /// A PNG of the page as it is painted now.
    ///
    /// # Panics
    /// If the driver takes none.
    pub async fn screenshot(&self) -> Vec<u8> {
        self.client.screenshot().await.expect("the driver takes a picture")
    }

    async fn look(&self, role: Role, name: Option<&str>) -> (Vec<Element>, Vec<String>) {
        let arguments = vec![json!(role.word()), json!(name), Value::Null];
        let found = self.run(include_str!("accessible.js"), arguments).await;
        let references = found.get("matches").and_then(Value::as_array).into_iter().flatten();
        let elements = references.filter_map(|one| one.get(ELEMENT)?.as_str()).map(|id| self.element(id)).collect();
        let names = found.get("names").and_then(Value::as_array).into_iter().flatten();
        (elements, names.filter_map(Value::as_str).map(str::to_owned).collect())
    }

    fn element(&self, id: &str) -> Element {
        Element::from_element_id(self.client.clone(), ElementRef::from(id.to_owned()))
    }

    /// Looks again and again until it is as it should be; else ends the test with the last complaint and a picture.
    async fn eventually<T>(&self, look: impl AsyncFn() -> Result<T, String>) -> T {
        let until = Instant::now() + PATIENCE;
        loop {
            match look().await {
                Ok(found) => return found,
                Err(complaint) if Instant::now() > until => self.give_up(&complaint).await,
                Err(_) => tokio::time::sleep(INTERVAL).await,
            }
        }
    }

    async fn give_up(&self, complaint: &str) -> ! {
        let file = std::env::temp_dir().join(format!("claimcheck-window-{}.png", self.driver.id()));
        std::fs::write(&file, self.screenshot().await).expect("the picture is written");
        panic!("{complaint}\nThe window looked like this: {}", file.display());
    }
}

/// Something on the window.
#[derive(Debug)]
pub struct Control<'a> {
    window: &'a Window,
    element: Element,
    name: String,
}

impl Control<'_> {
    /// Clicks it, once it is enabled and in reach.
    ///
    /// # Panics
    /// If it stays disabled, or is covered.
    pub async fn click(&self) {
        let try_it = async || {
            if !self.is_enabled().await {
                return Err(format!("{:?} stays disabled", self.name));
            }
            self.element.click().await.map_err(|error| format!("{:?} cannot be clicked: {error:?}", self.name))
        };
        self.window.eventually(try_it).await;
    }

    /// Replaces what is in a field by typing.
    ///
    /// # Panics
    /// If it takes no text.
    pub async fn fill(&self, text: &str) {
        self.element.clear().await.unwrap_or_else(|error| panic!("{:?} cannot be emptied: {error}", self.name));
        self.element.send_keys(text).await.unwrap_or_else(|error| panic!("{:?} takes no text: {error}", self.name));
    }

    /// Chooses the option with this visible label.
    ///
    /// # Panics
    /// If there is none.
    pub async fn choose(&self, label: &str) {
        // The list may be made anew meanwhile: looked up again each time.
        let try_it = async || {
            let found = self.window.find(Role::Field, &self.name).await;
            let chosen = found.element.select_by_label(label).await;
            chosen.map_err(|error| format!("{:?} has no {label:?}: {error:?}", self.name))
        };
        self.window.eventually(try_it).await;
    }

    /// Its visible text; empty if it has gone meanwhile.
    pub async fn text(&self) -> String {
        self.element.text().await.unwrap_or_default()
    }

    /// What is typed into it.
    pub async fn value(&self) -> String {
        self.element.prop("value").await.ok().flatten().unwrap_or_default()
    }

    /// An attribute.
    pub async fn attribute(&self, name: &str) -> Option<String> {
        self.element.attr(name).await.ok().flatten()
    }

    /// Whether it can be used.
    pub async fn is_enabled(&self) -> bool {
        self.element.is_enabled().await.unwrap_or(false)
    }
}

async fn connect(port: u16) -> Client {
    let capabilities = Map::from_iter([(
        "webkitgtk:browserOptions".to_owned(),
        json!({ "binary": program("claimcheck-desktop"), "args": [] }),
    )]);
    let mut builder = ClientBuilder::new(HttpConnector::new());
    let builder = builder.capabilities(capabilities);
    let until = Instant::now() + PATIENCE;
    loop {
        let session = tokio::time::timeout(START, builder.connect(&format!("http://127.0.0.1:{port}"))).await;
        match session {
            Ok(Ok(client)) => return client,
            Ok(Err(error)) if Instant::now() > until => panic!("no session with WebKitWebDriver: {error}"),
            Ok(Err(_)) => tokio::time::sleep(INTERVAL).await,
            Err(_) => panic!("the app did not come up under WebKitWebDriver within {START:?}"),
        }
    }
}

/// A port that is free now. The driver can neither be handed a socket nor say which port it took.
fn free_port() -> u16 {
    TcpListener::bind(("127.0.0.1", 0)).and_then(|listener| listener.local_addr()).expect("a free port").port()
}
