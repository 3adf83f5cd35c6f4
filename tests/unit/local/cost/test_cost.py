"""The cost model: what it derives, what it bills, and that docs/cost.md shows its output."""

from __future__ import annotations

import json
import random
import re
import shlex
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from local.cost.__main__ import main
from local.cost.bill import Price, bill, price_list, total
from local.cost.usage import usage
from local.cost.workload import (
    STAGES,
    Load,
    assumptions,
    discogs_requests,
    raw_gb,
    run_time,
    tasks,
    tmdb_requests,
)
from shared.figures.cost import KB_A_GB, RunUse, quantities
from shared.planning.roots import RunRequest, plan_roots
from shared.sources.vocabulary import COUNTRIES, FORMATS
from tests.fakes.simulated import TODAY, SimulatedDiscogs, crawl

ROOT = Path(__file__).parents[4]
PAGE = ROOT / "docs" / "cost.md"
INFRASTRUCTURE = ROOT / "infrastructure"


def a_month(load: Load) -> float:
    return total(bill(usage(load, assumptions()), price_list()))


def test_the_free_part_of_a_price_is_not_billed() -> None:
    """Only what is over the free part is billed, by the lot."""
    price = Price(price=0.8, per=1_000_000, unit="operations", free=13_000_000, what="")
    assert price.of(12_000_000) == 0
    assert price.of(15_000_000) == pytest.approx(1.6)


def test_tmdb_is_asked_for_pages_films_and_collections() -> None:
    """10,000 films are 500 pages, 10,000 details and 500 collections."""
    assert tmdb_requests(10_000, assumptions()) == 11_000


