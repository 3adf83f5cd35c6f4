"""The written settings are those of the code."""

from __future__ import annotations

import json
from pathlib import Path

from local.settings_page import page
from shared.config import Settings

ROOT = Path(__file__).parents[3]
OF_THE_HOST = {"FUNCTIONS_WORKER_RUNTIME", "AzureWebJobsStorage"}


def test_the_settings_page_is_the_one_the_code_generates() -> None:
    """docs/settings.md is never out of date."""
    assert (ROOT / "docs" / "settings.md").read_text() == page()


def test_the_example_settings_are_settings() -> None:
    """Whatever the example sets, the app reads."""
    example = json.loads((ROOT / "local.settings.example.json").read_text())["Values"]
    known = {field.alias or name.upper() for name, field in Settings.model_fields.items()}
    assert set(example) - OF_THE_HOST <= known
    assert Settings(**{name.lower(): value for name, value in example.items() if name in known})
