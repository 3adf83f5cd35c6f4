"""Jars by coordinate: from the mirror that is named, never with other content than the list says."""

from __future__ import annotations

import hashlib
import os
import ssl
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from importlib.util import find_spec
from ipaddress import ip_address
from pathlib import Path
from threading import Thread

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from local.machine.jars import (
    Ivy,
    Jar,
    fetch_jar,
    ivy_settings,
    java_options,
    mirror_of,
    read_jars,
    remove_others,
)
from local.machine.steps import SetupError
from spark_jobs.runtime.java import java_home

ROOT = Path(__file__).resolve().parents[4]
CONTENT = b"a jar"
JAR = Jar("org.example", "numbers_2.13", "1.0", hashlib.sha256(CONTENT).hexdigest())
NAMESPACE = 'xmlns="http://maven.apache.org/SETTINGS/1.2.0"'


class Quiet(SimpleHTTPRequestHandler):
    """Serves a folder without a word."""

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


@contextmanager
def serving(folder: Path, tls: ssl.SSLContext | None = None) -> Iterator[str]:
    """An HTTP server over a folder; its URL."""
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(folder))) as server:
        if tls:
            server.socket = tls.wrap_socket(server.socket, server_side=True)
        thread = Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield f"{'https' if tls else 'http'}://127.0.0.1:{server.server_port}/maven"
        server.shutdown()
        thread.join()


def put(folder: Path, jar: Jar, content: bytes) -> None:
    """Lay a jar as repositories lay it."""
    path = folder / "maven" / jar.group.replace(".", "/") / jar.name / jar.version / jar.file_name
    path.parent.mkdir(parents=True)
    path.write_bytes(content)


@pytest.fixture(scope="module")
def trust_store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The authorities of this machine."""
    return written_trust_store(tmp_path_factory.mktemp("trust") / "trust.p12", {})


def written_trust_store(path: Path, environment: dict[str, str]) -> Path:
    """A store as set-up has it written, by a Python with this environment."""
    code = (
        f"from pathlib import Path; from local.machine.trust import *; write_trust_store(Path({str(path)!r}))"
    )
    subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        env={**os.environ, **environment},
        check=True,
        capture_output=True,
    )
    return path


def ivy(trust_store: Path, mirror: str) -> Ivy:
    """Ivy on this machine's Java."""
    spec = find_spec("pyspark")
    assert spec is not None and spec.origin is not None
    (jar,) = Path(spec.origin).parent.glob("jars/ivy-*.jar")
    return Ivy(java_home(), jar, trust_store, mirror)


def test_a_jar_comes_from_the_mirror(tmp_path: Path, trust_store: Path) -> None:
    """The folder holds the jar and nothing else of the download."""
    put(tmp_path / "site", JAR, CONTENT)
    folder = tmp_path / "jars"
    folder.mkdir()
    with serving(tmp_path / "site") as mirror:
        fetch_jar(JAR, ivy(trust_store, mirror), folder, tmp_path / "log")
    assert [path.name for path in folder.iterdir()] == ["numbers_2.13-1.0.jar"]
    assert JAR.is_at(folder / JAR.file_name)


def test_a_jar_with_other_content_is_refused_and_removed(tmp_path: Path, trust_store: Path) -> None:
    """The message names jar, mirror and both hashes; nothing is left."""
    put(tmp_path / "site", JAR, b"something else")
    folder = tmp_path / "jars"
    folder.mkdir()
    with (
        serving(tmp_path / "site") as mirror,
        pytest.raises(SetupError, match="refused and removed") as caught,
    ):
        fetch_jar(JAR, ivy(trust_store, mirror), folder, tmp_path / "log")
    for part in (JAR.file_name, JAR.sha256, hashlib.sha256(b"something else").hexdigest(), mirror):
        assert part in str(caught.value)
    assert not list(folder.iterdir())


def test_a_repository_without_the_jar_says_so(tmp_path: Path, trust_store: Path) -> None:
    """Ivy's words and what can be done, in one line."""
    with serving(tmp_path) as mirror, pytest.raises(SetupError, match="not found") as caught:
        fetch_jar(JAR, ivy(trust_store, mirror), tmp_path, tmp_path / "log")
    assert "MAVEN_MIRROR" in str(caught.value)
    assert "\n" not in str(caught.value)


def test_without_a_network_the_remedy_is_named(tmp_path: Path, trust_store: Path) -> None:
    """Nobody listens: the reason, and three ways out."""
    with pytest.raises(SetupError, match=r"refused\).*check the network.*MAVEN_MIRROR.*put numbers_2"):
        fetch_jar(JAR, ivy(trust_store, "http://127.0.0.1:1/maven"), tmp_path, tmp_path / "log")


def test_java_trusts_whom_python_trusts(tmp_path: Path) -> None:
    """A mirror with a certificate of one's own is reached once SSL_CERT_FILE names its authority."""
    put(tmp_path / "site", JAR, CONTENT)
    authority, tls = own_certificate(tmp_path)
    with serving(tmp_path / "site", tls) as mirror:
        stranger = ivy(written_trust_store(tmp_path / "without.p12", {}), mirror)
        with pytest.raises(SetupError, match="certification path"):
            fetch_jar(JAR, stranger, tmp_path, tmp_path / "log")
        trusting = written_trust_store(tmp_path / "with.p12", {"SSL_CERT_FILE": str(authority)})
        fetch_jar(JAR, ivy(trusting, mirror), tmp_path, tmp_path / "log")
    assert JAR.is_at(tmp_path / JAR.file_name)


