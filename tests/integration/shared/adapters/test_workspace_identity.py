"""The app signs in to Databricks as its managed identity: the real SDKs against servers on loopback."""

from __future__ import annotations

import logging
from collections.abc import Iterator

import pytest

from shared.adapters.connections import Connections
from shared.config import load_settings
from shared.errors import JobRefused, WorkspaceUnavailable
from tests.fakes.loopback import IDENTITY_HEADER, FakeWorkspace, IdentityEndpoint

DATABRICKS = "2ff814a6-3304-4ab8-85cb-cd0e6f879c1d"
CLIENT_ID = "11111111-2222-3333-4444-555555555555"


@pytest.fixture
def identity(monkeypatch: pytest.MonkeyPatch) -> Iterator[IdentityEndpoint]:
    """App Service's identity endpoint, and the environment that leads to it; no other credential."""
    endpoint = IdentityEndpoint()
    for name in ("DATABRICKS_TOKEN", "ARM_CLIENT_SECRET", "MSI_ENDPOINT", "IDENTITY_SERVER_THUMBPRINT"):
        monkeypatch.delenv(name, raising=False)
    for name, value in endpoint.environment.items():
        monkeypatch.setenv(name, value)
    with endpoint.running():
        yield endpoint


@pytest.fixture
def workspace(identity: IdentityEndpoint) -> Iterator[FakeWorkspace]:
    served = FakeWorkspace(identity)
    with served.running():
        yield served


@pytest.fixture
def connections(workspace: FakeWorkspace) -> Connections:
    """What the settings of Azure make: an address and the identity's client id, and no token."""
    return Connections(
        load_settings(databricks_host=workspace.url, databricks_token=None, azure_client_id=CLIENT_ID)
    )


async def test_a_job_is_started_as_the_identity(
    identity: IdentityEndpoint, workspace: FakeWorkspace, connections: Connections
) -> None:
    """The endpoint is asked once, for Databricks' own resource and the app's identity; the job starts."""
    run = await connections.databricks.start(11, "token", {"run_id": "r"})
    assert (run.run_id, run.is_ended) == (77, False)
    assert identity.asked == [(DATABRICKS, CLIENT_ID)]
    (started,) = workspace.started
    assert (started["job_id"], started["job_parameters"]) == (11, {"run_id": "r"})


async def test_a_token_that_ends_is_fetched_again(
    identity: IdentityEndpoint, connections: Connections
) -> None:
    """The workspace takes the newest token only: the next call after one's end comes with another."""
    identity.lives_s = 60
    await connections.databricks.get(77)
    await connections.databricks.get(77)
    assert identity.given == ["identity-token-1", "identity-token-2"]
    identity.lives_s = 3600
    for _ in range(3):
        await connections.databricks.get(77)
    assert len(identity.given) == 3


async def test_a_refused_identity_refuses_the_start(
    identity: IdentityEndpoint, workspace: FakeWorkspace, connections: Connections
) -> None:
    """An identity the app does not have: refused with the endpoint's reason, and a later try may do."""
    identity.failures_left = 1
    identity.failure = (400, {"statusCode": 400, "message": "No User Assigned Identity found"})
    with pytest.raises(JobRefused, match="No User Assigned Identity found"):
        await connections.databricks.start(11, "token", {})
    assert workspace.started == []
    await connections.databricks.start(11, "token", {})
    assert len(workspace.started) == 1


async def test_an_endpoint_that_is_busy_is_asked_again(
    identity: IdentityEndpoint, workspace: FakeWorkspace, connections: Connections
) -> None:
    """A 503 or two in between are nobody's business."""
    identity.failures_left, identity.failure = 2, (503, {"statusCode": 503, "message": "busy"})
    await connections.databricks.start(11, "token", {})
    assert len(workspace.started) == 1 and len(identity.asked) == 3


async def test_an_endpoint_that_is_away_may_come_back(
    identity: IdentityEndpoint, connections: Connections, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing listens: the workspace is out of reach for now, and no start counts as refused."""
    monkeypatch.setenv("IDENTITY_ENDPOINT", "http://127.0.0.1:1/msi/token")
    with pytest.raises(WorkspaceUnavailable) as caught:
        await connections.databricks.start(11, "token", {})
    assert caught.value.is_passing


async def test_no_credential_is_logged(
    identity: IdentityEndpoint, connections: Connections, caplog: pytest.LogCaptureFixture
) -> None:
    """At the most talkative level, neither token nor header is in a line of any library."""
    caplog.set_level(logging.DEBUG)
    await connections.databricks.start(11, "token", {})
    said = "\n".join(f"{record.getMessage()} {record.exc_text or ''}" for record in caplog.records)
    assert "jobs/run-now" in said and IDENTITY_HEADER not in said
    assert identity.given and not any(token in said for token in identity.given)
