"""Set-up: each step once, one line a step, errors that say what to do."""

from __future__ import annotations

import hashlib
import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from local.machine.interpreters import NEWEST
from local.machine.steps import SetupError, Stamp, digest_of
from local.setup import (
    CLASSES_SOURCES,
    install_chromium,
    install_jars,
    main,
    npm_command,
    python_of,
    record_classes,
    requirement_files,
    set_up,
    wheels_only,
)

ROOT = Path(__file__).resolve().parents[3]
RECORDED = ["python -m local.databricks.spark.record_classes"]


def script(path: Path, body: str) -> Path:
    """An executable shell script."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{body}\n")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return path


@pytest.fixture
def tree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A tree whose interpreter, node and npm only write down how they were called."""
    root, tools = tmp_path / "tree", tmp_path / "tools"
    note = f'echo "$0 $*" >> {tmp_path}/calls'
    script(root / ".venv" / "bin" / "python", note)
    (root / ".venv" / "pyvenv.cfg").write_text("home = /usr/bin\nversion = 3.12.1\n")
    for name in ("node", "npm", "chromium"):
        script(tools / name, note)
    monkeypatch.setenv("PATH", f"{tools}:/usr/bin:/bin")
    monkeypatch.chdir(root)
    (root / "requirements-local.txt").write_text("-r requirements.txt\nrich==15.0.0\n")
    (root / "requirements.txt").write_text("httpx==0.28.1\n")
    (root / "requirements-dev.txt").write_text("-r requirements-local.txt\npytest==9.2.0\n")
    for name in ("package.json", "package-lock.json"):
        (root / "local" / "node").mkdir(parents=True, exist_ok=True)
        (root / "local" / "node" / name).write_text("{}")
    (root / "requirements-connect.txt").write_text("grpcio==1.76.0\n")
    (root / "pyproject.toml").write_text('[build-system]\nrequires = ["setuptools==84.2.1"]\n')
    (root / "spark-jars.txt").write_text(f"io.delta:delta:1.0 {hashlib.sha256(b'jar').hexdigest()}\n")
    (root / "mongo-jars.txt").write_text(f"org.mongo:server:1.0 {hashlib.sha256(b'jar').hexdigest()}\n")
    (root / ".local" / "jars").mkdir(parents=True)
    (root / ".local" / "jars" / "delta-1.0.jar").write_bytes(b"jar")
    (root / ".local" / "mongo-jars").mkdir()
    (root / ".local" / "mongo-jars" / "server-1.0.jar").write_bytes(b"jar")
    for name in CLASSES_SOURCES[1:]:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text("")
    return root


def calls(tree: Path) -> list[str]:
    """How the tools were called since last asked, by the first words of each call."""
    log = tree.parent / "calls"
    lines = log.read_text().splitlines() if log.exists() else []
    log.unlink(missing_ok=True)
    return [" ".join([Path(line.split()[0]).name, *line.split()[1:4]]) for line in lines]