def own_certificate(folder: Path) -> tuple[Path, ssl.SSLContext]:
    """A certificate for 127.0.0.1 that vouches for itself, and a server's context with it."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "mirror")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    public, private = folder / "mirror.pem", folder / "mirror.key"
    public.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    private.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(public, private)
    return public, context


def settings_with(folder: Path, *mirrors: tuple[str, str], namespace: str = NAMESPACE) -> Path:
    """Maven's settings with these mirrors: what each is of, and its URL."""
    entries = "".join(
        f"<mirror><id>m</id><mirrorOf>{of}</mirrorOf><url>{url}</url></mirror>" for of, url in mirrors
    )
    path = folder / "settings.xml"
    path.write_text(f"<settings {namespace}><mirrors>{entries}</mirrors></settings>")
    return path


@pytest.mark.parametrize(
    ("of", "is_taken"),
    [
        ("central", True),
        ("*", True),
        ("external:*", True),
        ("apache, central", True),
        ("apache", False),
        ("*,!central", False),
    ],
)
def test_a_mirror_of_central_is_taken_from_mavens_settings(tmp_path: Path, of: str, is_taken: bool) -> None:
    """The first mirror that covers central counts, with or without Maven's namespace."""
    for namespace in (NAMESPACE, ""):
        mirrors = [(of, "http://first/m"), ("central", "http://second/m")]
        settings = settings_with(tmp_path, *mirrors, namespace=namespace)
        assert mirror_of({}, settings) == ("http://first/m" if is_taken else "http://second/m")


def test_the_variable_wins_over_mavens_settings(tmp_path: Path) -> None:
    """MAVEN_MIRROR is asked first; without either there is no mirror."""
    settings = settings_with(tmp_path, ("*", "http://settings/m"))
    assert mirror_of({"MAVEN_MIRROR": "http://variable/m"}, settings) == "http://variable/m"
    assert mirror_of({}, tmp_path / "none.xml") is None


def test_a_url_may_name_variables(tmp_path: Path) -> None:
    """Maven's own way to keep a host out of the file."""
    settings = settings_with(tmp_path, ("*", "http://${env.OUR_HOST}/m"))
    assert mirror_of({"OUR_HOST": "repo"}, settings) == "http://repo/m"


def test_settings_that_are_no_xml_are_named(tmp_path: Path) -> None:
    """The file and the place in it."""
    (tmp_path / "settings.xml").write_text("<settings>")
    with pytest.raises(SetupError, match=r"settings\.xml is no XML: .*line 1"):
        mirror_of({}, tmp_path / "settings.xml")


def test_a_password_in_a_url_is_refused_and_not_shown(tmp_path: Path) -> None:
    """It would stand in logs; the message tells where it is, not what it is."""
    with pytest.raises(SetupError, match="MAVEN_MIRROR: the mirror's URL holds a password") as caught:
        mirror_of({"MAVEN_MIRROR": "https://me:hidden@repo/m"}, tmp_path / "none.xml")
    assert "hidden" not in str(caught.value)


def test_ivy_knows_its_own_root_where_there_is_no_mirror() -> None:
    """Then the settings name no address at all; a mirror's is escaped."""
    assert "root" not in ivy_settings(None)
    assert 'root="http://repo/m?a=1&amp;b=2/"' in ivy_settings("http://repo/m?a=1&b=2")


def test_java_gets_the_proxies_of_the_environment() -> None:
    """Host and port, without a user; exceptions in Java's spelling."""
    proxies = {"https": "http://me:hidden@proxy:3128", "no": "localhost,.example.org"}
    options = java_options(proxies, Path("/trust.p12"))
    assert "-Dhttps.proxyHost=proxy" in options
    assert "-Dhttps.proxyPort=3128" in options
    assert "-Dhttp.nonProxyHosts=localhost|*.example.org" in options
    assert not any("hidden" in option or "http.proxyHost" in option for option in options)


def test_the_lists_lines_are_coordinates_with_hashes(tmp_path: Path) -> None:
    """The project's own lists can be read; a line of another form is named."""
    assert {jar.group for jar in read_jars(ROOT / "spark-jars.txt")} == {"io.delta"}
    groups = {jar.group for jar in read_jars(ROOT / "mongo-jars.txt")}
    assert groups == {"de.bwaldvogel", "io.netty", "org.slf4j"}
    (tmp_path / "jars.txt").write_text("# comment\n\norg.example:numbers:1.0 abc\n")
    with pytest.raises(SetupError, match=r"jars\.txt: expected GROUP:NAME:VERSION SHA256.*abc"):
        read_jars(tmp_path / "jars.txt")


def test_jars_of_other_versions_go(tmp_path: Path) -> None:
    """Spark would load both."""
    for name in ("numbers_2.13-0.9.jar", JAR.file_name, "notes.txt"):
        (tmp_path / name).write_bytes(CONTENT)
    remove_others([JAR], tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["notes.txt", JAR.file_name]
