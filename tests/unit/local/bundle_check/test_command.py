"""`make bundle-check` without a CLI, and with one that is too old."""

from __future__ import annotations

from pathlib import Path

import pytest

from local.bundle_check.__main__ import main


def test_without_a_cli_it_is_skipped(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """It says so and succeeds; nothing is started."""
    monkeypatch.setenv("PATH", str(tmp_path))
    assert main() == 0
    assert "skipped: there is no databricks on the PATH" in capsys.readouterr().out


def test_an_old_cli_is_an_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Its version and the one that is needed, on stderr."""
    program = tmp_path / "databricks"
    program.write_text("#!/bin/sh\necho 'Databricks CLI v0.240.0'\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    assert main() == 1
    assert "v0.240.0: 1.22 or newer is needed" in capsys.readouterr().err
