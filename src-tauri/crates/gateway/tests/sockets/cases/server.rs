//! A server that says what a case tells it to, and remembers what it was sent. Not here: expectations.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use tokio::{
    io::AsyncWriteExt,
    net::{TcpListener, TcpStream},
    task::JoinHandle,
};

use super::format::{Fault, Script};
use crate::fake::read_request;

/// A server on a free port, or a free port where nobody listens.
pub(crate) struct Server {
    pub(crate) authority: String,
    script: Arc<Mutex<Script>>,
    requests: Arc<Mutex<Vec<String>>>,
    task: Option<JoinHandle<()>>,
}

impl Drop for Server {
    fn drop(&mut self) {
        self.task.iter().for_each(JoinHandle::abort);
    }
}

impl Server {
    pub(crate) async fn start(script: Script) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let authority = listener.local_addr().unwrap().to_string();
        let nobody = script.fault == Some(Fault::Refused);
        let (script, requests) = (Arc::new(Mutex::new(script)), Arc::new(Mutex::new(Vec::new())));
        let task = (!nobody).then(|| tokio::spawn(serve(listener, script.clone(), requests.clone())));
        Self { authority, script, requests, task }
    }

    pub(crate) fn say(&self, script: Script) {
        *self.script.lock().unwrap() = script;
    }

    pub(crate) fn requests(&self) -> Vec<String> {
        self.requests.lock().unwrap().clone()
    }
}

async fn serve(listener: TcpListener, script: Arc<Mutex<Script>>, requests: Arc<Mutex<Vec<String>>>) {
    while let Ok((mut stream, _)) = listener.accept().await {
        let (script, requests) = (script.clone(), requests.clone());
        tokio::spawn(async move {
            // A TLS handshake gets what servers without TLS say to it.
            let mut first = [0];
            if stream.peek(&mut first).await.is_ok() && first[0] == 0x16 {
                let _ = stream.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n").await;
                return;
            }
            let Some(request) = read_request(&mut stream).await else { return };
            requests.lock().unwrap().push(request.clone());
            let script = script.lock().unwrap().clone();
            answer(stream, &script, request.starts_with("HEAD ")).await;
        });
    }
}

async fn answer(mut stream: TcpStream, script: &Script, is_head: bool) {
    tokio::time::sleep(Duration::from_millis(script.delay_ms)).await;
    match script.fault {
        Some(Fault::Reset) => stream.set_zero_linger().unwrap(),
        Some(_) => {}
        None => {
            let body = if is_head { "" } else { script.body.as_str() };
            let mut out = format!("HTTP/1.1 {} Scripted\r\n", script.status);
            script.headers.iter().for_each(|line| out.push_str(&format!("{line}\r\n")));
            if !script.headers.iter().any(|line| line.starts_with("Transfer-Encoding")) {
                out.push_str(&format!("Content-Length: {}\r\n", script.body.len()));
            }
            out.push_str(&format!("Connection: close\r\n\r\n{body}"));
            // The gateway may have given up.
            let _ = stream.write_all(out.as_bytes()).await;
            let _ = stream.shutdown().await;
        }
    }
}
