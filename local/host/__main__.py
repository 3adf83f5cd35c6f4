"""Command line: ``python -m local.host --port 0 [--app-root .]``.

Environment: the app's settings, and of the host itself LOCAL_HOST_KEY (the HTTP key), LOCAL_HOST_LOG_LEVEL (INFO),
LOCAL_BLOB_POLL_S (1.0), LOCAL_HOST_BATCH_DATA (collection, or json to send batches as the worker may also get them).
"""

from __future__ import annotations

import argparse
import asyncio
import logging
import os
import sys
import traceback
from collections.abc import Sequence
from pathlib import Path

from local.host.errors import StartError
from local.host.logs import configure_logging
from local.host.runtime import KEY_SETTING, load_app, run
from local.machine.serving import PortError, ServeError, listen


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the host until it is told to stop; 2 when the app cannot be started as it is."""
    parsed = _parser().parse_args(arguments)
    try:
        configure_logging(os.environ.get("LOCAL_HOST_LOG_LEVEL", "INFO"), [os.environ.get(KEY_SETTING, "")])
    except ValueError as error:
        return _refuse(StartError(f"LOCAL_HOST_LOG_LEVEL: {error}"))
    try:
        with listen(parsed.port) as listener:
            app = load_app(parsed.app_root, os.environ)
            is_clean = asyncio.run(run(app, listener, os.environ))
    except (StartError, PortError, ServeError) as error:
        return _refuse(error)
    if not is_clean:
        logging.shutdown()
        os._exit(0)  # a handler still blocks its thread and would keep the process alive
    logging.disable()  # the app's clients, collected at exit, complain that nobody closed them
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("python -m local.host", description="A local Azure Functions host.")
    parser.add_argument("--port", type=int, default=7071, help="port on 127.0.0.1, 0 for a free one")
    parser.add_argument(
        "--app-root", type=Path, default=Path(), help="folder of function_app.py and host.json"
    )
    return parser


def _refuse(error: Exception) -> int:
    """One clear line; before it the app's own traceback, where it raised one."""
    if error.__cause__ is not None:
        traceback.print_exception(error.__cause__)
    print(f"local.host: {error}", file=sys.stderr)
    return 2


if __name__ == "__main__":
    sys.exit(main())
