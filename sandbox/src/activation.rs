//! The prescribers' second factors, in software: an app with one-time codes from the enrolment, and
//! a passkey that is registered with it at the first act. The clinical record's client asks them
//! before each act, as a record's page would ask the prescriber.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use data_encoding::{BASE64, BASE64URL_NOPAD};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use software_authenticator::{
    OtpApp, SoftwarePasskey, answer_json, created_json, needs_activation, requester,
};

use crate::cast::Prescriber;
use crate::client::{Answer, Client};
use crate::clock;
use crate::processes::run_ok;

/// The relying party of the sandbox's service.
pub(crate) const PARTY: &str = "localhost";

/// The factors of a world's prescribers.
pub struct Activator {
    folder: PathBuf,
    /// Where the clinical record's pages are: an origin that the service's configuration names.
    origin: String,
    passkeys: Mutex<HashMap<String, Arc<SoftwarePasskey>>>,
    apps: Mutex<()>,
}

/// What came of asking.
pub(crate) enum Consent {
    /// The prescriber consents.
    Token(String),
    /// There is nobody to ask: the service will say what it thinks of that.
    Nobody,
    /// The service cannot, and says so.
    Unable(Box<Answer>),
}

impl Activator {
    /// Those of the world in `folder`, whose service is on `port`.
    pub(crate) fn of_world(folder: &Path, port: u16) -> Arc<Self> {
        Arc::new(Self {
            folder: folder.join("factors"),
            origin: format!("https://127.0.0.1:{port}"),
            passkeys: Mutex::default(),
            apps: Mutex::default(),
        })
    }

    /// Enrols an app with one-time codes for each prescriber: the first needs nobody, and orders
    /// the second's. `service` is the service's program.
    pub(crate) fn enrol(
        &self,
        prescribers: &[Prescriber; 2],
        service: &dyn Fn() -> Result<Command>,
    ) -> Result<()> {
        let [first, _] = prescribers;
        for prescriber in prescribers {
            let mut command = service()?;
            command.args(["factor", "totp", "--cedula", prescriber.cedula]);
            if prescriber.cedula != first.cedula {
                let code = self.code(first.cedula)?;
                command.args(["--by", first.cedula, "--otp", &code]);
            }
            let uri = run_ok(&mut command)?;
            self.keep_app(prescriber.cedula, uri.trim())?;
        }
        Ok(())
    }

    /// Keeps the `otpauth:` URI of an enrolment: whoever reads it can make the codes.
    fn keep_app(&self, cedula: &str, uri: &str) -> Result<()> {
        std::fs::create_dir_all(&self.folder)?;
        Ok(std::fs::write(
            self.file(cedula, "otp"),
            format!("{uri}\n0\n"),
        )?)
    }

    /// A code that the service has not seen; waits for the next one where all of now were shown.
    ///
    /// # Errors
    /// The prescriber has no app.
    pub fn code(&self, cedula: &str) -> Result<String> {
        let _one_at_a_time = self.apps.lock().unwrap_or_else(PoisonError::into_inner);
        let file = self.file(cedula, "otp");
        let text =
            std::fs::read_to_string(&file).with_context(|| format!("{cedula} has no app"))?;
        let (uri, last) = text.trim().split_once('\n').context("a damaged app")?;
        let app = OtpApp::scan(uri).context("no otpauth: URI")?;
        let mut app = app.after(last.trim().parse()?);
        loop {
            if let Some(code) = app.show(clock::now().as_second()) {
                std::fs::write(&file, format!("{uri}\n{}\n", app.last()))?;
                return Ok(code);
            }
            std::thread::sleep(Duration::from_millis(200));
        }
    }

    /// The activation of an act that is about to be posted.
    pub(crate) fn consent(&self, client: &Client, path: &str, body: &[u8]) -> Result<Consent> {
        if !needs_activation(path) {
            return Ok(Consent::Nobody);
        }
        let json: Value = serde_json::from_slice(body).unwrap_or(Value::Null);
        match requester(&json) {
            Some(cedula) if self.file(cedula, "otp").exists() => {
                let digest = Sha256::digest(body).into();
                self.authorise(client, cedula, &[digest])
            }
            Some(_) | None => Ok(Consent::Nobody),
        }
    }

    /// An activation of `cedula` for `digests`, given with the passkey.
    ///
    /// # Errors
    /// The service refuses.
    pub fn token(&self, client: &Client, cedula: &str, digests: &[[u8; 32]]) -> Result<String> {
        match self.authorise(client, cedula, digests)? {
            Consent::Token(token) => Ok(token),
            Consent::Unable(answer) => anyhow::bail!("{}", answer.describe()),
            Consent::Nobody => anyhow::bail!("the service does not let {cedula} consent"),
        }
    }

