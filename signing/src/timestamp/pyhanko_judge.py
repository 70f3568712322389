"""certomancer as a timestamp authority over HTTP, pyHanko as its client and as a verifier.

    serve FOLDER: certomancer's authority with leaf.pem, key.pem and issuing.pem, at the time in the
                  file `at`; prints its address, answers until its input ends
    stamp FOLDER: pyHanko asks the authority at the address in the file `url` about `message` and
                  writes `token`
    verify FOLDER: pyHanko over each NAME.p7s of `message`, at the time in the file `at`; the
                  signer's root is ca.pem, the authority's tsa.pem
"""
import asyncio
import hashlib
import http.server
import sys
import threading
from datetime import datetime, timezone
from pathlib import Path

from asn1crypto import cms, keys, pem, tsp
from pyhanko.keys import load_certs_from_pemder
from pyhanko.sign.timestamps import HTTPTimeStamper
from pyhanko.sign.validation.generic_cms import async_validate_detached_cms
from pyhanko.sign.validation.settings import KeyUsageConstraints
from pyhanko_certvalidator import ValidationContext

folder = Path(sys.argv[2])


def certs(name):
    return list(load_certs_from_pemder([str(folder / name)]))


def moment():
    return datetime.fromtimestamp(float((folder / "at").read_text()), timezone.utc)


def serve():
    from certomancer.services import TimeStamper

    leaf, = certs("leaf.pem")
    _, _, der = pem.unarmor((folder / "key.pem").read_bytes())
    authority = TimeStamper(
        leaf,
        keys.PrivateKeyInfo.load(der),
        certs_to_embed=certs("issuing.pem"),
        fixed_dt=moment(),
        policy=tsp.ObjectIdentifier("2.16.484.101.10.316.1.2"),
    )

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self):
            length = int(self.headers["Content-Length"])
            request = tsp.TimeStampReq.load(self.rfile.read(length), strict=True)
            answer = authority.request_tsa_response(request).dump()
            self.send_response(200)
            self.send_header("Content-Type", "application/timestamp-reply")
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *_):
            pass

    server = http.server.HTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    print(f"127.0.0.1:{server.server_port}", flush=True)
    sys.stdin.read()


async def stamp():
    client = HTTPTimeStamper((folder / "url").read_text())
    digest = hashlib.sha256((folder / "message").read_bytes()).digest()
    token = await client.async_timestamp(digest, "sha256")
    (folder / "token").write_bytes(token.dump())
    print("stamped")


async def verify():
    for path in sorted(folder.glob("*.p7s")):
        context = lambda root: ValidationContext(
            trust_roots=certs(root), moment=moment(), allow_fetching=False
        )
        try:
            content = cms.ContentInfo.load(path.read_bytes(), strict=True)
            status = await async_validate_detached_cms(
                (folder / "message").read_bytes(),
                content["content"],
                signer_validation_context=context("ca.pem"),
                ts_validation_context=context("tsa.pem"),
                key_usage_settings=KeyUsageConstraints(key_usage={"digital_signature"}),
            )
            stamped = status.timestamp_validity
            said = (
                f"valid={status.valid} trusted={status.trusted} "
                f"stamp={stamped.valid} stamp_trusted={stamped.trusted} "
                f"at={int(stamped.timestamp.timestamp())}"
            )
        except Exception as error:  # pyHanko has no common class of refusals
            said = f"refused {type(error).__name__}: {error}".replace("\n", " ")
        print(path.stem, said)


if sys.argv[1] == "serve":
    serve()
else:
    asyncio.run({"stamp": stamp, "verify": verify}[sys.argv[1]]())
