"""Jars from a Maven repository, by coordinate and SHA-256, brought by the Ivy that pyspark holds.

Ivy is a downloader here and no more: no poms, no dependencies, a cache of its own that is thrown away. It asks
Maven's central repository, or the mirror that MAVEN_MIRROR or Maven's own settings.xml names. Standard library only.
"""

from __future__ import annotations

import hashlib
import re
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import urlsplit
from urllib.request import getproxies
from xml.etree import ElementTree
from xml.sax.saxutils import quoteattr

from local.machine.steps import SetupError

MIRROR_VARIABLE = "MAVEN_MIRROR"
COVERS_CENTRAL = {"central", "*", "external:*"}
LINE = re.compile(r"([\w.-]+):([\w.-]+):([\w.-]+)\s+([0-9a-f]{64})\s*(?:#.*)?")
COMPLAINTS = (r"Server access error.*", r"module not found.*", r".*Exception.*")
SETTINGS = """<ivysettings>
  <settings defaultResolver="central"/>
  <resolvers><ibiblio name="central" m2compatible="true" usepoms="false"{root}/></resolvers>
</ivysettings>
"""


@dataclass(frozen=True)
class Jar:
    """One jar that Maven's repositories hold, and what its content must be."""

    group: str
    name: str
    version: str
    sha256: str

    @property
    def file_name(self) -> str:
        """As repositories name it."""
        return f"{self.name}-{self.version}.jar"

    def is_at(self, path: Path) -> bool:
        """Whether the file is this very jar."""
        return path.is_file() and hashlib.sha256(path.read_bytes()).hexdigest() == self.sha256


#: A Java of a second would spend more on its second compiler and its collector's threads than they give back.
SHORT_LIVED = ("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC")


@dataclass(frozen=True)
class Ivy:
    """How Ivy is started: a Java home, Ivy's jar, a store of authorities to trust, and the mirror to ask, if any."""

    java_home: Path
    jar: Path
    trust_store: Path
    mirror: str | None = None

    def command(self, jar: Jar, scratch: Path) -> list[str]:
        """The command that leaves the jar in `scratch`."""
        return [
            str(self.java_home / "bin" / "java"), *SHORT_LIVED, *java_options(getproxies(), self.trust_store),
            "-jar", str(self.jar), "-settings", str(scratch / "settings.xml"), "-cache", str(scratch / "cache"),
            "-dependency", jar.group, jar.name, jar.version, "-notransitive", "-confs", "default",
            "-retrieve", f"{scratch}/[artifact]-[revision].[ext]",
        ]  # fmt: skip


def read_jars(path: Path) -> list[Jar]:
    """The jars of a list: a coordinate and a SHA-256 a line. Raises SetupError naming a line that is neither."""
    lines = [line.strip() for line in path.read_text(encoding="utf-8").splitlines()]
    return [_jar_of(line, path) for line in lines if line and not line.startswith("#")]


def _jar_of(line: str, path: Path) -> Jar:
    found = LINE.fullmatch(line)
    if found is None:
        raise SetupError(f"{path.name}: expected GROUP:NAME:VERSION SHA256, found {line!r}")
    return Jar(*found.groups())


def fetch_jar(jar: Jar, ivy: Ivy, folder: Path, log_path: Path) -> None:
    """Put the jar into the folder, whole and checked, or raise SetupError and leave nothing."""
    with TemporaryDirectory(prefix="ivy-", dir=folder) as made:
        scratch = Path(made)
        (scratch / "settings.xml").write_text(ivy_settings(ivy.mirror), encoding="utf-8")
        command = ivy.command(jar, scratch)
        answer = subprocess.run(command, capture_output=True, text=True)  # noqa: S603 - Java on pyspark's Ivy
        log_path.parent.mkdir(parents=True, exist_ok=True)
        log_path.write_text(answer.stdout + answer.stderr, encoding="utf-8")
        found = scratch / jar.file_name
        if not found.is_file():
            raise SetupError(
                f"{_said_in(answer.stdout + answer.stderr)}; {_remedy(jar, folder)}, see {log_path}"
            )
        if not jar.is_at(found):
            raise SetupError(_wrong(jar, found, ivy.mirror))
        found.replace(folder / jar.file_name)


