"""Every client as the settings of Azure make it: with the app's identity, under Azure's own names, and with no key.

A process of its own has the settings of a deployment and nothing else. Names are found on loopback, which is all that
differs: the SDKs, their TLS and their policies for tokens are real.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.builders.emulators import servicebus
from tests.fakes.cloud import Certificates, FakeCloud, TlsDoorway, certificates_for
from tests.fakes.loopback import IdentityEndpoint

ROOT = Path(__file__).parents[4]
CLIENT_ID = "11111111-2222-3333-4444-555555555555"
INSIGHTS = "westeurope-5.in.applicationinsights.azure.com"
#: What infrastructure/main.bicep hands to function-app.bicep, by the names of app-settings.json.
VALUES = {
    "clientId": CLIENT_ID,
    "credential": "managedidentity",
    "hostStorageName": "hostabc",
    "insightsAuthentication": f"Authorization=AAD;ClientId={CLIENT_ID}",
    "insightsConnectionString": f"InstrumentationKey=00000000-0000-0000-0000-000000000000;IngestionEndpoint=https://{INSIGHTS}/",
    "lakeBlobEndpoint": "https://lakeabc.blob.core.windows.net/",
    "lakeQueueEndpoint": "https://lakeabc.queue.core.windows.net/",
    "tablesUri": "abfss://{container}@lakeabc.dfs.core.windows.net/tables",
    "filesPath": "/Volumes/crossfade/files/{area}",
    "catalog": "crossfade",
    "serviceBusHost": "sb-crossfade-abc.servicebus.windows.net",
    "vaultUrl": "https://kv-abc.vault.azure.net/",
    "databricksUrl": "https://adb-1.2.azuredatabricks.net",
    "publicUrl": "https://func-crossfade-abc.azurewebsites.net",
    "silverJobId": "11",
    "bulkJobId": "13",
    "goldJobId": "12",
}
NAMES = [
    "lakeabc.blob.core.windows.net",
    "sb-crossfade-abc.servicebus.windows.net",
    "kv-abc.vault.azure.net",
    "adb-1.2.azuredatabricks.net",
    INSIGHTS,
]
#: Whose token each service is asked with.
RESOURCES = {
    "lake": "https://storage.azure.com",
    "bus": "https://servicebus.azure.net/",
    "vault": "https://vault.azure.net",
    "databricks": "2ff814a6-3304-4ab8-85cb-cd0e6f879c1d",
    "telemetry": "https://monitor.azure.com/",
}
# Finds Azure's names on loopback, 443 and 5671 at the ports it is given, and no other name at all.
CALLS = """
import asyncio, json, os, socket, sys
import certifi
ports, find = json.loads(sys.argv[1]), socket.getaddrinfo

def found(host, port, *rest, **named):
    host = host.decode() if isinstance(host, bytes) else host
    if host == "127.0.0.1":
        return find(host, port, *rest, **named)
    if host not in ports["names"]:
        raise socket.gaierror(f"no such name here: {host}")
    return find("127.0.0.1", ports[str(port)], *rest, **named)

socket.getaddrinfo = found
certifi.where = lambda: os.environ["SSL_CERT_FILE"]  # azure-servicebus takes its authorities from there
from opentelemetry import trace
from shared.adapters import telemetry
from shared.adapters.connections import Connections
from shared.config import load_settings
from shared.errors import CrossfadeError

connections = Connections(load_settings())

async def lake():
    for number in range(2):
        await connections.lake.create("raw", f"run/{number}", b"answer")

async def bus():
    await connections.bus.peek_dead_letters("run-events", 1)

async def vault():
    assert await connections.secrets.get("TMDB_TOKEN") == "kept-in-the-vault"

async def databricks():
    assert (await connections.databricks.start(11, "token", {})).run_id == 77

async def send_telemetry():
    telemetry.configure(connections.config)
    with connections.telemetry.span("fetch_tmdb"):
        pass
    await asyncio.to_thread(trace.get_tracer_provider().force_flush, 10_000)

async def main():
    said = {}
    calls = {"lake": lake, "bus": bus, "vault": vault, "databricks": databricks, "telemetry": send_telemetry}
    for name, call in calls.items():
        try:
            await call()
            said[name] = "ok"
        except CrossfadeError as error:
            said[name] = f"{type(error).__name__} {getattr(error, 'is_passing', None)}"
    print(json.dumps(said))

asyncio.run(main())
"""


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    return certificates_for(NAMES, tmp_path_factory.mktemp("certificates"))


@pytest.fixture(scope="module")
def doorway(tmp_path_factory: pytest.TempPathFactory, certificates: Certificates) -> Iterator[TlsDoorway]:
    """The Service Bus emulator behind TLS, as Azure's is."""
    with servicebus(tmp_path_factory.mktemp("servicebus")) as emulator:
        made = TlsDoorway(certificates, emulator.port)
        with made.running():
            yield made


