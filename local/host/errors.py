"""Errors of the host.

HostError
├── StartError           the app cannot be started as it is: one clear line, exit code 2
│   ├── LoadError        function_app.py cannot be imported or holds no function app
│   ├── IndexingError    a function's bindings and signature do not fit (the worker's words)
│   └── SettingError     a setting is missing or cannot be read
└── InvocationTimeout    a function ran longer than functionTimeout
"""

from __future__ import annotations


class HostError(Exception):
    """Anything the host itself finds wrong."""


class StartError(HostError):
    """The app cannot be started as it is."""


class LoadError(StartError):
    """function_app.py cannot be imported or holds no function app."""


class IndexingError(StartError):
    """A function's bindings and its signature do not fit."""

    def __init__(self, function: str, problem: str) -> None:
        super().__init__(f"cannot load the {function} function: {problem}")


class SettingError(StartError):
    """A setting is missing or cannot be read."""


class InvocationTimeout(HostError):
    """A function ran longer than functionTimeout."""
