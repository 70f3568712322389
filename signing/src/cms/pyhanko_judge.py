"""pyHanko as a CAdES signer and verifier over the files of one folder.

    verify: each NAME.p7s over NAME.doc, trusting ca.pem, at the time in the file `at`
    sign:   content.doc by leaf.pem and key.pem, in the ways of VARIANTS, to NAME.p7s
Prints one line per file: its name, and what pyHanko says.
"""
import asyncio
import sys
from datetime import datetime, timezone
from pathlib import Path

from asn1crypto import cms
from pyhanko.keys import load_certs_from_pemder, load_private_key_from_pemder
from pyhanko.sign.signers.pdf_cms import PdfCMSSignedAttributes, SimpleSigner
from pyhanko.sign.validation.generic_cms import async_validate_detached_cms
from pyhanko.sign.validation.settings import KeyUsageConstraints
from pyhanko_certvalidator import ValidationContext
from pyhanko_certvalidator.registry import SimpleCertificateStore

folder = Path(sys.argv[2])
at = datetime.fromtimestamp(int((folder / "at").read_text()), timezone.utc)


def certs(name):
    return list(load_certs_from_pemder([str(folder / name)]))


async def verify():
    for path in sorted(folder.glob("*.p7s")):
        context = ValidationContext(
            trust_roots=certs("ca.pem"), moment=at, allow_fetching=False
        )
        usage = KeyUsageConstraints(key_usage={"digital_signature"})
        try:
            content = cms.ContentInfo.load(path.read_bytes(), strict=True)
            status = await async_validate_detached_cms(
                path.with_suffix(".doc").read_bytes(),
                content["content"],
                signer_validation_context=context,
                key_usage_settings=usage,
            )
            said = f"intact={status.intact} valid={status.valid} trusted={status.trusted}"
        except Exception as error:  # pyHanko has no common class of refusals
            said = f"refused {type(error).__name__}: {error}".replace("\n", " ")
        print(path.stem, said)


# name: pyHanko's own options
VARIANTS = {
    "cades": {},
    "attached": {"detached": False},
    "sha512": {"digest_algorithm": "sha512"},
    "algorithm-protection": {"use_cades": False},
    "pss": {},
}


async def sign():
    leaf, = certs("leaf.pem")
    registry = SimpleCertificateStore()
    if (folder / "issuing.pem").exists():
        registry.register_multiple(certs("issuing.pem"))
    key = load_private_key_from_pemder(str(folder / "key.pem"), passphrase=None)
    document = (folder / "content.doc").read_bytes()
    for name, options in VARIANTS.items():
        if name == "pss" and key.algorithm != "rsa":
            continue
        signer = SimpleSigner(leaf, key, registry, prefer_pss=name == "pss", embed_roots=False)
        # Version 1 of CMS takes the content as ContentInfo.
        settings = {
            "input_data": document,
            "digest_algorithm": "sha256",
            "detached": True,
            "use_cades": True,
            "signed_attr_settings": PdfCMSSignedAttributes(signing_time=at),
        }
        signed = await signer.async_sign_general_data(**{**settings, **options})
        (folder / f"{name}.p7s").write_bytes(signed.dump())
        print(name, "signed")


asyncio.run({"verify": verify, "sign": sign}[sys.argv[1]]())
