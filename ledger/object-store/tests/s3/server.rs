//! The server, a log on it, and the ways in which the server can misbehave.

use std::collections::BTreeMap;
use std::io;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::sync::{Arc, Mutex};

use futures_util::TryStreamExt;
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper::{Method, Request, Response};
use hyper_util::rt::TokioIo;
use ledger::{Log, NoteSigner, SignedCheckpoint, SoftwareSigner};
use ledger_object_store::{ConditionalPuts, ObjectTileStore, S3Settings, connect};
use object_store::{ObjectStore, ObjectStoreExt};
use s3s::access::S3Access;
use s3s::auth::SimpleAuth;
use s3s::dto::PutObjectInput;
use s3s::service::{S3Service, S3ServiceBuilder};
use s3s::{S3Request, S3Result};
use tokio::net::TcpListener;
use tokio::runtime::Runtime;

pub(crate) const ORIGIN: &str = "ledger.example.mx/receta";
pub(crate) const PREFIX: &str = "logs/receta";
const BUCKET: &str = "receta";
const SECRET: &str = "a secret of the test";

/// How the server treats requests that change something.
#[derive(Default)]
pub(crate) struct Conduct {
    /// It writes whatever the conditions say, as old servers do.
    pub(crate) ignores_conditions: AtomicBool,
    /// Changing requests until it dies.
    life: AtomicI64,
    /// Whether it dies after the effect of the last one, or before.
    dies_after: AtomicBool,
    dead: AtomicBool,
    /// Only the answer of the last one is lost; then it lives on.
    pub(crate) hiccup: AtomicBool,
    /// Changing requests since the count was last taken.
    changes: Mutex<Vec<String>>,
}

impl Conduct {
    /// Dies at the changing request number `n`, counted from 1.
    pub(crate) fn die_at(&self, n: i64, after: bool) {
        self.dies_after.store(after, Ordering::SeqCst);
        self.life.store(n, Ordering::SeqCst);
    }

    pub(crate) fn revive(&self) {
        self.life.store(0, Ordering::SeqCst);
        self.dead.store(false, Ordering::SeqCst);
    }

    pub(crate) fn is_dead(&self) -> bool {
        self.dead.load(Ordering::SeqCst)
    }

    pub(crate) fn take_changes(&self) -> Vec<String> {
        std::mem::take(&mut self.changes.lock().unwrap())
    }

    async fn answer(
        &self,
        s3: &S3Service,
        request: Request<Incoming>,
    ) -> io::Result<Response<s3s::Body>> {
        let changes = matches!(
            *request.method(),
            Method::PUT | Method::DELETE | Method::POST
        );
        if self.dead.load(Ordering::SeqCst) {
            return Err(io::Error::other("the server is dead"));
        }
        if changes {
            let what = format!("{} {}", request.method(), request.uri().path());
            self.changes.lock().unwrap().push(what);
        }
        let last = changes && self.life.fetch_sub(1, Ordering::SeqCst) == 1;
        let after = self.dies_after.load(Ordering::SeqCst);
        if last {
            let hiccup = self.hiccup.load(Ordering::SeqCst);
            self.dead.store(!hiccup, Ordering::SeqCst);
        }
        if last && !after {
            return Err(io::Error::other("died before the effect"));
        }
        let answer = s3.call(request.map(s3s::Body::from)).await;
        let answer = answer.map_err(|error| io::Error::other(format!("{error:?}")))?;
        if last {
            return Err(io::Error::other("died after the effect"));
        }
        Ok(answer)
    }
}

/// Loses the conditions of a put once its signature is verified.
struct Conditions(Arc<Conduct>);

#[async_trait::async_trait]
impl S3Access for Conditions {
    async fn put_object(&self, request: &mut S3Request<PutObjectInput>) -> S3Result<()> {
        if self.0.ignores_conditions.load(Ordering::SeqCst) {
            request.input.if_match = None;
            request.input.if_none_match = None;
        }
        Ok(())
    }
}

pub(crate) struct Server {
    pub(crate) conduct: Arc<Conduct>,
    address: SocketAddr,
    runtime: Runtime,
    _files: tempfile::TempDir,
}

impl Server {
    pub(crate) fn start() -> Self {
        let files = tempfile::tempdir().unwrap();
        std::fs::create_dir(files.path().join(BUCKET)).unwrap();
        let conduct = Arc::<Conduct>::default();
        let runtime = Runtime::new().unwrap();
        let listener = runtime.block_on(TcpListener::bind("127.0.0.1:0")).unwrap();
        let address = listener.local_addr().unwrap();
        let serving = serve(
            listener,
            service(files.path(), &conduct),
            Arc::clone(&conduct),
        );
        runtime.spawn(serving);
        Self {
            conduct,
            address,
            runtime,
            _files: files,
        }
    }