    fn authorise(&self, client: &Client, cedula: &str, digests: &[[u8; 32]]) -> Result<Consent> {
        let passkey = match self.passkey(client, cedula)? {
            Ok(passkey) => passkey,
            Err(consent) => return Ok(consent),
        };
        let hashes: Vec<_> = digests.iter().map(|digest| BASE64.encode(digest)).collect();
        let ask = json!({
            "credentialID": cedula,
            "authObjectID": "PASSKEY",
            "hashes": hashes,
        });
        let asked = client.post("/csc/v2/credentials/getChallenge", &ask)?;
        let challenge = match told(asked, "challenge") {
            Ok(challenge) => challenge,
            Err(consent) => return Ok(consent),
        };
        let answer = passkey.get(&BASE64URL_NOPAD.decode(challenge.as_bytes())?)?;
        give(
            client,
            cedula,
            &hashes,
            ("PASSKEY", answer_json(&answer).to_string()),
        )
    }

    /// The passkey of `cedula`; registered with a one-time code where there is none yet.
    fn passkey(
        &self,
        client: &Client,
        cedula: &str,
    ) -> Result<Result<Arc<SoftwarePasskey>, Consent>> {
        let mut passkeys = self.passkeys.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(passkey) = passkeys.get(cedula) {
            return Ok(Ok(Arc::clone(passkey)));
        }
        let file = self.file(cedula, "passkey");
        let passkey = if file.exists() {
            SoftwarePasskey::open(&std::fs::read(&file)?, PARTY, &self.origin)?
        } else {
            let passkey = SoftwarePasskey::generate(PARTY, &self.origin)?;
            if let Some(consent) = self.register(client, cedula, &passkey)? {
                return Ok(Err(consent));
            }
            std::fs::write(&file, passkey.pkcs8())?;
            passkey
        };
        let passkey = Arc::new(passkey);
        passkeys.insert(cedula.to_owned(), Arc::clone(&passkey));
        Ok(Ok(passkey))
    }

    /// Registers a passkey by consent of the app. `Some`: the service did not let it.
    fn register(
        &self,
        client: &Client,
        cedula: &str,
        passkey: &SoftwarePasskey,
    ) -> Result<Option<Consent>> {
        let asked = json!({"credentialID": cedula});
        let options = client.post("/csc/v2/passkeys/options", &asked)?;
        if options.status != 200 {
            return Ok(Some(refused(options)));
        }
        let options = options.json();
        let challenge = options["publicKey"]["challenge"]
            .as_str()
            .unwrap_or_default();
        let created = passkey.create(&BASE64URL_NOPAD.decode(challenge.as_bytes())?);
        let body = serde_json::to_vec(&json!({
            "credentialID": cedula,
            "label": "llave del mundo de desarrollo",
            "credential": created_json(&passkey.credential_id(), &created),
        }))?;
        let hashes = [BASE64.encode(&Sha256::digest(&body))];
        let token = match give(client, cedula, &hashes, ("OTP", self.code(cedula)?))? {
            Consent::Token(token) => token,
            refused @ (Consent::Nobody | Consent::Unable(_)) => return Ok(Some(refused)),
        };
        let headers = [("receta-activation", token.as_str())];
        let registered = client.post_bytes("/csc/v2/passkeys/register", body, &headers)?;
        ensure!(
            registered.status == 200,
            "no passkey: {}",
            registered.describe()
        );
        Ok(None)
    }

    fn file(&self, cedula: &str, kind: &str) -> PathBuf {
        self.folder.join(Path::new(&format!("{cedula}.{kind}")))
    }
}

/// `credentials/authorize`.
fn give(
    client: &Client,
    cedula: &str,
    hashes: &[String],
    (factor, value): (&str, String),
) -> Result<Consent> {
    let ask = json!({
        "credentialID": cedula,
        "numSignatures": hashes.len(),
        "hashes": hashes,
        "hashAlgorithmOID": "2.16.840.1.101.3.4.2.1",
        "authData": [{"id": factor, "value": value}],
    });
    let answer = client.post("/csc/v2/credentials/authorize", &ask)?;
    Ok(told(answer, "SAD").map_or_else(|consent| consent, Consent::Token))
}

/// A member of a good answer.
fn told(answer: Answer, member: &str) -> Result<String, Consent> {
    if answer.status != 200 {
        return Err(refused(answer));
    }
    let text = answer.json()[member].as_str().map(str::to_owned);
    text.ok_or(Consent::Unable(Box::new(answer)))
}

/// A service that cannot says why; one that does not want to will say it of the act as well.
fn refused(answer: Answer) -> Consent {
    if answer.status >= 500 {
        Consent::Unable(Box::new(answer))
    } else {
        Consent::Nobody
    }
}
