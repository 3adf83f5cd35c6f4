"""What the commands of this machine have in common: one line on an error, one format of log lines."""

from __future__ import annotations

import argparse
import logging
import sys
from typing import NoReturn

EXIT_USAGE = 2


class OneLineParser(argparse.ArgumentParser):
    """Say what is wrong with the arguments in one line, without the usage."""

    def error(self, message: str) -> NoReturn:
        """Print the message and exit with 2."""
        self.exit(EXIT_USAGE, f"{self.prog}: {message}\n")


def fail(message: str) -> NoReturn:
    """End the program with one line on stderr and exit code 2."""
    sys.stderr.write(f"{' '.join(message.split())}\n")
    raise SystemExit(EXIT_USAGE)


def log_to_stderr() -> None:
    """Log from INFO on; the Azure SDK and httpx, which log every request, from WARNING on."""
    logging.basicConfig(
        stream=sys.stderr, level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s"
    )
    for noisy in ("azure", "httpx"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
