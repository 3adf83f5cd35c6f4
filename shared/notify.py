"""Notices to people: a Slack message when a run ends. A dead webhook never hurts a run."""

from __future__ import annotations

import logging

import httpx

from shared.runs import RunState

TIMEOUT_S = 5.0
log = logging.getLogger(__name__)


class Notifier:
    """Posts to a Slack incoming webhook.

    Args:
        http: client to post with.
        webhook_url: the webhook; None sends nothing.
        public_url: base URL of the app, for the link to the run.
    """

    def __init__(self, http: httpx.AsyncClient, webhook_url: str | None, public_url: str | None) -> None:
        self._http = http
        self._webhook_url = webhook_url
        self._public_url = public_url

    async def run_ended(self, state: RunState) -> None:
        """Say how a run ended."""
        if self._webhook_url is None:
            return
        try:
            answer = await self._http.post(
                self._webhook_url, json={"text": self._text(state)}, timeout=TIMEOUT_S
            )
            answer.raise_for_status()
        except httpx.HTTPStatusError as error:
            log.warning("the notice of run %s was refused: %d", state.run_id, error.response.status_code)
        except httpx.HTTPError as error:
            log.warning("the notice of run %s did not go out: %s", state.run_id, type(error).__name__)

    def _text(self, state: RunState) -> str:
        counts = ", ".join(f"{name} {count:,}" for name, count in state.counts.items())
        lines = [f"Crossfade run {state.run_id} {state.state}", state.reason or counts]
        if self._public_url:
            lines.append(f"{self._public_url.rstrip('/')}/api/runs/{state.run_id}")
        return "\n".join(line for line in lines if line)
