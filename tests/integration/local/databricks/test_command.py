"""The deployer's command line, on a workspace of its own."""

from __future__ import annotations

from pathlib import Path

import pytest

from local.bundle.__main__ import main
from local.machine.servers import Child, azurite_connection_string
from tests.integration.local.databricks.server import TOKEN, command


def test_deploy_summary_and_destroy(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The ids that the app's settings need are printed; a second deployment has no changes; wrong tokens are told."""
    env = {"DATABRICKS_TOKEN": TOKEN, "STORE": azurite_connection_string("http://127.0.0.1:1")}
    with Child("databricks", command(tmp_path), env, tmp_path / "server.log").start() as child:
        child.wait_ready()
        monkeypatch.setenv("DATABRICKS_TOKEN", TOKEN)
        said = [asked(capsys, word, child.url) for word in ("deploy", "deploy", "summary", "plan", "destroy")]
        assert said[0].splitlines()[-4:] == [
            "36 changes",
            "crossfade_bulk 1",
            "crossfade_gold 2",
            "crossfade_silver 3",
        ]
        assert said[1].splitlines() == [
            "0 changes",
            "crossfade_bulk 1",
            "crossfade_gold 2",
            "crossfade_silver 3",
        ]
        assert said[2].splitlines() == ["crossfade_bulk 1", "crossfade_gold 2", "crossfade_silver 3"]
        assert said[3].splitlines() == ["0 changes"]
        assert said[4].splitlines()[-1] == "36 changes"
        monkeypatch.setenv("DATABRICKS_TOKEN", "wrong")
        assert main(["plan", "--host", child.url]) == 1
        assert "403" in capsys.readouterr().err
    assert main(["plan", "--host", child.url]) == 1
    assert "bundle: GET" in capsys.readouterr().err
    monkeypatch.delenv("DATABRICKS_TOKEN")
    assert main(["plan"]) == 1
    assert "set DATABRICKS_TOKEN" in capsys.readouterr().err


def asked(capsys: pytest.CaptureFixture[str], word: str, url: str) -> str:
    """What a command prints that succeeds."""
    assert main([word, "--host", url]) == 0
    return capsys.readouterr().out
