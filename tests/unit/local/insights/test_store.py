"""Keeping telemetry items, and failing on purpose."""

from __future__ import annotations

from pathlib import Path

import pytest

from local.insights.faults import BadFault, Faults
from local.insights.store import ItemStore
from tests.unit.local.insights.test_envelopes import item


def test_counts_and_items_survive_a_restart(tmp_path: Path) -> None:
    """A new server on the directory knows what the last one got."""
    store = ItemStore(tmp_path)
    store.append([item(name="run_completed"), item(name="run_started"), item("RequestData", name="fetch")])
    before = store.summary()
    store.close()
    again = ItemStore(tmp_path)
    assert again.summary() == before
    assert before["types"] == {"EventData": 2, "RequestData": 1}
    assert before["events"] == {"run_completed": 1, "run_started": 1}
    again.close()


def test_a_torn_last_line_is_dropped(tmp_path: Path) -> None:
    """What a killed server wrote half does not make the file unreadable."""
    (tmp_path / "items.jsonl").write_text('{"torn')
    store = ItemStore(tmp_path)
    store.append([item(name="x")])
    assert [found["data"]["baseData"]["name"] for found in store.find(None, None, 10)] == ["x"]
    store.close()


def test_the_newest_items_are_found(tmp_path: Path) -> None:
    """By type and name, and of those the last ones in the order they came."""
    store = ItemStore(tmp_path)
    store.append([item(name="a", n=1), item(name="b"), item(name="a", n=2), item("RequestData", name="a")])
    found = store.find("EventData", "a", 1)
    assert [entry["data"]["baseData"]["n"] for entry in found] == [2]
    assert len(store.find(None, "a", 10)) == 3
    store.close()


@pytest.mark.parametrize(
    "body",
    [
        b"{",
        b"[]",
        b'{"state":1}',
        b'{"status":200}',
        b'{"status":"503"}',
        b'{"delay_s":-1}',
        b'{"retry_after_s":true}',
    ],
)
def test_unfit_faults_are_refused(body: bytes) -> None:
    """A plan with unknown or impossible fields is not taken."""
    with pytest.raises(BadFault):
        Faults.parse(body)


def test_an_empty_plan_ends_all_faults() -> None:
    """Nothing goes wrong without being asked for."""
    assert Faults.parse(b"{}") == Faults()
    assert Faults.parse(b'{"status":503,"delay_s":0.5,"retry_after_s":2}') == Faults(503, 0.5, 2)
