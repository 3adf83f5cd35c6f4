"""Runs a program that puts an SDK to the emulator and answers with one JSON line a check."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

from tests.integration.local.servicebus.emulator import Emulator, running_emulator

DEADLINE_S = 400


def ask(command: list[Any], folder: Path) -> dict[str, str]:
    """What was wrong with each check, an empty text where it was right, of a program on an emulator of its own.

    `{connection_string}` and `{control_url}` in the command are filled in.
    """
    with running_emulator(folder) as emulator:
        words = [_fill(str(word), emulator) for word in command]
        run = subprocess.run(words, capture_output=True, text=True, timeout=DEADLINE_S)
    assert run.returncode == 0, run.stdout + run.stderr
    answers = [json.loads(line) for line in run.stdout.splitlines()]
    return {answer["check"]: answer["detail"] for answer in answers}


def last_line(text: str) -> str:
    """The last line of what an installer said: mostly the reason why it gave up."""
    return (text.strip().splitlines() or ["no output"])[-1]


def _fill(word: str, emulator: Emulator) -> str:
    return word.format(connection_string=emulator.connection_string, control_url=emulator.control_url)
