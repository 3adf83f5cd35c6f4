"""`python -m tests.bench.bulk [RELEASES]`: how fast a dump becomes bronze lines, and whether memory stays flat.

Writes a generated dump of so many releases (200,000), one in 25 of them a soundtrack, and one of a tenth of it. Each is
read by a process of its own, which is held to one core, and the large one again by a process with all cores. Prints
JSON: MB of XML a second, and a second of processor time (which others on the machine do not change), how much of that
unpacking alone takes, which a second core does meanwhile, releases a second, peak memory in MB, and how much more of it
the large dump took.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import resource
import subprocess
import sys
import tempfile
import time
from collections import deque
from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path
from typing import Any

from isal import igzip

from spark_jobs.bulk.job import land_dump
from spark_jobs.bulk.landing import Landed
from spark_jobs.bulk.pieces import Counts
from spark_jobs.bulk.unpacking import unpacked
from spark_jobs.lakehouse.files import Files

RELEASES = 200_000
ONE_IN = 25
TEMPLATES = 500
DAY = date(2026, 11, 1)
MB = 1_000_000


def _words(dice: random.Random, count: int) -> str:
    return " ".join("".join(dice.choices("aeioulmnrstkdgö", k=dice.randint(3, 9))) for _ in range(count))


def _credits(dice: random.Random, count: int, role: str = "") -> str:
    return "".join(
        f"<artist><id>{dice.randint(1, 9_000_000)}</id><name>{_words(dice, 2).title()}</name><anv></anv>"
        f"<join></join><role>{role}</role><tracks></tracks></artist>"
        for _ in range(count)
    )


def _release(dice: random.Random, is_soundtrack: bool) -> tuple[bytes, bytes]:
    """What stands before and after the id; about as large as the releases of a real dump."""
    genre, style = ("Stage &amp; Screen", "Soundtrack") if is_soundtrack else ("Electronic", "Techno")
    tracks = "".join(
        f"<track><position>A{n}</position><title>{_words(dice, 3).title()}</title>"
        f"<duration>3:{n:02d}</duration></track>"
        for n in range(dice.randint(4, 20))
    )
    images = "".join('<image type="secondary" uri="" uri150="" width="600" height="590"/>' for _ in range(4))
    companies = "".join(
        f"<company><id>{n}</id><name>{_words(dice, 2)}</name><catno></catno><entity_type>23</entity_type>"
        "<entity_type_name>Pressed By</entity_type_name><resource_url>https://api.discogs.com/labels/1</resource_url></company>"
        for n in range(dice.randint(0, 5))
    )
    after = (
        f'" status="Accepted"><images>{images}</images><artists>{_credits(dice, 1)}</artists>'
        f"<title>{_words(dice, 3).title()}</title>"
        f'<labels><label name="{_words(dice, 2)}" catno="AB 12" id="5"/></labels>'
        f"<extraartists>{_credits(dice, dice.randint(0, 8), 'Composed By, Conductor')}</extraartists>"
        '<formats><format name="Vinyl" qty="1" text=""><descriptions><description>LP</description></descriptions>'
        "</format></formats>"
        f"<genres><genre>{genre}</genre></genres><styles><style>{style}</style></styles><country>UK</country>"
        f"<released>{dice.randint(1950, 2026)}-00-00</released><notes>{_words(dice, dice.randint(0, 60))}</notes>"
        f'<data_quality>Correct</data_quality><master_id is_main_release="true">{dice.randint(1, 999_999)}</master_id>'
        f'<tracklist>{tracks}</tracklist><identifiers><identifier type="Barcode" value="5012345678900"/></identifiers>'
        f"<companies>{companies}</companies></release>\n"
    )
    return b'<release id="', after.encode()


def _pieces(releases: int) -> Iterator[bytes]:
    dice = random.Random(22)  # noqa: S311 - made-up data
    common = [_release(dice, is_soundtrack=False) for _ in range(TEMPLATES)]
    wanted = [_release(dice, is_soundtrack=True) for _ in range(TEMPLATES)]
    yield b'<?xml version="1.0" encoding="UTF-8"?>\n<releases>\n'
    for number in range(1, releases + 1):
        before, after = dice.choice(wanted if number % ONE_IN == 0 else common)
        yield b"%b%d%b" % (before, number, after)
    yield b"</releases>\n"


def write_dump(path: Path, releases: int) -> int:
    """Write a generated dump; its bytes of XML."""
    size_bytes = 0
    with igzip.open(path, "wb") as file:
        for piece in _pieces(releases):
            size_bytes += len(piece)
            file.write(piece)
    return size_bytes


def read_dump(path: Path, folder: Path, cores: int) -> dict[str, Any]:
    """Read a dump in this process, which is held to so many cores; figures of it."""
    os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:cores])
    landed, counts = Landed(), Counts()
    begun_s, begun_processor_s = time.perf_counter(), time.process_time()
    land_dump(Files(f"{folder}/{{area}}"), [path], "discogs/dump/", DAY, landed, counts)
    seconds, processor_s = time.perf_counter() - begun_s, time.process_time() - begun_processor_s
    peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    begun_processor_s = time.process_time()
    deque(unpacked([path]), maxlen=0)
    unpacking_s = time.process_time() - begun_processor_s
    return {
        "seconds": round(seconds, 2),
        "processor_seconds": round(processor_s, 2),
        "unpacking_processor_seconds": round(unpacking_s, 2),
        "mb_per_s": round(counts.bytes / MB / seconds, 1),
        "mb_per_processor_s": round(counts.bytes / MB / processor_s, 1),
        "releases_per_s": round(counts.releases / seconds),
        "landed": landed.records,
        "quarantined": landed.quarantined,
        "peak_mb": round(peak_mb, 1),
    }


def _in_a_process(path: Path, cores: int) -> dict[str, Any]:
    command = [sys.executable, "-m", "tests.bench.bulk", "--read", str(path), "--cores", str(cores)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def measure(releases: int, folder: Path) -> dict[str, Any]:
    """All figures."""
    large, small = folder / "large.xml.gz", folder / "small.xml.gz"
    xml_bytes = write_dump(large, releases)
    write_dump(small, max(1, releases // 10))
    one, tenth = _in_a_process(large, 1), _in_a_process(small, 1)
    return {
        "releases": releases,
        "xml_mb": round(xml_bytes / MB),
        "gzip_mb": round(large.stat().st_size / MB),
        "one_core": one,
        "all_cores": {"cores": os.cpu_count(), **_in_a_process(large, os.cpu_count() or 1)},
        "tenth": tenth,
        "memory_growth": round(one["peak_mb"] / tenth["peak_mb"] - 1, 3),
    }


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure and print, or read one dump and print."""
    parser = argparse.ArgumentParser(prog="tests.bench.bulk")
    parser.add_argument("releases", nargs="?", type=int, default=RELEASES)
    parser.add_argument("--read", type=Path)
    parser.add_argument("--cores", type=int, default=1)
    given = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory(dir=given.read.parent if given.read else None) as folder:
        found = (
            read_dump(given.read, Path(folder), given.cores)
            if given.read
            else measure(given.releases, Path(folder))
        )
    sys.stdout.write(json.dumps(found, indent=None if given.read else 1) + "\n")


if __name__ == "__main__":
    main()
