"""`python -m local.settings_check`: are the settings of a deployment ones that the app takes?

Reads the options CROSSFADE_APP_SETTINGS and CROSSFADE_VAULT_SETTINGS, which the hooks of the deployment hand over.
Exit 0 when all is well, 1 with a line for each wrong one. Needs pydantic-settings and nothing else.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from typing import Any

from pydantic import ValidationError
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource

from shared.config import Settings, refusals_of, setting_names

APP, VAULT = "CROSSFADE_APP_SETTINGS", "CROSSFADE_VAULT_SETTINGS"
# Settings of the Functions host, which may stand beside those of the app.
HOST_PREFIXES = (
    "APPLICATIONINSIGHTS_",
    "AZUREFUNCTIONS",
    "AZUREWEBJOBS",
    "FUNCTIONS_",
    "LAKE__",
    "PYTHON_",
    "SCM_",
    "SERVICEBUS__",
    "WEBSITE_",
)
# Of them, those that a plan of the kind Flex Consumption refuses or does not read: functionAppConfig in
# infrastructure/modules/function-app.bicep says the same where there is anything to say.
FLEX_REFUSES = frozenset({
    "AZUREWEBJOBSDASHBOARD",
    "ENABLE_ORYX_BUILD",
    "FUNCTIONS_EXTENSION_VERSION",
    "FUNCTIONS_MAX_HTTP_CONCURRENCY",
    "FUNCTIONS_WORKER_DYNAMIC_CONCURRENCY_ENABLED",
    "FUNCTIONS_WORKER_PROCESS_COUNT",
    "FUNCTIONS_WORKER_RUNTIME",
    "FUNCTIONS_WORKER_RUNTIME_VERSION",
    "SCM_DO_BUILD_DURING_DEPLOYMENT",
    "WEBSITE_CONTENTAZUREFILECONNECTIONSTRING",
    "WEBSITE_CONTENTOVERVNET",
    "WEBSITE_CONTENTSHARE",
    "WEBSITE_DNS_SERVER",
    "WEBSITE_MAX_DYNAMIC_APPLICATION_SCALE_OUT",
    "WEBSITE_MOUNT_ENABLED",
    "WEBSITE_NODE_DEFAULT_VERSION",
    "WEBSITE_RUN_FROM_PACKAGE",
    "WEBSITE_SKIP_CONTENTSHARE_VALIDATION",
    "WEBSITE_USE_PLACEHOLDER_DOTNETISOLATED",
    "WEBSITE_VNET_ROUTE_ALL",
})  # fmt: skip


class GivenSettings(Settings):
    """The settings without this machine's environment."""

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Only what is given."""
        return (init_settings,)


def problems(options: Mapping[str, str]) -> list[str]:
    """A line for each thing that is wrong with the settings in a deployment's options."""
    return [*_app_problems(options.get(APP) or "{}"), *_vault_problems(options.get(VAULT) or "[]")]


def _app_problems(text: str) -> Iterator[str]:
    given = _json(text)
    if not isinstance(given, dict):
        yield f'{APP} is no JSON object; write it as {{"USER_AGENT": "YourTeam/1.0"}}'
        return
    yield from _refused(APP, given)
    yield from _unknown(APP, given)
    fields = {name.upper(): field for field, name in setting_names().items()}
    values: dict[str, Any] = {
        fields[name.upper()]: _text(value) for name, value in given.items() if name.upper() in fields
    }
    try:
        GivenSettings(**values)
    except ValidationError as error:
        yield from (f"{APP}: {name}: {problem}" for name, problem in refusals_of(error).items())


def _vault_problems(text: str) -> Iterator[str]:
    given = _json(text)
    if not isinstance(given, list) or not all(isinstance(name, str) for name in given):
        yield f'{VAULT} is no JSON list of names; write it as ["SLACK_WEBHOOK_URL"]'
        return
    yield from _refused(VAULT, given)
    yield from _unknown(VAULT, given)


def _refused(option: str, names: Any) -> Iterator[str]:
    for name in names:
        if name.upper() in FLEX_REFUSES:
            yield f"{option}: {name} is not for Flex Consumption, which refuses it; leave it out"


def _unknown(option: str, names: Any) -> Iterator[str]:
    """Names that are a setting's but for a slip; other names that are no setting's are for the host."""
    known = {name.upper(): name for name in setting_names().values()}
    for name in names:
        if name.upper() in known or name.upper().startswith(HOST_PREFIXES):
            continue
        for meant in get_close_matches(name.upper(), known, n=1, cutoff=0.8):
            yield f"{option}: {name} is no setting; {known[meant]} may be meant (docs/settings.md has all)"


def _json(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return None


def _text(value: Any) -> str:
    """A value as the app setting that Bicep makes of it."""
    return value if isinstance(value, str) else json.dumps(value)


def main() -> int:
    """Check the options in the environment."""
    found = problems(os.environ)
    for problem in found:
        print(f"crossfade: {problem}", file=sys.stderr)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
