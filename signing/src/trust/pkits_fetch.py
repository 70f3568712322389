"""Takes the certificates and lists of NIST PKITS out of the wheel of cryptography_vectors.

Arguments: the folder with the wheel, the folder to fill. The wheel is deleted: it is large.
"""

import pathlib
import sys
import zipfile

source, target = map(pathlib.Path, sys.argv[1:])
(wheel,) = source.glob("cryptography_vectors-*.whl")
with zipfile.ZipFile(wheel) as vectors:
    for name in vectors.namelist():
        path = pathlib.PurePosixPath(name)
        if path.match("PKITS_data/certs/*.crt") or path.match("PKITS_data/crls/*.crl"):
            folder = target / path.parent.name
            folder.mkdir(parents=True, exist_ok=True)
            (folder / path.name).write_bytes(vectors.read(name))
wheel.unlink()
