"""What may be wrong with a dump."""

from __future__ import annotations


class DumpError(Exception):
    """A dump that cannot be read whole: nothing of it is published. The message names the file and the remedy."""


class BadPiece(Exception):
    """A release of a dump that cannot be read; says why. It is quarantined, and the file goes on."""
