"""Which Python set-up takes."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from local.interpreters import NEWEST, OLDEST, InterpreterNotFound, pick_interpreter
from tests.unit.local.test_setup import script

TOO_NEW = (NEWEST[0], NEWEST[1] + 1)


@pytest.fixture
def tools(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The only directory on the PATH; empty."""
    directory = tmp_path / "tools"
    directory.mkdir()
    monkeypatch.setenv("PATH", str(directory))
    return directory


@pytest.mark.parametrize("version", [OLDEST, (3, 12), NEWEST])
def test_an_interpreter_that_fits_is_taken(version: tuple[int, int]) -> None:
    """The running interpreter is used from the oldest to the newest that is tried."""
    assert pick_interpreter(version) == sys.executable


@pytest.mark.parametrize("version", [(3, 9), TOO_NEW])
def test_the_newest_that_fits_is_taken_from_the_path(tools: Path, version: tuple[int, int]) -> None:
    """With a Python too old or too new, one on the PATH is used, the newest of those that fit."""
    for name in ("python3.11", "python3.12", "python3.10", f"python3.{TOO_NEW[1]}"):
        script(tools / name, "exit 0")
    assert pick_interpreter(version) == str(tools / "python3.12")


def test_one_that_cannot_make_an_environment_is_passed_over(
    tools: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A shim may stand for no Python, and a Python may lack its venv module; the next of the PATH is asked."""
    script(tools / "python3.13", "exit 127")
    further = script(tmp_path / "further" / "python3.13", "exit 0")
    monkeypatch.setenv("PATH", f"{tools}:{further.parent}")
    assert pick_interpreter(TOO_NEW) == str(further)
    further.unlink()
    other = script(further.parent / "python3.11", "exit 0")
    assert pick_interpreter(TOO_NEW) == str(other)


def uv_in(tools: Path, *, has_one: bool, can_fetch: bool = True) -> None:
    """A uv that finds a Python only if it has one, or once it fetched one; it notes how it was called."""
    (tools / "found").unlink(missing_ok=True)
    if has_one:
        (tools / "found").touch()
    fetch = f"> {tools}/found" if can_fetch else "echo 'error: no route to the mirror' >&2; exit 2"
    script(
        tools / "uv",
        f'echo "$*" >> {tools}/calls\n'
        f'if [ "$2" = install ]; then {fetch}; exit 0; fi\n'
        f"[ -e {tools}/found ] && echo /of/uv/python3.12",
    )


@pytest.mark.parametrize("version", [(3, 9), TOO_NEW])
def test_uv_is_asked_where_the_path_has_none(tools: Path, version: tuple[int, int]) -> None:
    """What uv has is taken as it is."""
    uv_in(tools, has_one=True)
    assert pick_interpreter(version) == "/of/uv/python3.12"
    assert "install" not in (tools / "calls").read_text()


def test_uv_fetches_what_it_does_not_have(tools: Path) -> None:
    """It is asked for the newest that fits."""
    uv_in(tools, has_one=False)
    assert pick_interpreter(TOO_NEW) == "/of/uv/python3.12"
    assert f"python install {NEWEST[0]}.{NEWEST[1]}\n" in (tools / "calls").read_text()


def test_what_uv_said_of_its_failure_is_passed_on(tools: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Then it is as if there were no uv."""
    uv_in(tools, has_one=False, can_fetch=False)
    with pytest.raises(InterpreterNotFound):
        pick_interpreter((3, 9))
    assert "no route to the mirror" in capsys.readouterr().err


@pytest.mark.usefixtures("tools")
def test_no_interpreter_that_fits_is_said() -> None:
    """With only an old Python the error names it, those that are fine, and the ways out."""
    said = r"^Python 3\.9 is too old: Python 3\.11 to 3\.\d+ are fine, .* uv, .*PYTHON="
    with pytest.raises(InterpreterNotFound, match=said):
        pick_interpreter((3, 9))


@pytest.mark.usefixtures("tools")
def test_an_untried_newer_interpreter_is_better_than_none() -> None:
    """A Python newer than those tried is used when there is no other."""
    assert pick_interpreter(TOO_NEW) == sys.executable