@pytest.mark.parametrize("releases", [0, 3_000, 9_999])
def test_a_short_list_of_releases_is_read_once(releases: int) -> None:
    """Up to 10,000 results a page of 100 is asked for each hundred, one at least."""
    assert discogs_requests(releases) == max(1, -(-releases // 100))


def test_a_split_list_of_releases_takes_what_the_planner_takes() -> None:
    """For the size of the yardstick the model is within a tenth of following the plan to its end."""
    catalog = SimulatedDiscogs(many_releases(29_718))
    crawl(catalog, plan_roots(RunRequest(sources=("discogs",)), TODAY, None))
    assert discogs_requests(29_718) == pytest.approx(catalog.questions, rel=0.1)


def many_releases(count: int) -> Counter[tuple[int | None, str, str]]:
    """Releases of many years; some countries and formats have most of them, and one in ten has no year."""
    pick = random.Random(1)  # noqa: S311 - invented data
    by_country, by_format = ([1 / (n + 1) for n in range(len(names))] for names in (COUNTRIES, FORMATS))
    years = [None if pick.random() < 0.1 else round(pick.triangular(1950, 2026, 1995)) for _ in range(count)]
    countries, formats = (
        pick.choices(COUNTRIES, by_country, k=count),
        pick.choices(FORMATS, by_format, k=count),
    )
    return Counter(zip(years, countries, formats, strict=True))


def test_a_run_waits_for_the_slower_source() -> None:
    """Both sources are read at the same time, at no more than their limits."""
    time = run_time(Load(6, 10_000, 29_718), assumptions())
    assert time.ingest_s == time.discogs_s > time.tmdb_s
    assert time.tmdb_requests / time.tmdb_s < 40
    assert time.discogs_requests / time.discogs_s < 1


@settings(max_examples=25)
@given(
    runs=st.floats(0, 24),
    films=st.integers(0, 1_000_000),
    releases=st.integers(0, 400_000),
    stage=st.sampled_from(sorted(STAGES)),
    is_classic=st.booleans(),
)
def test_more_work_never_costs_less(
    runs: float, films: int, releases: int, stage: str, is_classic: bool
) -> None:
    """A run more, a film more or a hundred releases more cost as much or more; nothing at all has a base price."""
    load = Load(runs, films, releases, stage, is_classic=is_classic)
    cost = a_month(load)
    assert cost > 0
    for more in ({"runs_per_day": runs + 1}, {"films": films + 1}, {"releases": releases + 100}):
        assert a_month(replace(load, **more)) >= cost


def test_tables_are_stored_once_and_for_as_long_as_versions_are_kept() -> None:
    """Without runs there are the current rows; each run of a day adds what it replaced, by days of retention."""
    records, kept_days = 1_000_000, 7 + STAGES["prod"].soft_delete_days
    tables_gb = records * assumptions().table_kb_per_record / KB_A_GB
    assert hot_gb(Load(0, records, 0)) == pytest.approx(tables_gb)
    load = Load(2, records, 0)
    raw_hot_gb = raw_gb(load, assumptions()) * load.runs_per_day * assumptions().raw_hot_days
    assert hot_gb(load) - raw_hot_gb == pytest.approx(tables_gb * (1 + 2 * kept_days))


def hot_gb(load: Load) -> float:
    """What a month stores in the hot tier."""
    uses = usage(load, assumptions())
    return sum(use.quantity for use in uses if use.price.startswith("storage_hot"))


def test_a_private_network_costs_more() -> None:
    """Private endpoints and the gateway are billed."""
    assert a_month(Load(6, 100, 100, "dev", is_private=True)) > a_month(Load(6, 100, 100, "dev"))


def test_a_mongodb_costs_its_node_and_disk() -> None:
    """All month, whatever is exported; its size is what Bicep makes."""
    with_mongo, without = (
        usage(Load(0, 100, 100, "dev", has_mongo=on), assumptions()) for on in (True, False)
    )
    more = {use.price: use.quantity for use in with_mongo if use not in without}
    assert more == {"mongo_m25": 730, "mongo_disk": 32}
    bicep = (INFRASTRUCTURE / "main.bicep").read_text()
    assert "param mongoTier string = 'M25'" in bicep
    assert "diskGb: 32\n" in bicep


def test_compute_is_serverless_or_clusters() -> None:
    """Serverless compute bills what it took, machines included; clusters bill machines and a way out, starts too."""
    serverless, clusters = (
        {use.price: use.quantity for use in usage(Load(6, 10_000, 29_718, is_classic=classic), assumptions())}
        for classic in (False, True)
    )
    time = run_time(Load(6, 10_000, 29_718), assumptions())
    assert serverless["databricks_serverless_dbu"] == pytest.approx(
        6 * 730 / 24 * (time.silver_s + time.gold_s) / 3600 * assumptions().serverless_dbu_an_hour
    )
    of_clusters = {"databricks_dbu", "vm_d8ds_v5", "vm_d8ds_v5_spot", "vm_disk", "nat_gateway"}
    assert of_clusters <= set(clusters) and not of_clusters & set(serverless)
    assert "databricks_serverless_dbu" not in clusters


@pytest.mark.parametrize("name", sorted(STAGES))
def test_stages_are_those_of_the_infrastructure(name: str) -> None:
    """Machines are the bundle's, storage, soft delete and the way out are those of main.bicepparam."""
    bundle, stage = yaml.safe_load((INFRASTRUCTURE / "databricks.yml").read_text()), STAGES[name]
    overrides = bundle["targets"][name].get("variables", {})
    machine = overrides.get("node_type", bundle["variables"]["node_type"]["default"])
    assert machine.lower() == f"standard_{stage.machine}"
    sizes = re.search(rf"  {name}: \{{(.*?)\}}", (INFRASTRUCTURE / "main.bicepparam").read_text(), re.DOTALL)
    assert sizes is not None
    assert f"Standard_{stage.redundancy.upper()}" in sizes[1]
    assert f"softDeleteDays: {stage.soft_delete_days}\n" in sizes[1]
    assert f"databricksNoPublicIp: {str(stage.has_nat_gateway).lower()}" in sizes[1]


def test_assumptions_are_those_of_the_infrastructure() -> None:
    """What Bicep says is assumed likewise: alert rules, private endpoints, memory, days until raw cools."""
    rules = (INFRASTRUCTURE / "modules" / "alerts.bicep").read_text()
    endpoints = (INFRASTRUCTURE / "modules" / "private-endpoints.bicep").read_text()
    main_bicep = (INFRASTRUCTURE / "main.bicep").read_text()
    known = assumptions()
    assert rules.count("every: 'PT5M'") == known.rules_5min
    assert rules.count("every: 'PT15M'") == known.rules_15min
    assert endpoints.count("group: '") == known.private_endpoints
    assert f"param instanceMemoryMB int = {known.instance_gb * 1024}\n" in main_bicep
    assert f"param rawCoolAfterDays int = {known.raw_hot_days}\n" in main_bicep


def test_a_run_costs_what_it_adds_to_a_month() -> None:
    """The model of a single run takes of each service what the monthly model takes for one more."""
    load, given = Load(6, 10_000, 29_718), assumptions()
    none = {use.price: use.quantity for use in usage(replace(load, runs_per_day=0), given)}
    time = run_time(load, given)
    number = tasks(load, time)
    busy_s = time.tmdb_s + time.discogs_s + time.ingest_s
    of_run = quantities(RunUse(tasks=number, busy_s=busy_s, jobs_s=time.silver_s + time.gold_s))
    of_month = {
        (use.service, use.price): (use.quantity - none.get(use.price, 0)) / load.runs_a_month
        for use in usage(load, given)
    }
    assert {key: of_month[key] for key in of_run} == pytest.approx(of_run)


def test_json_says_what_the_table_says(capsys: pytest.CaptureFixture[str]) -> None:
    """The total is the sum of the lines, in both."""
    assert main(["--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["total"] == pytest.approx(sum(line["amount"] for line in found["lines"]), abs=0.2)
    assert main([]) == 0
    assert f"| **all** | | | | **{found['total']:,.2f}** |" in capsys.readouterr().out


def test_prices_of_a_region_replace_those_assumed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A price of a file is used; the others stay."""
    prices = tmp_path / "prices.json"
    prices.write_text('{"servicebus_base": 1.0}')
    assert main(["--json", "--region-prices", str(prices)]) == 0
    lines = {line["price"]: line["amount"] for line in json.loads(capsys.readouterr().out)["lines"]}
    assert lines["servicebus_base"] == 730
    assert lines["log_rule_5min"] == pytest.approx(7.5)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{", "cannot be read as JSON"),
        ("[1]", "holds no JSON object"),
        ('{"servicebus": 1}', "no price is called 'servicebus'"),
        ('{"servicebus_base": -1}', "give a number of 0 or more"),
        ('{"servicebus_base": true}', "give a number of 0 or more"),
    ],
)
def test_wrong_prices_are_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], text: str, said: str
) -> None:
    """The error names the file and what to give."""
    prices = tmp_path / "prices.json"
    prices.write_text(text)
    assert main(["--region-prices", str(prices)]) == 2
    assert f"{prices}" in (error := capsys.readouterr().err)
    assert said in error


@pytest.mark.parametrize("wrong", [["--films", "-1"], ["--runs-per-day", "often"], ["--runs-per-day", "nan"]])
def test_wrong_arguments_are_refused(wrong: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    """Exit code 2, and one line."""
    with pytest.raises(SystemExit) as stopped:
        main(wrong)
    assert stopped.value.code == 2
    assert capsys.readouterr().err.count("\n") == 1


COMMANDS = re.findall(r"^```\n(python -m local\.cost.*)\n```$", PAGE.read_text(), re.MULTILINE)
TOTALS = re.findall(r"^\| `(--[^`]+)` \| .* \| ([\d,.]+) \|$", PAGE.read_text(), re.MULTILINE)


@pytest.mark.parametrize("command", COMMANDS)
def test_the_page_shows_what_its_commands_print(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Each command on docs/cost.md is followed by its own output."""
    assert main(shlex.split(command)[3:]) == 0
    assert f"```\n{command}\n```\n\n{capsys.readouterr().out}" in PAGE.read_text()


@pytest.mark.parametrize(("arguments", "amount"), TOTALS)
def test_totals_on_the_page_are_those_of_the_command(
    arguments: str, amount: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Each row of arguments on docs/cost.md names the total they give."""
    assert main([*shlex.split(arguments), "--json"]) == 0
    assert amount == f"{json.loads(capsys.readouterr().out)['total']:,.2f}"
