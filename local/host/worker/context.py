"""The invocation context a handler may ask for with a parameter named ``context``."""

from __future__ import annotations

import secrets
import threading
from pathlib import Path
from typing import Any

import azure.functions as func
from azure.functions._abc import TraceContext


class _Trace(TraceContext):
    def __init__(self, trace_parent: str | None) -> None:
        self._parent = trace_parent or f"00-{secrets.token_hex(16)}-{secrets.token_hex(8)}-01"

    @property
    def trace_parent(self) -> str:
        """W3C traceparent of the trigger, or a new one."""
        return self._parent

    @property
    def trace_state(self) -> str:
        """Always empty."""
        return ""

    @property
    def attributes(self) -> dict[str, str]:
        """Always empty."""
        return {}


class InvocationContext(func.Context):
    """One invocation: its id, function and trace. The local host has no retry policies."""

    def __init__(self, function_name: str, invocation_id: str, trace_parent: str | None = None) -> None:
        self._function_name = function_name
        self._invocation_id = invocation_id
        self._trace = _Trace(trace_parent)
        self._local = threading.local()
        self._local.invocation_id = invocation_id

    @property
    def invocation_id(self) -> str:
        """A UUID."""
        return self._invocation_id

    @property
    def function_name(self) -> str:
        """The function's name."""
        return self._function_name

    @property
    def function_directory(self) -> str:
        """The app's folder."""
        return str(Path.cwd())

    @property
    def thread_local_storage(self) -> Any:
        """Thread local storage holding ``invocation_id``."""
        return self._local

    @property
    def trace_context(self) -> TraceContext:
        """The W3C trace context."""
        return self._trace

    @property
    def retry_context(self) -> Any:
        """None: there is no retry policy."""
        return None
