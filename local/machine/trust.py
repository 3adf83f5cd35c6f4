"""The certificate authorities that this Python trusts, as a file that Java reads.

The Java of a wheel knows only its own authorities; pip, which brought the wheel, knows the machine's.
"""

from __future__ import annotations

import contextlib
import ssl
from collections.abc import Iterator
from pathlib import Path

import certifi
from cryptography import x509
from cryptography.hazmat.primitives.serialization import NoEncryption
from cryptography.hazmat.primitives.serialization.pkcs12 import PKCS12Certificate, serialize_java_truststore


def write_trust_store(path: Path) -> None:
    """Write a PKCS #12 trust store without a password: the machine's authorities and those of certifi."""
    named = [
        PKCS12Certificate(certificate, str(number).encode())
        for number, certificate in enumerate(_authorities())
    ]
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(serialize_java_truststore(named, NoEncryption()))


def _authorities() -> Iterator[x509.Certificate]:
    context = ssl.create_default_context(cafile=certifi.where())
    context.load_default_certs()
    folder = ssl.get_default_verify_paths().capath
    for file in (
        sorted(Path(folder).glob("*.0")) if folder else ()
    ):  # OpenSSL reads a folder only as it needs it
        context.load_verify_locations(file)
    for encoded in context.get_ca_certs(binary_form=True):
        with contextlib.suppress(ValueError):  # an old root that breaks the rules of certificates
            yield x509.load_der_x509_certificate(encoded)
