"""How a lane tells of its source."""

from __future__ import annotations

from typing import Literal, Protocol

from shared.messages.base import Source

TroubleKind = Literal["unreachable", "pauses", "slow"]


class Watch(Protocol):
    """Hears how a source is; `shared.runs.source_watch` writes it down."""

    async def trouble(
        self, source: Source, kind: TroubleKind, reason: str, wait_s: float | None = None
    ) -> None:
        """It does not answer, wants a pause or is slow, and is asked again after so many seconds."""

    async def well(self, source: Source) -> None:
        """It answers as it should."""
