"""Where MongoDB is: a URI that holds a key, and is never shown.

On one machine MONGO_URI holds it. In Azure it is a secret of Key Vault, and the job is told the secret's address: it
asks the vault as the identity behind a service credential of Unity Catalog, for serverless compute has no other.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.error import URLError
from urllib.parse import parse_qs, urlsplit
from urllib.request import Request, urlopen

from spark_jobs.export.mongo.errors import ExportError

VARIABLE = "MONGO_URI"
DATABASE = "crossfade"
SERVICE_CREDENTIAL = "crossfade-vault"
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


def address_from(
    environment: Mapping[str, str],
    secret: str = "",
    read_secret: Callable[[str], str] | None = None,
) -> MongoAddress | None:
    """The address of MONGO_URI, else of the vault's secret at the URL `secret`; None where there is neither.

    Raises ExportError.
    """
    if uri := environment.get(VARIABLE, "").strip():
        return MongoAddress(uri)
    if not secret:
        return None
    if not _SECRET.fullmatch(secret):
        raise ExportError(
            "the address of the secret is none: it reads https://VAULT.vault.azure.net/secrets/NAME"
        )
    return MongoAddress((read_secret or read_vault_secret)(secret).strip())


def read_vault_secret(url: str, token: Callable[[], str] | None = None) -> str:
    """The value of a secret of Key Vault. Raises ExportError, which names the address and never the value."""
    bearer = (token or service_credential_token)()
    request = Request(f"{url}?api-version={_API_VERSION}", headers={"Authorization": f"Bearer {bearer}"})  # noqa: S310
    try:
        with urlopen(request, timeout=_VAULT_LIMIT_S) as answer:  # noqa: S310 - https, or a test's own server
            return str(json.load(answer)["value"])
    except (URLError, TimeoutError, ValueError, KeyError) as error:
        said = getattr(error, "code", None) or type(error).__name__
        raise ExportError(
            f"the secret {url} cannot be read ({said}): the service credential {SERVICE_CREDENTIAL} needs the role "
            "Key Vault Secrets User on it"
        ) from None


def service_credential_token() -> str:
    """A token for Key Vault of the access connector behind the service credential. Raises ExportError."""
    try:
        from databricks.sdk.runtime import dbutils

        credentials: Any = dbutils.credentials.getServiceCredentialsProvider
        provider = credentials(SERVICE_CREDENTIAL)
        return str(provider.get_token(_SCOPE).token)
    except Exception as error:  # of an SDK that is there on Databricks only, and of Unity Catalog
        raise ExportError(
            f"no token of the service credential {SERVICE_CREDENTIAL} ({type(error).__name__}): it has to be made in "
            "Unity Catalog, and this job needs ACCESS on it"
        ) from None
