"""Where MongoDB is: a URI that holds a key, and is never shown.

On one machine MONGO_URI holds it. In Azure it is a secret of Key Vault, and the job is told the secret's address: it
asks the vault as the identity behind a service credential of Unity Catalog, for serverless compute has no other.
"""

from __future__ import annotations

import importlib
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit
from urllib.request import Request, urlopen

from spark_jobs.export.mongo.errors import ExportError

VARIABLE = "MONGO_URI"
DATABASE = "crossfade"
_API_VERSION = "7.4"
_SCOPE = "https://vault.azure.net/.default"
_SECRET = re.compile(r"https://[a-z0-9-]+\.vault\.azure\.net/secrets/[A-Za-z0-9-]+(/[0-9a-f]+)?")
_VAULT_LIMIT_S = 30
_LOOPBACK = {"127.0.0.1", "localhost", "::1"}
_CREDENTIAL_IN_URI = re.compile(r"(mongodb(?:\+srv)?://)[^\s/@]*(?::[^\s@]*)?@")


@dataclass(frozen=True, slots=True)
class MongoAddress:
    """A MongoDB and the database in it. Whatever formats it sees neither user nor password.

    Raises ExportError for what is no URI of MongoDB, and for a server elsewhere without TLS.
    """

    uri: str = field(repr=False)

    def __post_init__(self) -> None:
        parts = urlsplit(self.uri)
        if parts.scheme not in ("mongodb", "mongodb+srv") or not parts.netloc:
            raise ExportError(f"{VARIABLE} is no URI of MongoDB: it begins with mongodb:// or mongodb+srv://")
        if not self._is_encrypted() and not self._is_local():
            raise ExportError(f"{VARIABLE} names a server elsewhere without TLS: add tls=true to its options")

    @property
    def database(self) -> str:
        """The database of the URI, else `crossfade`."""
        return urlsplit(self.uri).path.strip("/") or DATABASE

    def redact(self, text: str) -> str:
        """The text without this URI and without its user and password, wherever they stand."""
        plain = _CREDENTIAL_IN_URI.sub(r"\1", text.replace(self.uri, "MongoDB"))
        user, _, password = urlsplit(self.uri).netloc.rpartition("@")[0].partition(":")
        for secret in (password, user):
            plain = plain.replace(secret, "***") if secret else plain
        return plain

    def _is_encrypted(self) -> bool:
        parts = urlsplit(self.uri)
        options = {name.lower(): values[-1].lower() for name, values in parse_qs(parts.query).items()}
        default = "true" if parts.scheme == "mongodb+srv" else "false"
        return options.get("tls", options.get("ssl", default)) == "true"

    def _is_local(self) -> bool:
        hosts = urlsplit(self.uri).netloc.rpartition("@")[2].split(",")
        return all(host.rpartition(":")[0].strip("[]") in _LOOPBACK or host in _LOOPBACK for host in hosts)


@dataclass(frozen=True, slots=True)
class VaultSecret:
    """A secret of Key Vault by its URL, and the service credential of Unity Catalog that may read it; '' for none."""

    url: str = ""
    credential: str = ""


NO_SECRET = VaultSecret()


def address_from(
    environment: Mapping[str, str],
    secret: VaultSecret = NO_SECRET,
    read: Callable[[VaultSecret], str] | None = None,
) -> MongoAddress | None:
    """The address of MONGO_URI, else of the vault's secret; None where there is neither.

    Raises ExportError.
    """
    if uri := environment.get(VARIABLE, "").strip():
        return MongoAddress(uri)
    if not secret.url:
        return None
    if not _SECRET.fullmatch(secret.url):
        raise ExportError("the secret's address is none: it reads https://VAULT.vault.azure.net/secrets/NAME")
    return MongoAddress((read or read_vault_secret)(secret).strip())


def read_vault_secret(secret: VaultSecret, token: Callable[[str], str] | None = None) -> str:
    """The value of a secret of Key Vault. Raises ExportError, which names the address and never the value."""
    bearer = (token or service_credential_token)(secret.credential)
    address = f"{secret.url}?api-version={_API_VERSION}"
    request = Request(address, headers={"Authorization": f"Bearer {bearer}"})  # noqa: S310 - https, see _SECRET
    try:
        with urlopen(request, timeout=_VAULT_LIMIT_S) as answer:  # noqa: S310 - as above
            return str(json.load(answer)["value"])
    except (OSError, ValueError, KeyError) as error:
        said = getattr(error, "code", None) or type(error).__name__
        raise ExportError(
            f"the secret {secret.url} cannot be read ({said}): the identity behind the service credential "
            f"{secret.credential} needs the role Key Vault Secrets User on it"
        ) from None


def service_credential_token(name: str) -> str:
    """A token for Key Vault, as a service credential of Unity Catalog. Raises ExportError."""
    try:
        runtime: Any = importlib.import_module("databricks.sdk.runtime")  # every compute of Databricks has it
        provider = runtime.dbutils.credentials.getServiceCredentialsProvider(name)
        return str(provider.get_token(_SCOPE).token)
    except Exception as error:  # whatever a workspace says; its text may repeat what it was given
        raise ExportError(
            f"no token of the service credential {name!r} ({type(error).__name__}): it has to be made in Unity "
            "Catalog, and this job needs ACCESS on it"
        ) from None
