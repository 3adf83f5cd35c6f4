"""The wheel of a checkout, built once for each state of its sources."""

from __future__ import annotations

from pathlib import Path

import pytest

from local.bundle.errors import BundleError
from local.bundle.wheel import wheel_of

SCRIPT = """
import pathlib, os
def sources(root): return {"a": (root / "a.py").read_bytes()}
def post_release(project, files): return len(project) + len(files["a"])
if __name__ == "__main__":
    root = pathlib.Path(__file__).parents[1]
    number = post_release((root / "pyproject.toml").read_text(), sources(root))
    with (root / "built").open("a") as log:
        log.write(os.environ.get("PIP_NO_BUILD_ISOLATION", "-"))
    if (root / "broken").exists():
        raise SystemExit("no matching distribution")
    wheel = root / "dist" / f"p-0.1.post{number}-py3-none-any.whl"
    wheel.touch()
    print(wheel)
"""


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A checkout whose build command only notes that it was called."""
    (tmp_path / "infrastructure").mkdir()
    (tmp_path / "infrastructure" / "build_wheel.py").write_text(SCRIPT)
    (tmp_path / "pyproject.toml").write_text("")
    (tmp_path / "a.py").write_text("1")
    return tmp_path


def test_sources_that_did_not_change_are_not_built_again(root: Path) -> None:
    """The name says what is in a wheel; changed sources have another one."""
    first = wheel_of(root)
    assert wheel_of(root) == first and (root / "built").read_text() == "-"
    (root / "a.py").write_text("12")
    assert wheel_of(root) != first and (root / "built").read_text() == "--"


def test_the_build_uses_what_set_up_installed(root: Path) -> None:
    """With build tools in .local/build pip makes no environment of its own, for which it would ask an index."""
    (root / ".local" / "build" / "setuptools").mkdir(parents=True)
    wheel_of(root)
    assert (root / "built").read_text() == "0"


def test_a_build_that_fails_says_why(root: Path) -> None:
    """The last line of what it said."""
    (root / "broken").touch()
    with pytest.raises(BundleError, match=r"build_wheel\.py failed: no matching distribution"):
        wheel_of(root)
