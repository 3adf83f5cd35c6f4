"""What each kind of write leaves in a table, and says of it."""

from __future__ import annotations

import pytest

from spark_jobs.lakehouse.sets import TableVersion
from tests.integration.spark_jobs.builders.things import THINGS, Things

START = {"cup": 1, "jug": 2, "pot": 3}


@pytest.fixture
def start(things: Things, request: pytest.FixtureRequest) -> TableVersion:
    """The set a test starts from: three things, whatever the tests before it left."""
    run, newest = request.node.name, None
    if things.log.exists():
        newest = TableVersion("silver.things", len(things.commits()) - 1, 0, 0, 0, "")
    return things.tables(run, "those before").replace_all(THINGS, things.rows(**START), newest)


def check(things: Things, said: TableVersion, names: dict[int, str], content: int) -> None:
    """A version says what delta-rs finds at it, and is the newest."""
    assert things.found(said) == names
    assert (said.table, said.rows, said.content) == ("silver.things", len(names), content)
    assert said.files == things.files(said)
    assert said.version == len(things.commits()) - 1
    assert said.definition == THINGS.digest(7.0)


def test_a_whole_replacement(things: Things, start: TableVersion) -> None:
    """The rows are those given, in one commit."""
    said = things.tables("a").replace_all(THINGS, things.rows(pan=9), start)
    check(things, said, {9: "pan"}, said.version)
    assert said.version == start.version + 1


def test_a_key_that_lost_all_its_rows(things: Things, start: TableVersion) -> None:
    """Of the keys told, one gets new rows, one has none any more; the others stay."""
    said = things.tables("b").replace_keys(THINGS, things.rows(mug=1), [1, 2], start)
    check(things, said, {1: "mug", 3: "pot"}, said.version)
    assert said.version == start.version + 1


def test_new_keys_only(things: Things, start: TableVersion) -> None:
    """Rows are added; no file is written again."""
    said = things.tables("c").replace_keys(THINGS, things.rows(lid=8), [7, 8], start)
    check(things, said, {1: "cup", 2: "jug", 3: "pot", 8: "lid"}, said.version)
    assert said.files == start.files + 1


def test_keys_with_nothing_to_change(things: Things, start: TableVersion) -> None:
    """Neither old rows nor new ones: the table is kept, its content is the old one's."""
    said = things.tables("d").replace_keys(THINGS, things.rows(), [77], start)
    check(things, said, things.found(start), start.content)
    assert things.commits()[-1] == "SET TBLPROPERTIES"


def test_keeping_writes_no_rows(things: Things, start: TableVersion) -> None:
    """The version is new and as young as the run, the content is not."""
    said = things.tables("e").keep(THINGS, start)
    check(things, said, things.found(start), start.content)
    assert said.version == start.version + 1


def test_a_condition(things: Things, start: TableVersion) -> None:
    """Rows for which it holds are replaced, whatever set is current, and all rows are counted."""
    said = things.tables("f").replace_where(THINGS, things.rows(mug=1), "id < 3")
    assert things.found(said) == {1: "mug", 3: "pot"}
    assert (said.rows, said.content) == (2, said.version)


def test_going_back(things: Things, start: TableVersion) -> None:
    """A restored version has the old rows, files and content under a new number."""
    things.tables("g").replace_all(THINGS, things.rows(pan=9), start)
    said = things.tables("back").restore(THINGS, start)
    check(things, said, things.found(start), start.content)
    assert said.version == start.version + 2


def test_empty_by_empty(things: Things, start: TableVersion) -> None:
    """No rows stay no rows; the second run keeps what the first one emptied."""
    emptied = things.tables("h").replace_all(THINGS, things.rows(), start)
    again = things.tables("i", "h").replace_all(THINGS, things.rows(), emptied)
    assert things.found(emptied) == things.found(again) == {}
    assert (emptied.rows, again.rows, again.content) == (0, 0, emptied.version)


def test_rows_that_a_dead_run_removed_are_gone_for_the_next_too(things: Things, start: TableVersion) -> None:
    """Empty over what a dead run emptied makes no commit, and is still empty."""
    things.tables("dead").replace_all(THINGS, things.rows(), start)
    said = things.tables("j").replace_all(THINGS, things.rows(), start)
    assert (said.rows, things.found(said)) == (0, {})


def test_what_a_dead_run_wrote_is_written_over(things: Things, start: TableVersion) -> None:
    """A whole replacement needs nothing of what is there; its counts are its own."""
    things.tables("dead").replace_all(THINGS, things.rows(pan=9, lid=8), start)
    said = things.tables("k").replace_all(THINGS, things.rows(mug=1), start)
    check(things, said, {1: "mug"}, said.version)
    assert things.commits()[start.version + 1 :] == ["WRITE", "WRITE"]


def test_what_a_dead_run_wrote_is_taken_back_first(things: Things, start: TableVersion) -> None:
    """A replacement by keys starts from the rows of the set, once, also when it is done again."""
    things.tables("dead").replace_keys(THINGS, things.rows(pan=9), [1, 9], start)
    said = [things.tables("l").replace_keys(THINGS, things.rows(mug=2), [2], start) for _ in range(2)]
    check(things, said[0], {1: "cup", 2: "mug", 3: "pot"}, said[0].version)
    assert said[0] == said[1]
    assert things.commits()[start.version + 1 :] == ["WRITE", "RESTORE", "WRITE"]


def test_what_a_dead_run_wrote_is_not_kept(things: Things, start: TableVersion) -> None:
    """A table that is kept has the rows of the set, taken back once, also when it is kept again."""
    things.tables("dead").replace_all(THINGS, things.rows(pan=9), start)
    said = [things.tables("m").keep(THINGS, start) for _ in range(2)]
    check(things, said[0], things.found(start), start.content)
    assert said[0] == said[1]
    assert things.commits()[start.version + 1 :] == ["WRITE", "RESTORE", "SET TBLPROPERTIES"]


@pytest.mark.parametrize("kind", ["all", "keys", "no keys", "keep"])
def test_a_rerun_writes_nothing(things: Things, start: TableVersion, kind: str) -> None:
    """The same run on the same set says the same, and no commit is made."""
    said = []
    for _ in range(2):
        tables = things.tables("n")
        if kind == "all":
            said.append(tables.replace_all(THINGS, things.rows(mug=1), start))
        elif kind == "keep":
            said.append(tables.keep(THINGS, start))
        else:
            names = {"mug": 1} if kind == "keys" else {}
            said.append(tables.replace_keys(THINGS, things.rows(**names), [1] if names else [70], start))
    assert said[0] == said[1]
    assert len(things.commits()) == start.version + 2


def test_a_first_run_again_writes_nothing(things: Things, tmp_path_factory: pytest.TempPathFactory) -> None:
    """Without a set before it, too: the table is made once, written once, and altered never."""
    new = Things(things.spark, tmp_path_factory.mktemp("first") / "tables")
    said = [new.tables("one").replace_all(THINGS, new.rows(cup=1), None) for _ in range(2)]
    empty = [new.tables("two").replace_where(THINGS, new.rows(), "id > 5") for _ in range(2)]
    assert new.commits() == ["CREATE TABLE", "WRITE"]
    assert (said[0], empty[0]) == (said[1], empty[1])
    assert new.found() == {1: "cup"}
