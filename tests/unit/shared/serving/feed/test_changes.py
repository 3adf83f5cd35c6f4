"""Changes since a run: every line once and in order, however small the pages and the parts that are read."""

from __future__ import annotations

import json
from typing import Any

import pytest

from shared.adapters.lake import FEED
from shared.errors import InvalidRequest, NotInFeed
from shared.serving.feed import changes as change_log
from shared.serving.feed.changes import ChangeLog, parse_after
from tests.fakes import FakeLake

RUNS = [f"2026112{n}T063000Z-000{n}" for n in range(5)]
LINK = {
    "release_id": 1, "master_id": None, "release_title": "A", "artist": "B", "release_year": 1999, "country": None,
    "formats": ["LP"], "barcodes": [], "film_id": 3, "imdb_id": None, "film_title": "F", "film_year": None,
    "kind": "score", "probability": 0.9, "band": "strong", "published": True, "evidence": "é" * 20,
    "decided_by": "matcher",
}  # fmt: skip


def change(number: int) -> dict[str, Any]:
    before = {"film_id": 1, "probability": 0.5, "band": "possible"}
    link = LINK | {"release_id": number} if number % 2 else None
    return {
        "release_id": number,
        "change": "moved" if link else "dropped",
        "why": ["rivals"],
        "before": before,
        "link": link,
    }


async def feed(*lines: list[int] | None) -> ChangeLog:
    """A feed whose runs changed these releases; None is a run that changed nothing, without a file."""
    lake, chain = FakeLake(), []
    for place, (run, found) in enumerate(zip(RUNS, lines, strict=False), 1):
        entry: dict[str, Any] = {"run": run, "generation": place, "path": None, "lines": 0, "bytes": 0}
        if found is not None:
            data = "".join(json.dumps(change(n), ensure_ascii=False) + "\n" for n in found).encode()
            entry |= {"path": f"changes/{run}.jsonl", "lines": len(found), "bytes": len(data)}
            await lake.put(FEED, entry["path"], data + b'{"of a later index')
        chain.append(entry)
    await lake.put_json(FEED, "index.json", {"run": chain[-1]["run"], "changes": chain})
    return ChangeLog(lake)


@pytest.mark.parametrize("limit", [1, 2, 3, 100])
@pytest.mark.parametrize("part", [900, 2_000, 1_000_000])
async def test_pages_have_every_change_once(monkeypatch: pytest.MonkeyPatch, limit: int, part: int) -> None:
    """Over files of any length, a run without a file and one without a line among them."""
    monkeypatch.setattr(change_log, "PART_BYTES", part)
    log = await feed([9], [1, 2, 3], None, [], [4, 5])
    found, after, pages = [], None, 0
    while pages == 0 or after:
        page = await log.since(RUNS[0], parse_after(after), limit)
        assert len(page.changes) <= limit and page.run == RUNS[4]
        found += [json.loads(each.model_dump_json()) for each in page.changes]
        after, pages = page.next, pages + 1
    assert found == [change(n) for n in (1, 2, 3, 4, 5)]
    assert pages == -(-5 // limit)


async def test_the_newest_run_has_no_changes_after_it() -> None:
    """An empty last page."""
    page = await (await feed([1], [2])).since(RUNS[1], None, 10)
    assert (page.changes, page.next) == ((), None)


async def test_a_run_that_was_done_again_counts_as_it_was_left() -> None:
    """Of two entries of a run, what comes after the last is since that run."""
    log = await feed([1], [2], [3])
    index = json.loads(await log._lake.read(FEED, "index.json") or b"")
    index["changes"][1]["run"] = RUNS[0]
    await log._lake.put_json(FEED, "index.json", index)
    assert [each.release_id for each in (await log.since(RUNS[0], None, 10)).changes] == [3]


async def test_what_the_feed_does_not_know_is_said() -> None:
    """No feed, a run it never had, and a file that is gone."""
    with pytest.raises(NotInFeed, match="take its links whole"):
        await ChangeLog(FakeLake()).since(RUNS[0], None, 10)
    log = await feed([1], [2])
    with pytest.raises(NotInFeed, match=RUNS[4]):
        await log.since(RUNS[4], None, 10)
    await log._lake.delete(FEED, f"changes/{RUNS[1]}.jsonl")
    with pytest.raises(NotInFeed):
        await log.since(RUNS[0], None, 10)


@pytest.mark.parametrize("text", ["", "1", "1.x", "-1.0", "1.0 "])
def test_a_cursor_of_another_kind_is_refused(text: str) -> None:
    """It says where to get one."""
    with pytest.raises(InvalidRequest, match="`next` of the page before"):
        parse_after(text)
