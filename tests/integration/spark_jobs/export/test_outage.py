"""A server that does not answer: exports wait, catch up later, fail nothing, and say nothing of the key."""

from __future__ import annotations

import json
import logging
import socket
import threading
from collections.abc import Iterator
from contextlib import closing, suppress

import pytest
from pyspark.sql import SparkSession

from spark_jobs.export.command import export_after_gold, main
from spark_jobs.export.job import Request, export
from spark_jobs.export.mongo.address import VARIABLE, MongoAddress, VaultSecret
from spark_jobs.export.mongo.errors import ServerUnavailableError
from spark_jobs.export.mongo.server import Documents
from spark_jobs.runtime.session import SHORT_LIVED
from tests.integration.spark_jobs.builders.exported import FIRST, THIRD
from tests.integration.spark_jobs.export.conftest import Contents, Server, ThreeRuns, contents, rows_held

pytestmark = pytest.mark.slow

PASSWORD = "pass" + "word-of-nobody"


class Gate:
    """A way to a server, by a port of its own, that can be shut: connections are cut and new ones refused."""

    def __init__(self, target: tuple[str, int]) -> None:
        self._target, self._open = target, True
        self._sockets: list[socket.socket] = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self._threads = [threading.Thread(target=self._accept, daemon=True)]
        self._threads[0].start()

    def shut(self) -> None:
        self._open = False
        for each in self._sockets:
            _close(each)
        self._sockets.clear()

    def open(self) -> None:
        self._open = True

    def close(self) -> None:
        self.shut()
        self._listener.close()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            if not self._open:
                _close(client)
                continue
            server = socket.create_connection(self._target)
            self._sockets += [client, server]
            for source, sink in ((client, server), (server, client)):
                threading.Thread(target=_pump, args=(source, sink), daemon=True).start()


def _pump(source: socket.socket, sink: socket.socket) -> None:
    with suppress(OSError):  # shut
        while data := source.recv(1 << 16):
            sink.sendall(data)
    _close(source)
    _close(sink)


def _close(each: socket.socket) -> None:
    with suppress(OSError):  # of a connection that has ended
        each.shutdown(socket.SHUT_RDWR)
    each.close()


@pytest.fixture
def gate(server: Server) -> Iterator[Gate]:
    """A gate before the server, which has to be on this machine without TLS."""
    host, _, port = server.uri.partition("://")[2].partition("/")[0].rpartition("@")[2].partition(":")
    if "tls=true" in server.uri:
        pytest.skip("the server speaks TLS with a name of its own")
    with closing(Gate((host, int(port)))) as found:
        yield found


def through(gate: Gate, address: MongoAddress) -> MongoAddress:
    """The same database by way of the gate."""
    head, _, rest = address.uri.partition("://")
    login, at, _ = rest.partition("/")[0].rpartition("@")
    options = "directConnection=true"
    return MongoAddress(f"{head}://{login}{at}127.0.0.1:{gate.port}/{address.database}?{options}")


@pytest.mark.usefixtures("first_is_exported")
def test_a_server_that_comes_and_goes(
    spark: SparkSession,
    runs: ThreeRuns,
    exported: Contents,
    address: MongoAddress,
    documents: Documents,
    gate: Gate,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """One that meets a shut gate gives up after its time; the next meets it, too, goes on when it opens, and mends."""

    def shut(step: str) -> None:
        if step == "indexed":
            gate.shut()

    def shut_for_a_while(step: str) -> None:
        shut(step)
        if step == "indexed":
            threading.Timer(1, gate.open).start()

    with monkeypatch.context() as patch:
        patch.setattr("spark_jobs.export.mongo.server.CONNECT_LIMIT_MS", 500)
        with pytest.raises(ServerUnavailableError):
            export(spark, runs.second, through(gate, address), Request(patience_s=1, tell=shut))
    gate.open()
    assert documents["exports"].find_one({"_id": "current"})["run"] == FIRST
    request = Request(patience_s=60, tell=shut_for_a_while)
    assert export(spark, runs.third, through(gate, address), request)["retries"] > 0
    assert rows_held(contents(documents)) == rows_held(exported)


def test_gold_does_not_fail_with_its_export(
    spark: SparkSession, runs: ThreeRuns, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Nobody listens: gold's last step returns, the report says so, and the key stands nowhere."""
    with closing(socket.create_server(("127.0.0.1", 0))) as taken:
        port = taken.getsockname()[1]
    monkeypatch.setenv(VARIABLE, f"mongodb://somebody:{PASSWORD}@127.0.0.1:{port}/crossfade")
    monkeypatch.setattr("spark_jobs.export.command.Request", lambda: Request(patience_s=0.1))
    monkeypatch.setattr("spark_jobs.export.mongo.server.CONNECT_LIMIT_MS", 200)
    with caplog.at_level(logging.DEBUG):
        export_after_gold(spark, runs.lake.addresses, VaultSecret(), 7)
    files = runs.third.files
    said = files.read_json("control", "export.json")
    assert (said["run_id"], said["state"]) == (THIRD, "failed")
    assert "does not answer" in said["reason"]
    metrics = files.read_json("metrics", f"{THIRD}/export.json")
    assert PASSWORD not in caplog.text + json.dumps([said, metrics])
    assert "somebody" not in json.dumps([said, metrics])


@pytest.mark.usefixtures("first_is_exported")
def test_the_command_exports_what_is_current(
    spark: SparkSession,
    runs: ThreeRuns,
    address: MongoAddress,
    documents: Documents,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """By hand: the export in a session of its size, its report, and a comparison that finds nothing, then something."""
    monkeypatch.setenv(VARIABLE, address.uri)
    asked: list[dict[str, str]] = []

    def session(_: str, **settings: str) -> SparkSession:
        asked.append(settings)
        return spark

    monkeypatch.setattr("spark_jobs.export.command.spark_session", session)
    where = ["--tables", runs.lake.addresses.tables, "--files", runs.lake.addresses.files]
    assert main(where) == 0
    assert json.loads(capsys.readouterr().out)["run"] == THIRD
    assert asked == [SHORT_LIVED]
    said = runs.third.files.read_json("control", "export.json")
    assert (said["run_id"], said["state"], said["reason"]) == (THIRD, "completed", "")
    assert main([*where, "--verify"]) == 0
    assert main([*where, "--indexes"]) == 0
    documents["films"].delete_one({"_id": 3})
    assert main([*where, "--verify"]) == 1
    assert "differs: films 3" in capsys.readouterr().out
    monkeypatch.delenv(VARIABLE)
    assert main(where) == 1
    assert f"set {VARIABLE}" in capsys.readouterr().err
