"""datacontract-cli takes the data contract as one of the Open Data Contract Standard."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from tests.judges.environments import environment_of

VERSION = "1.2.8"
CONTRACT = Path(__file__).parents[3] / "docs" / "contract.odcs.yaml"
WRONG = {
    "logicalType: integer": "logicalType: bigint",
    "to: movies.film_id": "to: film_id",
    "required: true": "required: always",
}
pytestmark = pytest.mark.judge("datacontract-cli", VERSION)


@pytest.fixture(scope="module")
def program() -> Path:
    """The program, in an environment of its own: it asks for other versions of what the project has."""
    return environment_of("datacontract", f"datacontract-cli=={VERSION}").with_name("datacontract")


def lint(program: Path, path: Path) -> subprocess.CompletedProcess[str]:
    command = [str(program), "lint", "--all-errors", str(path)]
    return subprocess.run(command, capture_output=True, text=True, cwd=path.parent)


def test_the_contract_is_of_the_standard(program: Path) -> None:
    """The checked-in contract is valid against the version of the standard that it names."""
    verdict = lint(program, CONTRACT)
    assert verdict.returncode == 0, verdict.stdout + verdict.stderr
    assert "valid against ODCS v3.1.0" in verdict.stdout


def test_a_wrong_contract_is_refused(program: Path, tmp_path: Path) -> None:
    """A type that the standard does not know, a relation to nowhere, a word in place of true: each is named."""
    text = CONTRACT.read_text(encoding="utf-8")
    for right, wrong in WRONG.items():
        assert right in text
        text = text.replace(right, wrong, 1)
    spoilt = tmp_path / "contract.odcs.yaml"
    spoilt.write_text(text, encoding="utf-8")
    verdict = lint(program, spoilt)
    assert verdict.returncode == 1
    said = "".join(verdict.stdout.split())
    assert [
        word
        for word in ("'bigint'isnotoneof", "'always'isnotoftype", "'film_id'isnotvalid")
        if word not in said
    ] == []
