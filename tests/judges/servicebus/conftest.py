"""The judges' emulator is that of its own tests."""

from __future__ import annotations

from tests.integration.local.servicebus.conftest import emulator, server

__all__ = ["emulator", "server"]
