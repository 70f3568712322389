//! An HTTP/1.1 server over a directory, which answers as it is told. Keep-alive, one thread a
//! connection.

use std::collections::{BTreeMap, HashMap};
use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

/// How one path is answered.
#[derive(Clone, Debug)]
pub(crate) enum Reply {
    /// 200 with these bytes.
    Bytes(Vec<u8>),
    /// This status, with more header lines, each ended by CR LF.
    Status(u16, String),
    /// A length is announced, fewer bytes come, and the connection closes.
    Cut(Vec<u8>, usize),
    /// 200 and bytes without end, chunked.
    Endless,
    /// 200 and header lines without end.
    EndlessHeader,
    /// 200 and a byte now and then.
    Drip,
    /// Whatever is told first, once; then as if nothing had been told.
    Once(Box<Reply>),
}

#[derive(Default)]
struct State {
    told: HashMap<String, Reply>,
    /// Told of every path that begins so.
    prefixes: Vec<(String, Reply)>,
    asked: Vec<String>,
    /// Lines of the bodies, by index.
    bodies: BTreeMap<u64, String>,
    delay: Duration,
}

pub(crate) struct Server {
    root: PathBuf,
    pub(crate) url: String,
    state: Arc<Mutex<State>>,
}

impl Server {
    /// Serves `root` below `/ledger/`.
    pub(crate) fn new(root: &Path) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}/ledger", listener.local_addr().unwrap());
        let state = Arc::new(Mutex::new(State::default()));
        let (root, shared) = (root.to_owned(), Arc::clone(&state));
        let served = root.clone();
        thread::spawn(move || {
            for stream in listener.incoming() {
                let (stream, root, state) = (stream.unwrap(), root.clone(), Arc::clone(&shared));
                // A client that goes away ends its connection, and that is all.
                thread::spawn(move || drop(serve(&stream, &root, &state)));
            }
        });
        Self {
            root: served,
            url,
            state,
        }
    }

    pub(crate) fn root(&self) -> &Path {
        &self.root
    }

    pub(crate) fn tell(&self, path: &str, reply: Reply) {
        let mut state = self.state.lock().unwrap();
        state.told.insert(path.to_owned(), reply);
    }

    /// Answers every path below `prefix` so.
    pub(crate) fn tell_all(&self, prefix: &str, reply: Reply) {
        let mut state = self.state.lock().unwrap();
        state.prefixes.push((prefix.to_owned(), reply));
    }

    pub(crate) fn be_honest(&self) {
        let mut state = self.state.lock().unwrap();
        state.told.clear();
        state.prefixes.clear();
        state.delay = Duration::ZERO;
    }

    /// Waits before each answer.
    pub(crate) fn delay(&self, delay: Duration) {
        self.state.lock().unwrap().delay = delay;
    }

    pub(crate) fn serve_body(&self, index: u64, line: String) {
        self.state.lock().unwrap().bodies.insert(index, line);
    }

    /// Paths asked for since this was last called.
    pub(crate) fn asked(&self) -> Vec<String> {
        std::mem::take(&mut self.state.lock().unwrap().asked)
    }
}

fn serve(stream: &TcpStream, root: &Path, state: &Mutex<State>) -> std::io::Result<()> {
    let mut reader = BufReader::new(stream.try_clone()?);
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line)? == 0 {
            return Ok(());
        }
        loop {
            let mut header = String::new();
            reader.read_line(&mut header)?;
            if header.trim().is_empty() {
                break;
            }
        }
        let path = line.split(' ').nth(1).unwrap_or_default();
        let path = path.strip_prefix("/ledger/").unwrap_or(path).to_owned();
        let (reply, delay) = {
            let mut state = state.lock().unwrap();
            state.asked.push(path.clone());
            let told = match state.told.remove(&path) {
                Some(Reply::Once(reply)) => Some(*reply),
                Some(reply) => {
                    state.told.insert(path.clone(), reply.clone());
                    Some(reply)
                }
                None => state
                    .prefixes
                    .iter()
                    .find(|(prefix, _)| path.starts_with(prefix))
                    .map(|(_, reply)| reply.clone()),
            };
            (told, state.delay)
        };
        thread::sleep(delay);
        let page = || bodies_page(&state.lock().unwrap().bodies, &path);
        let reply = reply
            .or_else(page)
            .unwrap_or_else(|| match fs::read(root.join(&path)) {
                Ok(bytes) => Reply::Bytes(bytes),
                Err(_) => Reply::Status(404, String::new()),
            });
        if !answer(stream, reply)? {
            return Ok(());
        }
    }
}

/// `bodies?from=N&limit=M`, as the service answers it.
fn bodies_page(bodies: &BTreeMap<u64, String>, path: &str) -> Option<Reply> {
    let query = path.strip_prefix("bodies?from=")?;
    let (from, limit) = query.split_once("&limit=")?;
    let (from, limit): (u64, usize) = (from.parse().unwrap(), limit.parse().unwrap());
    let page = bodies
        .range(from..)
        .take(limit)
        .map(|(_, line)| format!("{line}\n"));
    Some(Reply::Bytes(page.collect::<String>().into_bytes()))
}

/// Whether the connection stays open.
fn answer(mut stream: &TcpStream, reply: Reply) -> std::io::Result<bool> {
    match reply {
        Reply::Bytes(bytes) => {
            let head = format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n", bytes.len());
            stream.write_all(&[head.as_bytes(), &bytes].concat())?;
            Ok(true)
        }
        Reply::Status(status, headers) => {
            let head = format!("HTTP/1.1 {status} No\r\n{headers}content-length: 0\r\n\r\n");
            stream.write_all(head.as_bytes())?;
            Ok(true)
        }
        Reply::Cut(bytes, announced) => {
            let head = format!("HTTP/1.1 200 OK\r\ncontent-length: {announced}\r\n\r\n");
            stream.write_all(&[head.as_bytes(), &bytes].concat())?;
            Ok(false)
        }
        Reply::Endless => {
            stream.write_all(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n")?;
            let chunk = [b"10000\r\n".as_slice(), &vec![b'x'; 65_536], b"\r\n"].concat();
            loop {
                stream.write_all(&chunk)?;
            }
        }
        Reply::EndlessHeader => {
            stream.write_all(b"HTTP/1.1 200 OK\r\nx: ")?;
            loop {
                stream.write_all(&vec![b'x'; 65_536])?;
            }
        }
        Reply::Drip => {
            stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n")?;
            loop {
                stream.write_all(b"x")?;
                thread::sleep(Duration::from_millis(100));
            }
        }
        Reply::Once(reply) => answer(stream, *reply),
    }
}
