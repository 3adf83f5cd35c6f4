"""Azure on loopback, under its own names: a server with a certificate that answers for storage, vault, workspace and
telemetry, a doorway with TLS before a Service Bus emulator, and the certificate authority that both are trusted by."""

from __future__ import annotations

import asyncio
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from tests.fakes.loopback import Running

CHALLENGE = (
    'Bearer authorization="https://login.microsoftonline.com/tenant", resource="https://vault.azure.net"'
)
BLOB_HEADERS = {
    "ETag": '"0x1"',
    "Last-Modified": "Fri, 01 Jan 2027 00:00:00 GMT",
    "x-ms-request-server-encrypted": "true",
}
#: Status, headers and body for a host, by the end of its name.
ANSWERS: dict[str, tuple[int, dict[str, str], bytes]] = {
    ".blob.core.windows.net": (201, BLOB_HEADERS, b""),
    ".vault.azure.net": (
        200,
        {},
        b'{"value": "kept-in-the-vault", "id": "https://v.vault.azure.net/secrets/s/1"}',
    ),
    ".azuredatabricks.net": (200, {}, b'{"run_id": 77, "state": {"life_cycle_state": "RUNNING"}}'),
    ".applicationinsights.azure.com": (200, {}, b'{"itemsReceived": 1, "itemsAccepted": 1, "errors": []}'),
}


@dataclass(frozen=True)
class Request:
    """What the server was asked."""

    host: str
    path: str
    token: str | None


@dataclass(frozen=True)
class Certificates:
    """A certificate for Azure's names, and the authority it is of."""

    authority: Path
    chain: Path

    def server_context(self) -> ssl.SSLContext:
        """For a server that shows it."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.chain)
        return context


def certificates_for(names: list[str], folder: Path) -> Certificates:
    """Made anew, good for a day."""
    key, authority_key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    issuer = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "authority of a test")])
    alternatives = x509.SubjectAlternativeName([x509.DNSName(name) for name in names])
    is_authority, is_none = (x509.BasicConstraints(ca=ca, path_length=None) for ca in (True, False))
    authority = _builder(issuer, issuer, authority_key.public_key()).add_extension(
        is_authority, critical=True
    )
    leaf = _builder(x509.Name([]), issuer, key.public_key()).add_extension(is_none, critical=True)
    leaf = leaf.add_extension(alternatives, critical=True)
    signed = [made.sign(authority_key, hashes.SHA256()) for made in (authority, leaf)]
    texts = [made.public_bytes(serialization.Encoding.PEM) for made in signed]
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    made = Certificates(folder / "authority.pem", folder / "chain.pem")
    made.authority.write_bytes(texts[0])
    made.chain.write_bytes(private + texts[1])
    return made


def _builder(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePublicKey
) -> x509.CertificateBuilder:
    now = datetime.now(UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(days=1))
    )


class FakeCloud(Running):
    """Answers each of Azure's names on one port.

    Attributes:
        asked: the requests, in order; the vault's first comes without a token, and is told whose tokens it takes.
    """

    def __init__(self, certificates: Certificates) -> None:
        self.asked: list[Request] = []
        cloud = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                self.rfile.read(int(self.headers.get("Content-Length", 0)))
                status, headers, body = cloud.answer(self.headers, self.path)
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            do_POST = do_PUT = do_GET

            def log_message(self, *_: object) -> None:
                """Say nothing."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.socket = certificates.server_context().wrap_socket(self.server.socket, server_side=True)
        self.port = self.server.server_port

    def answer(self, headers: object, path: str) -> tuple[int, dict[str, str], bytes]:
        """401 without a token; else what the host says, or 404."""
        host, given = headers["Host"], headers.get("Authorization")  # type: ignore[index, attr-defined]
        self.asked.append(Request(host, path, given.removeprefix("Bearer ") if given else None))
        if given is None:
            return 401, {"WWW-Authenticate": CHALLENGE}, b"{}"
        return next((answer for end, answer in ANSWERS.items() if host.endswith(end)), (404, {}, b"{}"))


class TlsDoorway:
    """A port with TLS that passes on to one without, and keeps what clients sent.

    Attributes:
        sent: the bytes of all clients, deciphered.
    """

    def __init__(self, certificates: Certificates, target: int) -> None:
        self.sent = bytearray()
        self._context = certificates.server_context()
        self._target = target
        self.port = 0

    @contextmanager
    def running(self) -> Iterator[None]:
        """Passes on until the block ends."""
        loop = asyncio.new_event_loop()
        server = loop.run_until_complete(asyncio.start_server(self._serve, "127.0.0.1", 0, ssl=self._context))
        self.port = server.sockets[0].getsockname()[1]
        thread = threading.Thread(target=loop.run_forever, daemon=True)
        thread.start()
        try:
            yield
        finally:
            loop.call_soon_threadsafe(loop.stop)
            thread.join()
            server.close()
            for task in asyncio.all_tasks(loop):
                task.cancel()
            loop.run_until_complete(asyncio.sleep(0))
            loop.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        target_reader, target_writer = await asyncio.open_connection("127.0.0.1", self._target)
        await asyncio.gather(
            self._pass(reader, target_writer, self.sent), self._pass(target_reader, writer, bytearray())
        )

    async def _pass(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, kept: bytearray
    ) -> None:
        while data := await reader.read(65536):
            kept += data
            writer.write(data)
            await writer.drain()
        writer.close()
