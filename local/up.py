"""`make up`: the parts of one machine, left running until Ctrl-C."""

from __future__ import annotations

import sys
import time
from collections.abc import Sequence
from dataclasses import replace

from local.arguments import interruptible, options_from, stack_parser
from local.stack import Stack, StackError
from local.wiring import EVERY_4_HOURS

CHECK_S = 1.0


def main(argv: Sequence[str] | None = None) -> int:
    """Keep a stack up: 0 when stopped by Ctrl-C or SIGTERM, 1 if a part keeps ending, 2 for bad arguments.

    It goes on with the lake of the last stack, and starts parts again that end by themselves.
    """
    parser = stack_parser("python -m local.up", "Start everything on this machine and leave it running.")
    parser.add_argument("--fresh", action="store_true", help="begin anew, without the lake of the last stack")
    arguments = parser.parse_args(argv)
    options = replace(options_from(arguments, EVERY_4_HOURS), keep=not arguments.fresh)
    try:
        with interruptible(), Stack(options) as stack:
            print(welcome(stack), flush=True)
            while True:
                for child in stack.revive():
                    print(
                        f"up: {child.name} ended and was started again: see {child.log_path}", file=sys.stderr
                    )
                time.sleep(CHECK_S)
    except StackError as error:
        print(f"up: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("up: stopped")
        return 0


def welcome(stack: Stack) -> str:
    """Addresses, the key, and how to start a refresh."""
    key = stack.credentials.host_key
    lines = [f"  {name:<11} {child.url}" for name, child in stack.parts.items()]
    return "\n".join(
        [
            f"up in {stack.start_s:.1f} s; Ctrl-C stops it",
            *lines,
            f"  key         {key}",
            f"  dashboard   {stack.url}/api/dashboard",
            f"  data, logs  {stack.wiring.state_dir}",
            "start a refresh (the timer does so every 4 hours) and see how it goes:",
            f"  curl -X POST -H 'x-functions-key: {key}' -d '{{}}' {stack.url}/api/refresh",
            f"  curl -H 'x-functions-key: {key}' {stack.url}/api/runs",
        ]
    )


if __name__ == "__main__":
    sys.exit(main())