def test_each_step_is_done_once(tree: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A second set-up calls nothing and says nothing."""
    set_up(tree, "run")
    assert [call.split()[0] for call in calls(tree)] == ["python", "npm", *["python"] * 4]
    capsys.readouterr()
    set_up(tree, "run")
    assert calls(tree) == []
    assert capsys.readouterr().out == ""


def test_a_step_is_one_line_with_its_seconds(tree: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Each step prints one line that ends in seconds."""
    set_up(tree, "run")
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 6
    assert all(line.startswith("set-up: ") and line.endswith(" s") for line in lines)


def test_changed_requirements_are_installed_again(tree: Path) -> None:
    """A change in an included requirements file repeats pip and nothing else."""
    set_up(tree, "run")
    calls(tree)
    (tree / "requirements.txt").write_text("httpx==0.28.2\n")
    set_up(tree, "run")
    assert calls(tree) == ["python -m pip install", *RECORDED]


def test_connect_has_a_folder_of_its_own_for_the_environments_python(tree: Path) -> None:
    """Its packages are installed apart, again for another list or another Python, and what was there before goes."""
    set_up(tree, "run")
    old = tree / ".local" / "connect" / "old"
    for change in ("requirements-connect.txt", ".venv/pyvenv.cfg"):
        calls(tree)
        old.touch()
        path = tree / change
        path.write_text(path.read_text().replace("3.12.1", "3.13.1").replace("1.76.0", "1.77.0"))
        set_up(tree, "run")
        assert calls(tree) == ["python -m pip install"]
        assert not old.exists()


def test_build_tools_are_those_of_the_project(tree: Path) -> None:
    """They lie apart and are installed again when pyproject.toml pins others."""
    set_up(tree, "run")
    assert (tree / ".local" / "build" / ".installed").read_text() == "setuptools==84.2.1"
    calls(tree)
    (tree / "pyproject.toml").write_text('[build-system]\nrequires = ["setuptools==84.3.0"]\n')
    set_up(tree, "run")
    assert calls(tree) == ["python -m pip install"]


def test_a_jar_that_is_broken_is_not_taken_for_done(tree: Path) -> None:
    """What decides is the content; that it cannot be had says why."""
    (tree / ".local" / "jars" / "delta-1.0.jar").write_bytes(b"half of it")
    script(tree / ".venv" / "bin" / "python", "echo 'no Java 17 to 23 was found' >&2; exit 1")
    with pytest.raises(SetupError, match="no Java 17 to 23"):
        install_jars(tree, tree / ".venv" / "bin" / "python")


def test_what_tests_need_is_enough_for_runs(tree: Path) -> None:
    """After the set-up of tests, that of runs has nothing to do."""
    set_up(tree, "test")
    calls(tree)
    set_up(tree, "run")
    assert calls(tree) == []


def test_a_failed_step_is_done_again_next_time(tree: Path) -> None:
    """An installer that failed leaves no mark of success."""
    script(tree.parent / "tools" / "npm", "echo 'npm error network is down' >&2; exit 1")
    with pytest.raises(SetupError, match="network is down"):
        set_up(tree, "run")
    script(tree.parent / "tools" / "npm", f'echo "$0 $*" >> {tree.parent}/calls')
    calls(tree)
    set_up(tree, "run")
    assert "npm ci --omit=dev --ignore-scripts" in calls(tree)


def test_a_failure_is_one_line_that_says_what_to_do(tree: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The command exits with 1 and one line on stderr: advice, reason, log file."""
    script(tree / ".venv" / "bin" / "python", "echo working; echo 'ERROR: no such host'; exit 1")
    assert main(["run"]) == 1
    (line,) = capsys.readouterr().err.splitlines()
    assert "pip said: ERROR: no such host" in line
    assert ".local/setup/pip.log" in line


PIP_WITHOUT_NETWORK = """\
WARNING: Retrying (Retry(total=1)) after connection broken by 'NewConnectionError': /simple/rich/
WARNING: Retrying (Retry(total=0)) after connection broken by 'NewConnectionError: refused': /simple/rich/
ERROR: Could not find a version that satisfies the requirement rich==15.0.0 (from versions: none)
ERROR: No matching distribution found for rich==15.0.0
"""
PIP_WITHOUT_WHEEL = """\
ERROR: Ignored the following versions that require a different python version: 1.0 Requires-Python <3.13
ERROR: Could not find a version that satisfies the requirement pyarrow==22.0.0 (from versions: 30.0.0)
ERROR: No matching distribution found for pyarrow==22.0.0
"""


def failing_pip(tree: Path, said: str, version: str) -> None:
    """The tree's pip says this and fails; its Python is of that version."""
    (tree.parent / "said").write_text(said)
    script(tree / ".venv" / "bin" / "python", f"cat {tree.parent}/said; exit 1")
    (tree / ".venv" / "pyvenv.cfg").write_text(f"home = /usr/bin\nversion = {version}\n")


def test_the_index_out_of_reach_is_told_in_pips_own_words(tree: Path) -> None:
    """The reason of the last retry and the errors, and no guess; a Python that is new takes no blame for it."""
    for version in ("3.12.1", "3.99.0"):
        failing_pip(tree, PIP_WITHOUT_NETWORK, version)
        with pytest.raises(
            SetupError, match=r"pip said: .*total=0.*refused.*; .*; ERROR: No matching"
        ) as caught:
            set_up(tree, "run")
        assert "total=1" not in str(caught.value)
        assert "too new" not in str(caught.value)


def test_a_python_too_new_for_a_package_is_said_with_those_that_are_fine(tree: Path) -> None:
    """The package, the Pythons, the way out; and the next set-up chooses its Python anew."""
    failing_pip(tree, PIP_WITHOUT_WHEEL, "3.99.0")
    with pytest.raises(
        SetupError, match=r"^Python 3\.99 is too new for pyarrow==22\.0\.0: Python 3\.11 to .* uv"
    ):
        set_up(tree, "run")
    assert not (tree / ".venv").exists()


def test_a_package_that_is_missing_on_a_fitting_python_is_no_matter_of_age(tree: Path) -> None:
    """Then pip's words stand, without the versions it only passed over, and the environment stays."""
    failing_pip(tree, PIP_WITHOUT_WHEEL, "3.12.1")
    with pytest.raises(SetupError, match=r"pip said: ERROR: Could not find .*pyarrow"):
        set_up(tree, "run")
    assert (tree / ".venv").exists()


@pytest.mark.parametrize(
    ("config", "version"),
    [("version = 3.12.1", (3, 12)), ("uv = 0.13\nversion_info = 3.14.0", (3, 14)), ("home = /", NEWEST)],
)
def test_an_environment_says_its_python(tmp_path: Path, config: str, version: tuple[int, int]) -> None:
    """Whoever made it: venv, uv, or somebody who says nothing, whose Python is taken for one that is tried."""
    assert python_of(tmp_path) == NEWEST
    (tmp_path / "pyvenv.cfg").write_text(config)
    assert python_of(tmp_path) == version


def test_only_on_an_untried_python_pip_takes_wheels_alone() -> None:
    """There a source would be compiled for long and in vain; on a tried one all pins are known to install."""
    assert wheels_only((3, 13)) == []
    assert "--only-binary=:all:" in wheels_only((3, 14))


def test_requirement_files_follow_includes() -> None:
    """The files that decide about an installation are the file and all it includes."""
    names = [path.name for path in requirement_files(ROOT / "requirements-dev.txt")]
    assert names[:2] == ["requirements-dev.txt", "requirements-local.txt"]
    assert {"requirements.txt", "requirements-spark.txt"} <= set(names)


def test_a_stamp_holds_for_the_very_same_files(tmp_path: Path) -> None:
    """A stamp is current until a file changes."""
    source = tmp_path / "requirements.txt"
    source.write_text("a==1\n")
    Stamp(tmp_path / "stamp", digest_of([source])).write()
    assert Stamp(tmp_path / "stamp", digest_of([source])).is_current()
    source.write_text("a==2\n")
    assert not Stamp(tmp_path / "stamp", digest_of([source])).is_current()


def test_without_node_npm_comes_from_the_wheel(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """On a machine without Node, npm runs on the Node of the Python package."""
    monkeypatch.setenv("PATH", str(tmp_path))
    command, env = npm_command(ROOT, Path(sys.executable))
    answer = subprocess.run([*command, "--version"], env=env, capture_output=True, text=True, check=True)
    assert answer.stdout[0].isdigit()
    assert str(Path(command[0]).parent) in env["PATH"].split(os.pathsep)


@pytest.mark.parametrize(("exit_code", "said"), [(0, "Chromium ..."), (1, "tests of pages will be skipped")])
def test_chromium_is_brought_by_apt_and_missed_by_nobody(
    tree: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    exit_code: int,
    said: str,
) -> None:
    """Where the machine has apt it is asked; when that fails, one line says what is skipped and set-up goes on."""
    tools = tree.parent / "apt"
    script(tools / "apt-get", f'echo "$0 $*" >> {tree.parent}/calls; exit {exit_code}')
    monkeypatch.setenv("PATH", str(tools))
    monkeypatch.setattr("os.geteuid", lambda: 0)
    install_chromium(tree)
    assert said in capsys.readouterr().out
    assert calls(tree)[0] == "apt-get -q update"


def test_classes_are_recorded_once_a_java(tree: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Again for another Java, another pyspark or other jars."""
    python = tree / ".venv" / "bin" / "python"
    record_classes(tree, python)
    assert calls(tree) == RECORDED
    record_classes(tree, python)
    assert calls(tree) == []
    monkeypatch.setenv("JAVA_HOME", "/another")
    record_classes(tree, python)
    assert calls(tree) == RECORDED
    for name in ("requirements.txt", "spark-jars.txt"):
        (tree / name).write_text("# another version")
        record_classes(tree, python)
        assert calls(tree) == RECORDED


def test_classes_that_cannot_be_recorded_stop_nobody(tree: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """One line says what that costs and why; the next set-up tries again."""
    python = script(tree / ".venv" / "bin" / "python", "echo 'Error: no space left' >&2; exit 1")
    record_classes(tree, python)
    said = capsys.readouterr().out
    assert "each start of Spark will take some seconds more: Java said: Error: no space left" in said
    script(python, f'echo "$0 $*" >> {tree.parent}/calls')
    record_classes(tree, python)
    assert calls(tree) == RECORDED
