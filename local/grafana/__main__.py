"""`python -m local.grafana > infrastructure/grafana-dashboard.json`: the workbook's panels as a Grafana dashboard."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from local.grafana.dashboard import dashboard, panels_of

MODULES = Path(__file__).parents[2] / "infrastructure" / "modules"


def main() -> int:
    """Print the dashboard."""
    sys.stdout.write(json.dumps(dashboard(panels_of(MODULES / "workbook.bicep")), indent=2) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
