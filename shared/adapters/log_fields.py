"""Fields of log lines: run, task and stage, set once around a piece of work and added to every line of it."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

_fields: ContextVar[dict[str, str]] = ContextVar("log_fields", default={})  # noqa: B039 -- never changed in place


@contextmanager
def about(**fields: str | None) -> Iterator[None]:
    """Lines logged inside carry these fields (`run_id`, `task_id`, `stage`); None says nothing."""
    token = _fields.set({**_fields.get(), **{name: value for name, value in fields.items() if value}})
    try:
        yield
    finally:
        _fields.reset(token)


class AddFields(logging.Filter):
    """Adds the fields to the records that pass; what a record says itself wins."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Always True."""
        for name, value in _fields.get().items():
            if not hasattr(record, name):
                setattr(record, name, value)
        return True


def add_fields(logger: logging.Logger) -> None:
    """Let all handlers of a logger add the fields; may be called again."""
    for handler in logger.handlers:
        if not any(isinstance(found, AddFields) for found in handler.filters):
            handler.addFilter(AddFields())
