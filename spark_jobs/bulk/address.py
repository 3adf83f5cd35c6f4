"""Which dump is read: names and addresses of the files, and what CHECKSUM says of them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from spark_jobs.bulk.errors import DumpError

MONTHS_BACK = 2
_LINE = re.compile(r"^([0-9a-f]{64})[ \t]+\*?(\S+)\s*$", re.IGNORECASE | re.MULTILINE)

ReadText = Callable[[str], str | None]
"""The text at an address; None where there is no such file."""


@dataclass(frozen=True)
class Dump:
    """A dump of all releases, as its publisher lists it: what tells two files apart is `sha256`, not the name."""

    day: date
    address: str
    sha256: str

    @property
    def name(self) -> str:
        """The file's name."""
        return self.address.rsplit("/", 1)[-1]


def find_dump(base: str, wanted: date | None, today: date, read: ReadText) -> Dump:
    """The dump of a day, or the newest there is, with its checksum.

    Args:
        base: address of the folder that has a folder a year.
        wanted: the day in the file's name; None for the newest.
        today: dumps are looked for from this month back.
        read: asks for a small text.

    Raises:
        DumpError: there is none, or CHECKSUM does not name it.
    """
    days = [wanted] if wanted else list(_first_days(today))
    for day in days:
        text = read(_address(base, day, "CHECKSUM.txt"))
        if text is not None:
            address = _address(base, day, "releases.xml.gz")
            return Dump(day, address, _checksum(text, address))
    asked = ", ".join(f"{day:%Y%m%d}" for day in days)
    raise DumpError(
        f"no CHECKSUM of a dump of {asked} at {base}: without one a dump is not read; check DISCOGS_DUMP_URL "
        "and DISCOGS_DUMP_DAY"
    )


def _first_days(today: date) -> Iterator[date]:
    day = today.replace(day=1)
    for _ in range(MONTHS_BACK + 1):
        yield day
        day = (day - timedelta(days=1)).replace(day=1)


def _address(base: str, day: date, part: str) -> str:
    return f"{base.rstrip('/')}/{day:%Y}/discogs_{day:%Y%m%d}_{part}"


def _checksum(text: str, address: str) -> str:
    name = address.rsplit("/", 1)[-1]
    for digest, named in _LINE.findall(text):
        if named == name:
            return str(digest).lower()
    raise DumpError(f"the CHECKSUM beside {address} does not name it: without one a dump is not read")