@pytest.fixture
def cloud(certificates: Certificates) -> Iterator[FakeCloud]:
    made = FakeCloud(certificates)
    with made.running():
        yield made


@pytest.fixture
def identity() -> Iterator[IdentityEndpoint]:
    made = IdentityEndpoint()
    with made.running():
        yield made


def app_settings() -> dict[str, str]:
    """The settings of the app in Azure: those that are wired, and the defaults."""
    contract = json.loads((ROOT / "infrastructure/app-settings.json").read_text())
    wired = {setting["name"]: VALUES[setting["from"]] for setting in contract["wired"]}
    defaults = {
        name: value if isinstance(value, str) else json.dumps(value)
        for name, value in contract["defaults"].items()
    }
    return {**defaults, **wired}


def call_all(
    identity: IdentityEndpoint, cloud: FakeCloud, doorway: TlsDoorway, certificates: Certificates
) -> dict[str, Any]:
    """Each client's first call in a process with the app's settings: ok, or the error it raised."""
    environment = {
        **{name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ},
        **app_settings(),
        **identity.environment,
        "SSL_CERT_FILE": str(certificates.authority),
        "REQUESTS_CA_BUNDLE": str(certificates.authority),
        "APPLICATIONINSIGHTS_STATSBEAT_DISABLED_ALL": "true",
    }
    ports = {"names": NAMES, "443": cloud.port, "5671": doorway.port}
    done = subprocess.run(
        [sys.executable, "-c", CALLS, json.dumps(ports)],
        cwd=ROOT, env=environment, capture_output=True, text=True, timeout=120,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    said: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return said


def test_the_settings_hold_no_key() -> None:
    """What is wired is addresses, names and ids; a connection string is the one that opens nothing by itself."""
    settings = app_settings()
    assert {
        name for name in ("LAKE", "SERVICEBUS", "DATABRICKS_TOKEN", "TMDB_TOKEN") if name in settings
    } == set()
    assert not [
        name for name, value in settings.items() if "AccountKey=" in value or "SharedAccessKey=" in value
    ]


def test_each_client_signs_in_as_the_app(
    identity: IdentityEndpoint, cloud: FakeCloud, doorway: TlsDoorway, certificates: Certificates
) -> None:
    """Each asks once for a token of its own service and the app's client id, and shows it; telemetry asks by signal."""
    assert call_all(identity, cloud, doorway, certificates) == dict.fromkeys(RESOURCES, "ok")
    asked = Counter(identity.asked)
    assert set(asked) == {(resource, CLIENT_ID) for resource in RESOURCES.values()}
    assert {resource for (resource, _), times in asked.items() if times > 1} <= {RESOURCES["telemetry"]}
    resource_of = {
        token: resource for token, (resource, _) in zip(identity.given, identity.asked, strict=True)
    }
    shown = {(request.host, resource_of[request.token]) for request in cloud.asked if request.token}
    lake, bus, vault, workspace, insights = NAMES
    assert shown == {
        (lake, RESOURCES["lake"]),
        (vault, RESOURCES["vault"]),
        (workspace, RESOURCES["databricks"]),
        (insights, RESOURCES["telemetry"]),
    }
    (token,) = (token for token, resource in resource_of.items() if resource == RESOURCES["bus"])
    assert token.encode() in doorway.sent and bus.encode() in doorway.sent
    told = {request.host for request in cloud.asked if request.token is None}
    assert told <= {vault, workspace}  # the vault's own question, and the workspace's open page about itself


def test_a_token_that_has_ended_is_not_shown(
    identity: IdentityEndpoint, cloud: FakeCloud, doorway: TlsDoorway, certificates: Certificates
) -> None:
    """Tokens for the lake that end as they are given: each of its calls comes with another."""
    identity.lives_of[RESOURCES["lake"]] = 0
    assert call_all(identity, cloud, doorway, certificates) == dict.fromkeys(RESOURCES, "ok")
    shown = [request.token for request in cloud.asked if request.host == NAMES[0]]
    given = zip(identity.given, identity.asked, strict=True)
    of_lake = [token for token, (resource, _) in given if resource == RESOURCES["lake"]]
    assert len(set(shown)) == 2 and set(shown) <= set(of_lake)


def test_without_an_identity_each_client_says_so_in_its_own_words(
    identity: IdentityEndpoint, cloud: FakeCloud, doorway: TlsDoorway, certificates: Certificates
) -> None:
    """Refused tokens are the error of what is out of reach; a job is refused; telemetry hurts nobody."""
    identity.failures_left = 10_000
    identity.failure = (400, {"statusCode": 400, "message": "No User Assigned Identity found"})
    assert call_all(identity, cloud, doorway, certificates) == {
        "lake": "LakeUnavailable True",
        "bus": "QueuesUnavailable True",
        "vault": "VaultUnavailable True",
        "databricks": "JobRefused None",
        "telemetry": "ok",
    }
    assert not [request for request in cloud.asked if request.token]
    assert {client for _, client in identity.asked} == {CLIENT_ID}
