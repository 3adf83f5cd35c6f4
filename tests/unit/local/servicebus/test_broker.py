"""Runs the tests of the broker's own language: queue semantics on a clock moved by hand, and the codec."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

from local.machine.servers import find_node

ROOT = Path(__file__).parents[4]
NODE_TESTS = sorted(Path(__file__).parent.glob("*.test.mjs"))


def test_broker_passes_its_node_tests() -> None:
    """The node tests of queues, sessions and codec pass."""
    assert len(NODE_TESTS) == 3
    command = [find_node(), "--test", *NODE_TESTS]
    run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120)
    assert run.returncode == 0, run.stdout + run.stderr


def test_node_packages_are_pinned_and_locked_without_a_registry() -> None:
    """Versions are exact, and the lock names no registry: it works wherever npm does."""
    manifest = json.loads((ROOT / "local" / "node" / "package.json").read_text())
    assert manifest["dependencies"] == {"azurite": "3.37.0", "rhea": "3.0.5"}
    lock = json.loads((ROOT / "local" / "node" / "package-lock.json").read_text())
    packages = [package for path, package in lock["packages"].items() if path]
    assert all("resolved" not in package for package in packages)
    assert all(package["integrity"].startswith("sha512-") for package in packages)