    pub(crate) fn objects(&self) -> Arc<dyn ObjectStore> {
        self.objects_with(SECRET)
    }

    pub(crate) fn objects_with(&self, secret: &str) -> Arc<dyn ObjectStore> {
        connect(&S3Settings {
            endpoint: Some(format!("http://{}", self.address)),
            region: "us-east-1".to_owned(),
            bucket: BUCKET.to_owned(),
            access_key_id: "receta".to_owned(),
            secret_access_key: secret.to_owned(),
            allow_http: true,
        })
        .unwrap()
    }

    pub(crate) fn store_with(&self, puts: ConditionalPuts) -> ObjectTileStore {
        let runtime = self.runtime.handle().clone();
        ObjectTileStore::open(self.objects(), PREFIX, runtime, puts).unwrap()
    }

    pub(crate) fn store(&self) -> ObjectTileStore {
        self.store_with(ConditionalPuts::Required)
    }

    pub(crate) fn handle(&self) -> tokio::runtime::Handle {
        self.runtime.handle().clone()
    }

    pub(crate) fn open(&self) -> Log {
        Log::open_on(Arc::new(self.store()), ORIGIN).unwrap()
    }

    /// Writes an object of the log behind its back.
    pub(crate) fn overwrite(&self, name: &str, content: Vec<u8>) {
        let location = format!("{PREFIX}/{name}").into();
        let objects = self.objects();
        let put = objects.put(&location, content.into());
        self.runtime.block_on(put).unwrap();
    }

    /// Every object of the log by its name below the prefix.
    pub(crate) fn contents(&self) -> BTreeMap<String, Vec<u8>> {
        let objects = self.objects();
        self.runtime.block_on(async {
            let prefix = PREFIX.into();
            let listed: Vec<_> = objects.list(Some(&prefix)).try_collect().await.unwrap();
            let mut contents = BTreeMap::new();
            for object in listed {
                let bytes = objects.get(&object.location).await.unwrap().bytes().await;
                let name = object.location.as_ref().strip_prefix("logs/receta/");
                contents.insert(name.unwrap().to_owned(), bytes.unwrap().to_vec());
            }
            contents
        })
    }
}

fn service(files: &Path, conduct: &Arc<Conduct>) -> S3Service {
    let mut service = S3ServiceBuilder::new(s3s_fs::FileSystem::new(files).unwrap());
    service.set_auth(SimpleAuth::from_single("receta", SECRET));
    service.set_access(Conditions(Arc::clone(conduct)));
    service.build()
}

async fn serve(listener: TcpListener, s3: S3Service, conduct: Arc<Conduct>) {
    while let Ok((socket, _)) = listener.accept().await {
        let (s3, conduct) = (s3.clone(), Arc::clone(&conduct));
        tokio::spawn(async move {
            let answer = service_fn(|request| conduct.answer(&s3, request));
            // An error of the service closes the connection without an answer.
            let connection = hyper::server::conn::http1::Builder::new();
            drop(
                connection
                    .serve_connection(TokioIo::new(socket), answer)
                    .await,
            );
        });
    }
}

pub(crate) fn signer() -> SoftwareSigner {
    SoftwareSigner::from_seed(ORIGIN, &[42; 32]).unwrap()
}

pub(crate) fn entries(range: std::ops::Range<u64>) -> Vec<Vec<u8>> {
    range.map(|index| index.to_be_bytes().repeat(3)).collect()
}

pub(crate) fn append(log: &mut Log, count: u64) {
    let first = log.size();
    log.replay(first, &entries(first..first + count)).unwrap();
}

pub(crate) fn publish(log: &mut Log) -> SignedCheckpoint {
    let checkpoint = log.sign(&signer()).unwrap();
    log.publish(&checkpoint).unwrap();
    checkpoint
}

/// Verifies the whole log over S3.
pub(crate) fn audit(server: &Server, earlier: &[SignedCheckpoint]) -> u64 {
    let source =
        ledger_object_store::ObjectTileSource::new(server.objects(), PREFIX, server.handle());
    let key = signer().verifier_key().clone();
    let verified = ledger::verify_directory(&source, &key, earlier, &mut |_| {});
    verified.unwrap().size()
}
