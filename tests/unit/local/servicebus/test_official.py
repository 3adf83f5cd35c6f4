"""The configuration of the official emulator."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from local.servicebus import official

ROOT = Path(__file__).parents[4]
OFFICIAL = ROOT / "local" / "official"


def properties(**given: Any) -> dict[str, Any]:
    """The properties of a queue with these settings."""
    return official.queue_properties(given)


def test_committed_configuration_is_the_generated_one() -> None:
    """Config.json is what the queue settings say now."""
    queues = json.loads(official.QUEUES.read_text())
    assert (OFFICIAL / "Config.json").read_text() == official.render(queues)


def test_one_namespace_with_all_queues() -> None:
    """The emulator has one namespace of a fixed name, with our queues in it."""
    config = official.emulator_config({"queues": [{"name": "a"}, {"name": "b", "properties": {}}]})
    [namespace] = config["UserConfig"]["Namespaces"]
    assert namespace["Name"] == "sbemulatorns"
    assert [queue["Name"] for queue in namespace["Queues"]] == ["a", "b"]


def test_settings_are_clamped() -> None:
    """What the emulator does not take becomes the nearest it takes."""
    wide = properties(
        lockDuration="PT10M",
        maxDeliveryCount=100,
        defaultMessageTimeToLive="P7D",
        duplicateDetectionHistoryTimeWindow="P1D",
    )
    assert wide["LockDuration"] == "PT5M"
    assert wide["MaxDeliveryCount"] == 10
    assert wide["DefaultMessageTimeToLive"] == "PT1H"
    assert wide["DuplicateDetectionHistoryTimeWindow"] == "PT5M"
    assert properties(lockDuration="PT1S")["LockDuration"] == "PT5S"


def test_settings_within_the_limits_stay() -> None:
    """What the emulator takes goes through unchanged, flags too."""
    kept = properties(
        lockDuration="PT30S", maxDeliveryCount=3, defaultMessageTimeToLive="PT20M", requiresSession=True
    )
    assert (kept["LockDuration"], kept["MaxDeliveryCount"]) == ("PT30S", 3)
    assert kept["DefaultMessageTimeToLive"] == "PT20M"
    assert kept["RequiresSession"] is True
    assert kept["RequiresDuplicateDetection"] is False


def test_too_many_queues_are_refused() -> None:
    """The emulator takes 50 queues."""
    with pytest.raises(ValueError, match="at most 50"):
        official.emulator_config({"queues": [{"name": str(i)} for i in range(51)]})


@given(st.integers(min_value=0, max_value=10**9))
def test_durations_survive_a_round_trip(seconds: int) -> None:
    """Formatting and parsing are each other's inverse."""
    duration = timedelta(seconds=seconds)
    assert official.parse_duration(official.format_duration(duration)) == duration


@pytest.mark.parametrize("text", ["", "P", "PT", "5M", "PT5", "P1Y", "PT-5M"])
def test_malformed_durations_are_named(text: str) -> None:
    """A malformed duration is refused with its text."""
    with pytest.raises(ValueError, match=re.escape(repr(text))):
        official.parse_duration(text)


def test_command_prints_the_configuration() -> None:
    """`python -m local.servicebus.official` prints what is committed."""
    command = [sys.executable, "-m", "local.servicebus.official"]
    printed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    assert printed.stdout == (OFFICIAL / "Config.json").read_text()


def test_missing_file_is_one_line(tmp_path: Path) -> None:
    """A file that is not there ends with code 2 and one line."""
    command = [sys.executable, "-m", "local.servicebus.official", "--queues", str(tmp_path / "none.json")]
    failed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert (failed.returncode, failed.stdout, failed.stderr.count("\n")) == (2, "", 1)


def test_compose_file_mounts_the_configuration_and_holds_no_password() -> None:
    """The emulator reads the generated file, and the password comes from the environment, without a default."""
    services = yaml.safe_load((OFFICIAL / "docker-compose.yml").read_text())["services"]
    assert any(volume.startswith("./Config.json:") for volume in services["servicebus"]["volumes"])
    passwords = [services[name]["environment"]["MSSQL_SA_PASSWORD"] for name in ("servicebus", "mssql")]
    assert all(password.startswith("${MSSQL_SA_PASSWORD:?") for password in passwords)
