"""What all messages share: frozen, versioned, the same bytes for the same content."""

from __future__ import annotations

from datetime import date
from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, ValidationError

from shared.errors import InvalidMessage

Source = Literal["tmdb", "discogs"]
Mode = Literal["full", "incremental", "bulk"]


class Message(BaseModel):
    """Base of all messages: immutable, unknown fields refused."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    version: Literal[1] = 1

    def to_json(self) -> str:
        """This message as compact JSON."""
        return self.model_dump_json(exclude_none=True)

    @classmethod
    def from_json(cls, text: str | bytes) -> Self:
        """Parse a message.

        Raises:
            InvalidMessage: naming the first wrong field.
        """
        try:
            return cls.model_validate_json(text)
        except ValidationError as error:
            first = error.errors()[0]
            field = ".".join(str(part) for part in first["loc"]) or cls.__name__
            raise InvalidMessage(field, first["msg"]) from error


def raw_prefix(kind: str, ingest_date: date, run_id: str) -> str:
    """Folder of a run's blobs of one task kind within the raw container."""
    source, name = kind.split(".", 1)
    return f"{source}/{name}/ingest_date={ingest_date.isoformat()}/run_id={run_id}/"


def source_of(kind_or_task_id: str) -> Source:
    """The API behind a task kind or a task id: both begin with the source's name."""
    return "tmdb" if kind_or_task_id.startswith("tmdb.") else "discogs"


def lane_names(source: Source, lanes_per_source: int) -> list[str]:
    """The sessions that carry a source's tasks: its name, numbered when there are several."""
    if lanes_per_source == 1:
        return [source]
    return [f"{source}-{number}" for number in range(lanes_per_source)]
