"""The checkers that are programs of their own: Microsoft's KQL parser, and checkov."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from local.infra_check import checkers, checks
from local.infra_check.checkers import check_policies
from local.infra_check.code import Code, read_code
from local.infra_check.findings import Finding
from local.infra_check.kql import check_kql, check_thresholds
from local.machine.steps import SetupError

ROOT = Path(__file__).resolve().parents[4]
RUNS = "infrastructure/queries/runs.kql"
QUALITY = "infrastructure/alerts/quality-critical.kql"
LAKE = "infrastructure/modules/lake.bicep"
pytestmark = pytest.mark.xdist_group("infra-checkers")  # two must not install at once


@pytest.fixture(scope="module")
def code() -> Code:
    return read_code(ROOT)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    shutil.copytree(ROOT / "infrastructure", tmp_path / "infrastructure")
    return tmp_path


def test_broken_queries_are_found(root: Path, code: Code) -> None:
    """Syntax, columns, metrics, attributes, events and thresholds are each found with the file."""
    spoil(root / RUNS, "project run_id", "projekt run_id")
    spoil(root / "infrastructure/queries/failures.kql", "outerMessage", "outerMesage")
    spoil(root / "infrastructure/queries/tasks.kql", "crossfade.tasks", "crossfade.task")
    spoil(root / "infrastructure/queries/requests.kql", "customDimensions.status", "customDimensions.stat")
    spoil(root / "infrastructure/alerts/no-completed-run.kql", "RunCompleted", "RunComplete")
    spoil(root / QUALITY, "= 0.9;", "= 0.8;")
    findings = list(check_kql(root, code))
    assert said(findings, RUNS, "line 6")
    assert said(findings, "infrastructure/queries/failures.kql", "'outerMesage' does not refer")
    assert said(findings, "infrastructure/queries/tasks.kql", "no metric crossfade.task")
    assert said(findings, "infrastructure/queries/requests.kql", "no attribute stat")
    assert said(findings, "infrastructure/alerts/no-completed-run.kql", "no event RunComplete")
    assert said(findings, QUALITY, "quality_critical is 0.8, and 0.9 in shared/config.py")


def test_threshold_without_setting_is_found(code: Code) -> None:
    """A threshold whose setting was renamed is found."""
    renamed = [
        replace(setting, field="quality_floor") if setting.field == "quality_critical" else setting
        for setting in code.settings
    ]
    query = (ROOT / QUALITY).read_text()
    findings = list(check_thresholds(QUALITY, query, replace(code, settings=tuple(renamed))))
    assert said(findings, QUALITY, "no setting QUALITY_CRITICAL")


@pytest.mark.slow
def test_weak_storage_is_found(root: Path) -> None:
    """checkov objects when the lake may be read by anybody; the lake's module alone is read sooner than all."""
    for path in (root / "infrastructure").rglob("*.bicep"):
        if path != root / LAKE:
            path.unlink()
    spoil(root / LAKE, "allowBlobPublicAccess: false", "allowBlobPublicAccess: true")
    spoil(root / LAKE, "minimumTlsVersion: 'TLS1_2'", "minimumTlsVersion: 'TLS1_0'")
    findings = list(check_policies(root))
    assert {finding.file for finding in findings} == {LAKE}
    assert said(findings, LAKE, "TLS")


@pytest.mark.slow
def test_nothing_to_check_is_no_praise(root: Path) -> None:
    """Without Bicep, checkov having found nothing wrong is an error and not a pass."""
    for path in (root / "infrastructure").rglob("*.bicep"):
        path.unlink()
    with pytest.raises(SetupError, match="checkov"):
        list(check_policies(root))


def test_checkers_are_installed_once(tmp_path: Path) -> None:
    """The first call installs what is pinned, the next one nothing; a pin that cannot be had is said."""
    pins = tmp_path / "pins.txt"
    pins.write_text("# nothing\n")
    manifest = tmp_path / "package.json"
    manifest.write_text('{"name": "nothing", "version": "1.0.0"}')
    lock = tmp_path / "package-lock.json"
    lock.write_text('{"name": "nothing", "version": "1.0.0", "lockfileVersion": 3, "packages": {}}')
    command = checkers.checkov(tmp_path, pins)
    stamp = command.parent.parent / ".installed"
    installed_at = stamp.stat().st_mtime_ns
    node, parser = checkers.kql_parser(tmp_path, [manifest, lock])
    assert (parser / ".installed").exists()
    assert Path(node).exists()
    assert checkers.checkov(tmp_path, pins) == command
    assert stamp.stat().st_mtime_ns == installed_at
    pins.write_text("./missing\n")
    with pytest.raises(SetupError, match=r"said: ERROR: .*missing"):
        checkers.checkov(tmp_path, pins)


def test_all_checks_have_names() -> None:
    """The quick checks are a part of all checks."""
    assert set(checks.checks_of(ROOT, is_quick=True)) < set(checks.checks_of(ROOT))


def spoil(path: Path, old: str, new: str) -> None:
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))


def said(findings: list[Finding], file: str, words: str) -> bool:
    return any(finding.file == file and words in finding.problem for finding in findings)
