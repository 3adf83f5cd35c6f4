"""Writes who may do what with the bundle's objects: `variable-overrides.json`, which the Databricks CLI reads.

A variable of several lines cannot come from the environment, and who deploys is nobody's business in a repository. What
is in the file stands in place of the defaults in databricks.yml, so it repeats them. docs/security.md has it all in one
table.
"""

from __future__ import annotations

import json
import os
import re
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

APPLICATION = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)


class RightsError(ValueError):
    """An option that cannot be used; the message names it and the remedy."""


def rights(spark: str, app: str, deployers: Sequence[str], readers: Sequence[str]) -> dict[str, Any]:
    """The bundle's lists of rights: `spark` runs the jobs, `app` starts them, deployers manage, readers read tables."""
    managing = [{"principal": name, "privileges": ["MANAGE"]} for name in deployers]
    manages_and_uses = [{"principal": name, "privileges": ["USE_CATALOG", "MANAGE"]} for name in deployers]
    reading = [
        {"principal": name, "privileges": ["USE_CATALOG", "USE_SCHEMA", "SELECT"]}
        for name in readers
        if name not in deployers
    ]
    return {
        "job_permissions": [
            {"level": "IS_OWNER", "service_principal_name": spark},
            *({"level": "CAN_MANAGE", **_named(name)} for name in deployers),
            {"level": "CAN_MANAGE_RUN", "service_principal_name": app},
        ],
        "catalog_grants": [
            {"principal": spark, "privileges": ["USE_CATALOG"]},
            *manages_and_uses,
            *reading,
        ],
        "file_location_grants": managing,
        "table_location_grants": [{"principal": spark, "privileges": ["CREATE_EXTERNAL_TABLE"]}, *managing],
    }


def _named(principal: str) -> dict[str, str]:
    """By what field a job knows a principal."""
    field = "service_principal_name" if APPLICATION.fullmatch(principal) else "user_name"
    return {field: principal}


def who_deploys(environment: Mapping[str, str], caller: str) -> list[str]:
    """Everybody who deploys; the caller alone where nobody is named.

    Raises:
        RightsError: the list is none, or lacks the caller, who would take the jobs from the others.
    """
    names = _list(environment, "CROSSFADE_DEPLOYERS") or [caller]
    if caller not in names:
        raise RightsError(
            f"CROSSFADE_DEPLOYERS lacks {caller}, who deploys now: add that name, for all alike"
        )
    return names


def _list(environment: Mapping[str, str], option: str) -> list[str]:
    try:
        names = json.loads(environment.get(option) or "[]")
    except ValueError:
        names = None
    if not isinstance(names, list) or not all(isinstance(name, str) and name for name in names):
        raise RightsError(f'{option} is no JSON list of names; give one such as ["first@example.org"]')
    return names


def main(arguments: Sequence[str]) -> int:
    """`bundle_rights.py FILE CALLER`: writes the file, prints who deploys, a line each."""
    path, caller = Path(arguments[0]), arguments[1]
    try:
        deployers = who_deploys(os.environ, caller)
        lists = rights(
            os.environ["CROSSFADE_SPARK_CLIENT_ID"],
            os.environ["CROSSFADE_APP_CLIENT_ID"],
            deployers,
            _list(os.environ, "CROSSFADE_READERS"),
        )
    except RightsError as error:
        sys.stderr.write(f"crossfade: {error}\n")
        return 1
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(lists, indent=2) + "\n")
    sys.stdout.write("\n".join(deployers) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
