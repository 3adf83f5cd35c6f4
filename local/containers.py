"""`python -m local.containers`: makes the lake's containers in the storage that LAKE names."""

from __future__ import annotations

import os
import sys

from azure.core.exceptions import AzureError

from local.stack import CONTAINERS, make_containers

DEFAULT = "UseDevelopmentStorage=true"


def main() -> int:
    """Make what is missing; 0 when all containers are there."""
    try:
        make_containers(os.environ.get("LAKE", DEFAULT))
    except (AzureError, ValueError) as error:
        sys.stderr.write(f"local.containers: the storage of LAKE cannot be used: {type(error).__name__}\n")
        return 1
    sys.stdout.write(f"containers: {', '.join(CONTAINERS)}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