def mirror_of(environ: Mapping[str, str], settings: Path) -> str | None:
    """The mirror of Maven's central repository: of the variable, else of Maven's settings; None when there is none.

    Raises SetupError for settings that are no XML and for a mirror that wants a password.
    """
    named = environ.get(MIRROR_VARIABLE, "").strip()
    place, url = (MIRROR_VARIABLE, named) if named else (str(settings), _mirror_in(settings, environ))
    if url and "@" in urlsplit(url).netloc:
        raise SetupError(
            f"{place}: the mirror's URL holds a password, which is not supported: name one without "
            f"in {MIRROR_VARIABLE}"
        )
    return url or None


def _mirror_in(settings: Path, environ: Mapping[str, str]) -> str:
    if not settings.is_file():
        return ""
    try:
        root = ElementTree.parse(settings).getroot()  # noqa: S314 - the user's own file
    except ElementTree.ParseError as error:
        raise SetupError(f"{settings} is no XML: {error}") from error
    for mirror in root.iterfind("{*}mirrors/{*}mirror"):
        names = {name.strip() for name in (mirror.findtext("{*}mirrorOf") or "").split(",")}
        if names & COVERS_CENTRAL and "!central" not in names:
            return _filled_in((mirror.findtext("{*}url") or "").strip(), environ)
    return ""


def _filled_in(text: str, environ: Mapping[str, str]) -> str:
    """Maven's `${env.NAME}` replaced."""
    return re.sub(r"\$\{env\.(\w+)\}", lambda found: environ.get(found[1], ""), text)


def ivy_settings(mirror: str | None) -> str:
    """Ivy's settings; without a mirror it asks the root that it knows itself."""
    root = f" root={quoteattr(mirror.rstrip('/') + '/')}" if mirror else ""
    return SETTINGS.format(root=root)


def java_options(proxies: Mapping[str, str], trust_store: Path) -> list[str]:
    """What a Java needs to reach what pip reaches: the same authorities, the proxies of the environment."""
    options = [f"-Djavax.net.ssl.trustStore={trust_store}", "-Djavax.net.ssl.trustStorePassword="]
    for scheme in ("http", "https"):
        proxy = urlsplit(proxies.get(scheme, ""))
        if proxy.hostname:
            options.append(f"-D{scheme}.proxyHost={proxy.hostname}")
            options.append(f"-D{scheme}.proxyPort={proxy.port or 80}")
    if proxies.get("no"):
        hosts = (host.strip() for host in proxies["no"].split(","))
        names = [f"*{host}" if host.startswith(".") else host for host in hosts if host]
        options.append(f"-Dhttp.nonProxyHosts={'|'.join(names)}")
    return options


def remove_others(jars: list[Jar], folder: Path) -> None:
    """Remove jars of other versions: whoever looks into the folder takes all it finds."""
    wanted = {jar.file_name for jar in jars}
    for path in folder.glob("*.jar"):
        if path.name not in wanted:
            path.unlink()


def _said_in(text: str) -> str:
    """Why Ivy brought nothing, in its own words: the most telling of them."""
    found = (re.search(complaint, text) for complaint in COMPLAINTS)
    return next((" ".join(words[0].split()) for words in found if words), "Ivy brought nothing")


def _remedy(jar: Jar, folder: Path) -> str:
    return (
        f"check the network, or name a mirror of Maven's central repository in {MIRROR_VARIABLE} or "
        f"~/.m2/settings.xml, or put {jar.file_name} into {folder} yourself"
    )


def _wrong(jar: Jar, found: Path, mirror: str | None) -> str:
    digest = hashlib.sha256(found.read_bytes()).hexdigest()
    whence = mirror or "Maven's central repository"
    return (
        f"{jar.file_name} from {whence} has the SHA-256 {digest}, not {jar.sha256}: it was refused and removed; "
        f"ask who runs that repository, or name another in {MIRROR_VARIABLE}"
    )
