"""Settings: a wrong one is named, and no secret shows."""

from __future__ import annotations

import pytest

from shared.config import load_settings
from shared.errors import InvalidSettings

SECRET = "nobody-may-see-this"  # noqa: S105 -- not a credential anywhere
SECRETS = [
    "LAKE",
    "SERVICEBUS",
    "TMDB_TOKEN",
    "DISCOGS_TOKEN",
    "DATABRICKS_TOKEN",
    "SLACK_WEBHOOK_URL",
    "REDIS_URL",
]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("TMDB_REQUESTS_PER_S", "fast"),
        ("TMDB_REQUESTS_PER_S", "0"),
        ("DISCOGS_REQUESTS_PER_MIN", "-1"),
        ("TASK_LIMIT_S", "300"),
        ("MAX_FAILED_SHARE", "2"),
        ("PLAN_MODE", "sometimes"),
        ("TMDB_BASE_URL", "not a url"),
        ("SILVER_JOB_ID", "silver"),
        ("BLOB_TRIGGER_SOURCE", "magic"),
        ("LANES_PER_SOURCE", "0"),
        ("TABLES_URI", "abfss://tables@account.dfs.core.windows.net"),
        ("FILES_PATH", "/Volumes/crossfade/files"),
        ("CATALOG", ""),
        ("TABLE_RETENTION_DAYS", "0"),
    ],
)
def test_a_wrong_setting_is_named(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    """The error begins with the setting's name, as it stands in the app's settings."""
    monkeypatch.setenv(name, value)
    with pytest.raises(InvalidSettings, match=f"^{name}: ") as caught:
        load_settings()
    assert caught.value.field == name


@pytest.mark.parametrize("name", SECRETS)
def test_secrets_are_masked(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    """Neither repr nor str nor JSON of the settings shows a secret."""
    monkeypatch.setenv(name, SECRET)
    loaded = load_settings()
    assert SECRET not in repr(loaded) + str(loaded) + loaded.model_dump_json()


def test_a_wrong_secret_is_not_shown_either(monkeypatch: pytest.MonkeyPatch) -> None:
    """The error of a wrong setting does not repeat its value."""
    monkeypatch.setenv("DATABRICKS_HOST", SECRET)
    with pytest.raises(InvalidSettings) as caught:
        load_settings()
    assert SECRET not in str(caught.value)


def test_names_do_not_depend_on_case(monkeypatch: pytest.MonkeyPatch) -> None:
    """App settings are upper case, and the identity ones as the Functions host names them."""
    monkeypatch.setenv("MAX_ATTEMPTS", "7")
    monkeypatch.setenv("SERVICEBUS__fullyQualifiedNamespace", "crossfade.servicebus.windows.net")
    loaded = load_settings()
    assert loaded.max_attempts == 7
    assert loaded.servicebus_namespace == "crossfade.servicebus.windows.net"


def test_defaults_keep_the_promised_rates() -> None:
    """40 requests a second, 60 a minute, a batch well under the lock, 1 % failed tasks."""
    loaded = load_settings()
    assert (loaded.tmdb_requests_per_s, loaded.discogs_requests_per_min) == (40, 60)
    assert loaded.task_limit_s < 300 and loaded.max_failed_share == 0.01
