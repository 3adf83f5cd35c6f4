"""The stand-in: mongo-java-server on the Java that Spark runs on, driven from Python through py4j.

It says of itself that it is MongoDB 5.0 and speaks wire version 13, because pymongo refuses what its stock version
says. It holds everything in memory. Sessions, transactions, users and change streams it has none of; what it takes
without effect (TTL, collation, validators) nothing here may use.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from py4j.java_gateway import CallbackServerParameters, GatewayParameters, JavaGateway, launch_gateway

VERSION, WIRE_VERSION = (5, 0, 0), 13


class JarsMissing(Exception):
    """The stand-in cannot run: its jars are not there. The message says what to do."""


class MongoVersion:
    """Java's interface `de.bwaldvogel.mongo.MongoVersion`, implemented here; py4j calls it by these names."""

    def __init__(self, gateway: JavaGateway) -> None:
        self._numbers = gateway.jvm.java.util.ArrayList()
        for number in VERSION:
            self._numbers.append(number)

    def getVersionArray(self) -> Any:
        """The version as a list of numbers."""
        return self._numbers

    def toVersionString(self) -> str:
        """The version as text."""
        return ".".join(map(str, VERSION))

    def getWireVersion(self) -> int:
        """The protocol that clients ask for."""
        return WIRE_VERSION

    class Java:
        """What py4j reads."""

        implements = ("de.bwaldvogel.mongo.MongoVersion",)


@contextmanager
def stand_in(java: Path, py4j_jar: Path, jars: Path, *, port: int, memory: str) -> Iterator[int]:
    """Run the server on 127.0.0.1 while the block lasts; gives its port. `memory` is Java's heap, such as 2g.

    Raises JarsMissing.
    """
    found = sorted(jars.glob("*.jar"))
    if not any(jar.name.startswith("mongo-java-server-core-") for jar in found):
        raise JarsMissing(f"no jars of mongo-java-server in {jars}: run python -m local.setup run")
    gateway = _gateway(java, py4j_jar, [str(jar) for jar in found], memory)
    try:
        backend = gateway.jvm.de.bwaldvogel.mongo.backend.memory.MemoryBackend()
        server = gateway.jvm.de.bwaldvogel.mongo.MongoServer(backend.version(MongoVersion(gateway)))
        server.bind("127.0.0.1", port)
        yield int(server.getLocalAddress().getPort())
        server.shutdownNow()
    finally:
        gateway.shutdown()


def _gateway(java: Path, py4j_jar: Path, jars: Sequence[str], memory: str) -> JavaGateway:
    """A Java that ends with this process, and that can call what is implemented in Python."""
    port, token = launch_gateway(
        jarpath=str(py4j_jar),
        classpath=os.pathsep.join(jars),
        java_path=str(java),
        javaopts=[f"-Xmx{memory}"],
        die_on_exit=True,
        enable_auth=True,
    )
    gateway = JavaGateway(gateway_parameters=GatewayParameters(port=port, auth_token=token))
    # Java knows no token to send here; it may call nothing but the methods of what is handed to it.
    gateway.start_callback_server(
        CallbackServerParameters(port=0, daemonize=True, daemonize_connections=True)
    )
    client = gateway.java_gateway_server
    listening = gateway.get_callback_server().get_listening_port()
    client.resetCallbackClient(client.getCallbackClient().getAddress(), listening)
    return gateway
