"""What each part of a stack is told."""

from __future__ import annotations

from pathlib import Path

from local.bundle.this_machine import BULK, GOLD, SILVER
from local.wiring import Credentials, StackOptions, Wiring

JOB_IDS = {SILVER: "11", GOLD: "12", BULK: "13"}


def wiring(environ: dict[str, str] | None = None, **options: object) -> Wiring:
    """The wiring of a stack."""
    return Wiring(StackOptions(**options), Credentials.create(environ or {}))  # type: ignore[arg-type]


def test_secrets_differ_between_stacks_and_do_not_show() -> None:
    """Each stack has its own random secrets, and their repr holds none."""
    first, second = Credentials.create({}), Credentials.create({})
    tokens = ("databricks_token", "second_databricks_token", "app_databricks_token")
    names = ("tmdb_token", "discogs_token", *tokens, "host_key")
    values = [getattr(found, name) for found in (first, second) for name in names]
    assert len(set(values)) == len(values)
    assert not any(value in repr(first) for value in values)


def test_real_tokens_mean_the_real_apis() -> None:
    """With both tokens given, no catalog server stands in and the app keeps its default addresses."""
    real = wiring({"TMDB_TOKEN": "t", "DISCOGS_TOKEN": "d"})
    settings = real.app_settings(JOB_IDS)
    assert not real.has_catalog
    assert (settings["TMDB_TOKEN"], settings["DISCOGS_TOKEN"]) == ("t", "d")
    assert "TMDB_BASE_URL" not in settings


def test_one_real_token_is_not_enough() -> None:
    """With one token only, the catalog server is used and that token is not sent to it."""
    half = wiring({"TMDB_TOKEN": "t"})
    assert half.has_catalog
    assert "t" not in half.app_settings(JOB_IDS).values()


def test_the_app_is_told_where_everything_is(tmp_path: Path) -> None:
    """The settings name every part by the port it listens on, and the jobs."""
    found = wiring(state_dir=tmp_path, tmdb_per_s=500.0)
    settings = found.app_settings(JOB_IDS)
    assert settings["TMDB_BASE_URL"] == f"{found.url('catalog')}/tmdb"
    assert f":{found.ports['servicebus']};" in settings["SERVICEBUS"]
    assert found.url("azurite") in settings["LAKE"]
    assert found.url("insights") in settings["APPLICATIONINSIGHTS_CONNECTION_STRING"]
    assert [settings[f"{name}_JOB_ID"] for name in ("SILVER", "GOLD", "BULK")] == ["11", "12", "13"]
    assert settings["DISCOGS_DUMP_URL"] == f"{found.url('catalog')}/files/discogs"
    assert settings["TMDB_REQUESTS_PER_S"] == "500"
    assert settings["TABLES_URI"] == f"file://{tmp_path}/databricks/tables/{{container}}"
    assert settings["FILES_PATH"] == f"{tmp_path}/databricks/lake/{{area}}"


def test_the_feed_is_written_only_when_it_is_asked_for() -> None:
    """One machine leaves it out, unlike Azure, whose setting is the default."""
    assert [wiring(feed=feed).app_settings(JOB_IDS)["FEED"] for feed in (False, True)] == ["none", "all"]


def test_a_mongodb_is_used_only_when_it_is_asked_for(tmp_path: Path) -> None:
    """Without the option jobs hear of none, whatever the environment says; with it of that one, else of one here."""
    theirs = {"MONGO_URI": "mongodb://localhost/theirs"}
    unasked = wiring(theirs)
    assert (unasked.has_mongo, unasked.environment("databricks", {})["MONGO_URI"]) == (False, "")
    named = wiring(theirs, mongo=True)
    assert (named.has_mongo, named.environment("databricks", {})["MONGO_URI"]) == (False, theirs["MONGO_URI"])
    started = wiring(mongo=True, state_dir=tmp_path)
    uri = f"mongodb://127.0.0.1:{started.ports['mongo']}/crossfade"
    assert (started.has_mongo, started.environment("databricks", {})["MONGO_URI"]) == (True, uri)
    assert started.command("mongo")[-4:] == [
        "--port",
        str(started.ports["mongo"]),
        "--work",
        f"{tmp_path}/mongo",
    ]


def test_settings_of_a_test_win() -> None:
    """`app_settings` replace what the stack would say."""
    found = wiring(app_settings={"PLAN_SCHEDULE": "0 * * * * *"})
    assert found.app_settings(JOB_IDS)["PLAN_SCHEDULE"] == "0 * * * * *"


def test_the_catalog_is_generated_or_given(tmp_path: Path) -> None:
    """The catalog server gets either sizes and a seed or a directory, and the limits in both cases."""
    generated = wiring(films=7, releases=8, seed=9).command("catalog")
    given = wiring(catalog_dir=tmp_path, tmdb_per_s=20.0).command("catalog")
    assert " --films 7 --releases 8 --seed 9" in " ".join(generated)
    assert f"--data {tmp_path}" in " ".join(given)
    assert "--tmdb-per-second 20" in " ".join(given)
    assert "--films" not in given


def test_spark_is_warm_only_where_that_is_asked_for() -> None:
    """A stack of a test that runs no job starts no Spark."""
    assert "--warm" in wiring(warm=True).command("databricks")
    assert "--warm" not in wiring().command("databricks")


def test_every_host_has_a_port_of_its_own() -> None:
    """Several hosts share everything but the port."""
    found = wiring(hosts=3)
    assert found.host_names == ["host", "host-2", "host-3"]
    assert len({found.ports[name] for name in found.host_names}) == 3
    assert "local.host" in found.command("host-3")
    assert found.environment("host-2", JOB_IDS) == found.environment("host", JOB_IDS)


def test_no_secret_is_in_a_command_line() -> None:
    """Secrets go by environment, never by arguments that any user of the machine can list."""
    found = wiring()
    secrets = {
        found.credentials.tmdb_token,
        found.credentials.discogs_token,
        found.credentials.databricks_token,
        found.credentials.second_databricks_token,
        found.credentials.app_databricks_token,
        found.credentials.host_key,
    }
    for name in ("insights", "databricks", "catalog", "host"):
        assert not secrets & set(" ".join(found.command(name)).split())
    assert found.environment("databricks", {})["DATABRICKS_TOKEN"] in secrets
    assert found.environment("insights", {}) == {}
