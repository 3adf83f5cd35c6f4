"""What is published of the function app: all that it imports, and nothing else."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from pathspec import GitIgnoreSpec

from tests.builders.declared_tree import ROOT

# Indexes the app as the host does, imports what it imports only when first needed, and names each file that was loaded.
INDEX = """
import importlib, pathlib, sys
import function_app
assert len(function_app.app.get_functions()) > 20
for path in sorted(pathlib.Path().glob("*/**/*.py")):
    importlib.import_module(".".join(path.with_suffix("").parts).removesuffix(".__init__"))
for module in list(sys.modules.values()):
    if getattr(module, "__file__", None):
        print(module.__file__)
"""


def test_the_package_is_enough_for_the_app(tmp_path: Path) -> None:
    """Packed by the rules of .funcignore, out of sight of the checkout, all functions and modules are there."""
    ignore = GitIgnoreSpec.from_lines((ROOT / ".funcignore").read_text().splitlines())
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True)  # noqa: S607
    files = set(listed.stdout.splitlines())
    packed = files - set(ignore.match_files(files))
    for name in packed:
        target = tmp_path / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes((ROOT / name).read_bytes())
    environment = {
        **{name: value for name, value in os.environ.items() if name != "PYTHONPATH"},
        "PYTHONDONTWRITEBYTECODE": "1",
    }
    done = subprocess.run(
        [sys.executable, "-c", INDEX],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    loaded = {Path(line) for line in done.stdout.splitlines()}
    assert {tmp_path / name for name in packed if name.endswith(".py")} <= loaded
    assert not [path for path in loaded if path.is_relative_to(ROOT) and "site-packages" not in path.parts]
