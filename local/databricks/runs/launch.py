"""Runs an entry point of an installed package, as a program: `launch.py NAME MODULE:FUNCTION ARGUMENT...`."""

from __future__ import annotations

import importlib
import sys

if __name__ == "__main__":
    _, name, target, *arguments = sys.argv
    module, _, function = target.partition(":")
    sys.argv = [name, *arguments]
    sys.exit(getattr(importlib.import_module(module), function)())
