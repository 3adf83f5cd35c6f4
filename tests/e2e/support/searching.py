"""Everything that runs leave behind, as searchable bytes."""

from __future__ import annotations

import base64
import gzip
import io
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pyarrow.parquet as pq
from azure.servicebus import NEXT_AVAILABLE_SESSION, ServiceBusClient
from azure.servicebus.exceptions import OperationTimeoutError
from azure.storage.blob import BlobServiceClient

from local.machine.servers import AZURITE_KEY, EMULATOR_KEY
from local.wiring import Credentials

QUEUES = ("tmdb-fetch", "discogs-fetch", "run-events")


def needles(credentials: Credentials) -> dict[str, bytes]:
    """The secrets of a stack by name, also as they look in a URL and in base64."""
    secrets = {
        "TMDB token": credentials.tmdb_token,
        "Discogs token": credentials.discogs_token,
        "Databricks token": credentials.databricks_token,
        "Databricks token of a second deployer": credentials.second_databricks_token,
        "Databricks token of the app": credentials.app_databricks_token,
        "function key": credentials.host_key,
        "storage key": AZURITE_KEY,
        "queue key": EMULATOR_KEY,
    }
    found = {}
    for name, secret in secrets.items():
        found[name] = secret.encode()
        found[f"{name}, quoted"] = quote(secret, safe="").encode()
        found[f"{name}, base64"] = base64.b64encode(secret.encode()).rstrip(b"=")
    return found


def blobs(lake: str) -> Iterator[tuple[str, bytes]]:
    """Name with metadata, and readable content, of every blob of the account."""
    with BlobServiceClient.from_connection_string(lake) as service:
        for container in service.list_containers():
            client = service.get_container_client(container.name)
            for blob in client.list_blobs(include=["metadata"]):
                content = client.download_blob(blob.name).readall()
                yield f"{container.name}/{blob.name} {blob.metadata}", readable(blob.name, content)


def files(folder: Path) -> Iterator[tuple[str, bytes]]:
    """Path and readable content of every file below a folder."""
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            yield str(path), readable(path.name, path.read_bytes())


def waiting_messages(connection_string: str) -> Iterator[tuple[str, bytes]]:
    """Session and content of every message that waits in a queue, in the sessions nobody holds."""
    with ServiceBusClient.from_connection_string(connection_string, retry_total=0) as client:
        for queue in QUEUES:
            yield from _waiting_in(client, queue)


def _waiting_in(client: ServiceBusClient, queue: str) -> Iterator[tuple[str, bytes]]:
    try:
        receiver = client.get_queue_receiver(queue, session_id=NEXT_AVAILABLE_SESSION, max_wait_time=2)
        with receiver:
            for message in receiver.peek_messages(max_message_count=1000):
                yield (
                    f"{queue}/{message.session_id}",
                    str(message.raw_amqp_message).encode() + str(message).encode(),
                )
    except OperationTimeoutError:
        return


def readable(name: str, content: bytes) -> bytes:
    """Content with its compression undone, by the name's ending; what cannot be undone stays."""
    if name.endswith(".gz"):
        return gzip.decompress(content)
    if name.endswith(".parquet"):
        return str(pq.read_table(io.BytesIO(content)).to_pylist()).encode()
    return content
