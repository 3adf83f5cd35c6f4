"""Where MongoDB is, and that its key is shown nowhere."""

from __future__ import annotations

import json
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spark_jobs.export.mongo.address import (
    VARIABLE,
    MongoAddress,
    VaultSecret,
    address_from,
    read_vault_secret,
    service_credential_token,
)
from spark_jobs.export.mongo.errors import ExportError

WORDS = st.text("abcdefghjkmnpqrstuvwxyz0123456789", min_size=8, max_size=20)
AT_VAULT = VaultSecret("https://kv-x.vault.azure.net/secrets/mongo-uri", "of-vault")


@given(user=WORDS, password=WORDS, words=st.text(max_size=20))
def test_no_text_shows_user_or_password(user: str, password: str, words: str) -> None:
    """Neither the address as text nor a text it has redacted holds them, alone or within a URI."""
    uri = f"mongodb+srv://{user}:{password}@db.example/crossfade?retryWrites=false"
    address = MongoAddress(uri)
    said = f"{address!r} {address} {address.redact(f'{words} {uri} {password} for {user}')}"
    assert password not in said
    assert user not in said


def test_a_part_of_a_uri_is_redacted_too() -> None:
    """An error that repeats another URI shows no login of it."""
    told = MongoAddress("mongodb://127.0.0.1/x").redact("cannot use mongodb://me:mine@host:1/x?a=b, says it")
    assert told == "cannot use mongodb://host:1/x?a=b, says it"


@pytest.mark.parametrize("uri", ["http://host/x", "host:27017", "mongodb://", "me:secretword@host"])
def test_what_is_no_uri_is_refused_unshown(uri: str) -> None:
    """The message names the setting and not its value."""
    with pytest.raises(ExportError, match=VARIABLE) as raised:
        MongoAddress(uri)
    assert "secretword" not in str(raised.value)


@pytest.mark.parametrize(
    ("uri", "is_taken"),
    [
        ("mongodb://127.0.0.1:27017/x", True),
        ("mongodb://localhost,127.0.0.1:2/x", True),
        ("mongodb://[::1]:27017/x", True),
        ("mongodb://elsewhere:27017/x", False),
        ("mongodb://127.0.0.1:1,elsewhere:2/x", False),
        ("mongodb://elsewhere/x?tls=true", True),
        ("mongodb://elsewhere/x?ssl=true", True),
        ("mongodb+srv://elsewhere/x", True),
        ("mongodb+srv://elsewhere/x?tls=false", False),
    ],
)
def test_a_server_elsewhere_wants_tls(uri: str, is_taken: bool) -> None:
    """Only what stays on this machine goes unencrypted."""
    if is_taken:
        assert MongoAddress(uri).uri == uri
        return
    with pytest.raises(ExportError, match="TLS"):
        MongoAddress(uri)


def test_the_database_is_that_of_the_uri() -> None:
    """Without one it is called crossfade."""
    assert MongoAddress("mongodb://localhost/other?appName=x").database == "other"
    assert MongoAddress("mongodb://localhost").database == "crossfade"


def test_the_environment_goes_before_the_vault() -> None:
    """Neither named: there is nothing to export to. The vault is asked for nothing but an address of a secret."""
    uri = "mongodb://localhost/x"
    assert address_from({}) is None
    assert address_from({VARIABLE: " "}, VaultSecret()) is None
    assert address_from({VARIABLE: uri}, AT_VAULT, lambda _: "never") == MongoAddress(uri)
    asked: list[VaultSecret] = []
    assert address_from({}, AT_VAULT, lambda one: asked.append(one) or f"{uri}\n") == MongoAddress(uri)
    assert asked == [AT_VAULT]
    with pytest.raises(ExportError, match="secret's address") as raised:
        address_from({}, VaultSecret("mongodb://me:secretword@host"), lambda _: uri)
    assert "secretword" not in str(raised.value)


@pytest.fixture
def vault() -> Iterator[tuple[str, list[str]]]:
    """A vault on this machine that wants the token `good`; its address, and the paths it was asked for."""
    asked: list[str] = []

    class Answers(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            is_good = self.headers["Authorization"] == "Bearer good"
            self.send_response(200 if is_good else 403)
            self.end_headers()
            self.wfile.write(json.dumps({"value": "mongodb://localhost/x"}).encode() if is_good else b"{}")

        def log_message(self, *_: object) -> None:
            """Nothing on stderr."""

    with HTTPServer(("127.0.0.1", 0), Answers) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/secrets/mongo-uri", asked
        server.shutdown()
        thread.join()


def test_the_vault_gives_the_uri(vault: tuple[str, list[str]]) -> None:
    """The job's own token goes in the header, and the secret's value comes back."""
    url, asked = vault
    assert (
        read_vault_secret(VaultSecret(url, "of-vault"), {"of-vault": "good"}.__getitem__)
        == "mongodb://localhost/x"
    )
    assert asked == ["/secrets/mongo-uri?api-version=7.4"]


def test_a_vault_that_refuses_is_named(vault: tuple[str, list[str]]) -> None:
    """The message says which secret, which status and which role is missing."""
    url, _ = vault
    with pytest.raises(
        ExportError, match=r"secrets/mongo-uri cannot be read \(403\).*Key Vault Secrets User"
    ):
        read_vault_secret(VaultSecret(url, "of-vault"), lambda _: "other")


def test_the_token_is_that_of_the_service_credential(monkeypatch: pytest.MonkeyPatch) -> None:
    """Databricks is asked for it by name, and it for a token for Key Vault."""
    asked: list[str] = []

    def token(scope: str) -> SimpleNamespace:
        asked.append(scope)
        return SimpleNamespace(token=scope[:5])

    def provider(name: str) -> SimpleNamespace:
        asked.append(name)
        return SimpleNamespace(get_token=token)

    credentials = SimpleNamespace(getServiceCredentialsProvider=provider)
    runtime = SimpleNamespace(dbutils=SimpleNamespace(credentials=credentials))
    monkeypatch.setitem(sys.modules, "databricks.sdk.runtime", runtime)
    assert service_credential_token("of-vault") == "https"
    assert asked == ["of-vault", "https://vault.azure.net/.default"]


def test_without_databricks_there_is_no_token(monkeypatch: pytest.MonkeyPatch) -> None:
    """The message says what has to be made, and not what the workspace said."""
    monkeypatch.setitem(sys.modules, "databricks.sdk.runtime", SimpleNamespace())
    with pytest.raises(ExportError, match="service credential 'of-vault'"):
        service_credential_token("of-vault")
