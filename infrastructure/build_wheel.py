"""Builds the jobs' wheel into dist/: the same sources give the same bytes, and other sources another version.

The bundle runs it (`artifacts` in databricks.yml) with any Python from 3.11 on that has pip. The version is that of
pyproject.toml with a post release number, which is the digest of what the wheel is made of: a deployment of untouched
code changes nothing, and compute that keeps its packages cannot take new code for old. The build takes place in a copy
of the sources, so nothing of a build before can get in.
"""

from __future__ import annotations

import hashlib
import json
import re
import subprocess
import sys
import tempfile
import tomllib
import zipfile
from pathlib import Path

PACKAGE = "spark_jobs"
NAME = "crossfade_spark"
EPOCH = (1980, 1, 1, 0, 0, 0)  # the first moment that a ZIP archive can name
HEX_DIGITS = 12  # of the digest: 48 bits, a number of up to 15 figures


def sources(root: Path) -> dict[str, bytes]:
    """The package's files by path, without what Python or an editor leaves beside them."""
    paths = sorted((root / PACKAGE).rglob("*"))
    names = {path.relative_to(root).as_posix(): path for path in paths if path.is_file()}
    return {
        name: path.read_bytes() for name, path in names.items() if not re.search(r"__pycache__|/\.", name)
    }


def post_release(project: str, files: dict[str, bytes]) -> int:
    """A number for the files and for what pyproject.toml says of the wheel; its settings of linters do not count."""
    settings = tomllib.loads(project)
    said = [settings["project"], settings["build-system"], settings["tool"]["setuptools"]]
    digest = hashlib.sha256(json.dumps(said, sort_keys=True).encode())
    for name, content in sorted(files.items()):
        digest.update(f"\0{name}\0{hashlib.sha256(content).hexdigest()}".encode())
    return int(digest.hexdigest()[:HEX_DIGITS], 16)


def lay_out(root: Path, copy: Path) -> None:
    """The sources in an empty directory, with the version of what they are."""
    project, files = (root / "pyproject.toml").read_text(), sources(root)
    number = post_release(project, files)
    versioned = re.sub(
        r'^version = "(.+)"$', rf'version = "\1.post{number}"', project, count=1, flags=re.MULTILINE
    )
    for name, content in {**files, "pyproject.toml": versioned.encode()}.items():
        (copy / name).parent.mkdir(parents=True, exist_ok=True)
        (copy / name).write_bytes(content)


def repack(built: Path, target: Path) -> None:
    """The same wheel without times, permissions and the compression of one machine."""
    with zipfile.ZipFile(built) as found, zipfile.ZipFile(target, "w") as made:
        for entry in found.infolist():
            info = zipfile.ZipInfo(entry.filename, EPOCH)
            info.create_system = 3  # Unix, which is what permissions below are written for
            info.external_attr = 0o100644 << 16
            made.writestr(info, found.read(entry))


def build(root: Path) -> Path:
    """Builds the wheel of the checkout at `root`; dist/ holds no other of it afterwards."""
    dist = root / "dist"
    dist.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as directory:
        copy, out = Path(directory, "sources"), Path(directory, "out")
        lay_out(root, copy)
        command = [
            sys.executable,
            "-m",
            "pip",
            "wheel",
            "--quiet",
            "--disable-pip-version-check",
            "--no-deps",
        ]
        subprocess.run([*command, "--wheel-dir", str(out), str(copy)], check=True)  # noqa: S603 - pip, on the copy
        (built,) = out.glob("*.whl")
        for old in dist.glob(f"{NAME}-*.whl"):
            old.unlink()
        repack(built, dist / built.name)
    return dist / built.name


if __name__ == "__main__":
    print(build(Path(__file__).resolve().parents[1]))
