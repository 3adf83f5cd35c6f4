"""The dashboard in a browser, on the stack that other tests share."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, Route, expect

from local.console.client import RunsClient
from local.console.matches import best_matches
from local.stack import Stack
from tests.e2e.conftest import FILMS, Run
from tests.e2e.support.browsing import PHONE, RUN_MS, Visit, chromium, headless, search_index
from tests.e2e.support.reviewing import kept, pair, review_queue
from tests.e2e.support.running import await_end

NO_TOKENS = {"rotate_keys": {"tmdb_token": True, "discogs_token": True}}
SLOW_ANSWERS = {"latency": {"min_ms": 300, "max_ms": 600}, "slow_s": 1.0}
LOOK_AGAIN = "document.dispatchEvent(new Event('visibilitychange'))"
HOSTILE = '<img src=x onerror="window.harm=1"><script>window.harm=1</script>\'"&amp;'
# Hebrew and Arabic, with marks that turn the direction.
BACKWARDS = "\u202e\u05e9\u05dc\u05d5\u05dd\u202c, \u0645\u0631\u062d\u0628\u0627"
LONG = "W" * 300
EVIL_FILMS = (
    {
        "film_id": 1, "title": HOSTILE, "original_title": BACKWARDS, "year": 1999, "release_count": 9,
        "releases": [
            {
                "release_id": 2, "title": f"{HOSTILE} {LONG}", "artist": BACKWARDS, "year": 2001,
                "probability": 0.987, "band": "strong", "reason": HOSTILE,
            }
        ],
    },
    {"film_id": 2, "title": LONG, "release_count": 0},
)  # fmt: skip


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with headless() as found:
        yield found


@pytest.fixture
def visit(browser: Browser, stack: Stack) -> Iterator[Callable[..., Visit]]:
    """Opens tabs; each must end without complaint."""
    visits: list[Visit] = []

    def begin(size: tuple[int, int] | None = None) -> Visit:
        visits.append(Visit(browser, stack, size) if size else Visit(browser, stack))
        return visits[-1]

    yield begin
    for one in visits:
        one.close()


@pytest.fixture
def without_views(stack: Stack, quiet: Run) -> Iterator[None]:
    """The runs of a test leave the views as the quiet run published them: the page shows none of them."""
    host = stack.parts["host"]
    host.stop()
    host.env["GOLD_VIEWS"] = "none"
    stack.restart("host")
    yield
    host.stop()
    del host.env["GOLD_VIEWS"]
    stack.restart("host")


def assert_fits(page: Page) -> None:
    assert page.evaluate("document.documentElement.scrollWidth") <= page.viewport_size["width"]  # type: ignore[index]


def pressed(page: Page, key: str) -> str:
    """The id of the control that a key leads to."""
    page.keyboard.press(key)
    return str(page.evaluate("document.activeElement.id"))


def test_nothing_is_shown_without_the_key(visit: Callable[..., Visit]) -> None:
    """A wrong key is refused and forgotten; nothing but the form is to be seen."""
    page = visit().open()
    page.get_by_label("Key", exact=True).fill("guess")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert").filter(has_text="not accepted")).to_be_visible()
    expect(page.locator("#board")).to_be_hidden()
    assert page.evaluate("sessionStorage.length") == 0


@pytest.mark.slow
@pytest.mark.usefixtures("no_faults", "without_views")
def test_a_run_is_followed_live_to_its_end(visit: Callable[..., Visit], stack: Stack, quiet: Run) -> None:
    """Started on the page, it moves through its stages without a reload, and ends among the recent runs."""
    page = visit().enter()
    expect(page.locator(f"#run-{quiet.run_id}")).to_contain_text("matches")
    stack.set_faults(SLOW_ANSWERS)
    page.get_by_role("button", name="Start a run").click()
    expect(page.get_by_role("heading", name="Active run")).to_be_visible()
    expect(page.get_by_role("button", name="Start a run")).to_be_disabled()
    expect(page.locator(".steps li.now")).to_contain_text("ingest")
    expect(page.get_by_role("progressbar", name="tmdb tasks")).to_be_visible(timeout=RUN_MS)
    stack.set_faults({})
    for stage in ("silver", "gold"):
        expect(page.locator(".steps li.now")).to_contain_text(stage, timeout=RUN_MS)
    expect(page.get_by_role("heading", name="Last run")).to_be_visible(timeout=RUN_MS)
    expect(page.locator("#live .tag")).to_have_text("completed")
    expect(page.locator("#live dl")).to_contain_text(f"bronze tmdb{FILMS}")
    expect(page.locator("#said")).to_contain_text("is completed")
    assert page.locator(".run").count() >= 2
    assert page.locator(".run .stack i").count() >= 6
    expect(page.get_by_role("img", name="Quality of")).to_be_visible()
    expect(page.locator("#bands .legend")).to_contain_text("strong")


@pytest.mark.usefixtures("no_faults")
def test_a_failed_run_is_replayed_and_the_replay_cancelled(
    visit: Callable[..., Visit], stack: Stack, client: RunsClient
) -> None:
    """The page says why a run failed, sends again what it left, and stops a run when asked twice."""
    stack.set_faults(NO_TOKENS)
    failed_id = client.refresh()
    await_end(stack, client, failed_id)
    page = visit().enter()
    expect(page.locator("#live .notice.bad")).to_contain_text("token")
    expect(page.locator("#live .failures li").first).to_be_visible()
    stack.set_faults({"slow_s": 2.0})
    page.locator("#live").get_by_role("button", name="Replay").click()
    expect(page.locator("#live")).to_contain_text(f"replays {failed_id}")
    page.get_by_role("button", name="Cancel run").click()
    page.get_by_role("button", name="No").click()
    expect(page.get_by_role("heading", name="Active run")).to_be_visible()
    page.get_by_role("button", name="Cancel run").click()
    page.get_by_role("button", name="Yes").click()
    expect(page.locator("#live .tag")).to_have_text("cancelled")
    expect(page.get_by_role("heading", name="Last run")).to_be_visible()


def test_what_a_run_left_can_be_read(visit: Callable[..., Visit], quiet: Run) -> None:
    """Lineage and the reports of a run: styled, with charts, and out of reach of the page and its key."""
    page = visit().enter()
    page.locator(f"#run-{quiet.run_id}").click()
    details = page.locator(".run", has=page.locator(f"#run-{quiet.run_id}")).locator(".details")
    details.get_by_text("Lineage").click()
    for name in ("tmdb/details/ingest_date=", "silver.movies", "gold.matches"):
        expect(details.locator("code").filter(has_text=name).first).to_be_visible()
    expect(details.get_by_text("US dollars, at assumed prices")).to_be_visible()
    expect(details.get_by_text("of garbage collection").first).to_be_visible()
    details.get_by_role("button", name="Quality report").click()
    report = page.frame_locator("dialog iframe")
    expect(report.locator("h1")).to_be_visible()
    painted = report.locator("body").evaluate("node => getComputedStyle(node).backgroundColor")
    assert painted != "rgba(0, 0, 0, 0)"
    page.keyboard.press("Escape")
    expect(page.locator("#report")).to_be_hidden()
    details.get_by_role("button", name="Films and music report").click()
    expect(report.locator("svg").first).to_be_visible()
    reach = "() => { try { return parent.sessionStorage.length } catch (error) { return error.name } }"
    assert report.locator("body").evaluate(reach) == "SecurityError"
    page.get_by_role("button", name="Close").click()
    expect(page.locator("#report")).to_be_hidden()


@pytest.mark.parametrize("size", [None, PHONE])
def test_hostile_titles_are_text(
    visit: Callable[..., Visit], stack: Stack, quiet: Run, size: tuple[int, int] | None
) -> None:
    """Tags, quotes, right-to-left marks and endless words are shown as they are, and fit the page."""
    with search_index(stack, EVIL_FILMS, "evil"):
        page = visit(size).enter()
        page.get_by_role("searchbox").fill("evil")
        expect(page.locator("#found h3")).to_have_count(2)
        assert page.locator("#found h3 span").first.text_content() == HOSTILE
        assert page.locator("#found h3").first.locator("small").last.text_content() == BACKWARDS
        assert page.locator("#found .record > span").text_content() == f"{BACKWARDS}: {HOSTILE} {LONG}"
        expect(page.locator("#found")).to_contain_text("0.987")
        assert page.locator("#found img, #found script").count() == 0
        assert page.evaluate("window.harm") is None
        page.locator(f"#run-{quiet.run_id}").click()
        expect(page.locator(".details .facts")).to_be_visible()
        assert_fits(page)
        page.locator("#found h3 a").first.click()
        expect(page.locator("#page .record a")).to_have_text(f"{BACKWARDS}: {HOSTILE} {LONG}")
        assert page.locator("#page-title > span").text_content() == HOSTILE
        assert page.locator("#page img, #page script").count() == 0 and page.evaluate("window.harm") is None
        assert_fits(page)


def test_a_match_of_the_run_is_found_with_its_evidence(
    visit: Callable[..., Visit], stack: Stack, quiet: Run
) -> None:
    """Searching the title of a film that gold matched shows its record, the probability and the reason."""
    best = best_matches(stack.wiring.lake, stack.wiring.tables)[0]
    page = visit().enter()
    page.get_by_role("searchbox").fill(best["film_title"])
    found = page.locator("#found .films > li").filter(has_text=best["release_title"]).first
    expect(found).to_contain_text(best["reason"])


@pytest.mark.parametrize("size", [None, PHONE])
def test_a_film_and_its_record_lead_to_each_other(
    visit: Callable[..., Visit], stack: Stack, quiet: Run, size: tuple[int, int] | None
) -> None:
    """From the search to the film, its evidence, the record and back, by keyboard; also on a phone."""
    best = best_matches(stack.wiring.lake, stack.wiring.tables)[0]
    page = visit(size).enter()
    page.get_by_role("searchbox").fill(best["film_title"])
    page.locator(f'#found a[href="#/films/{best["film_id"]}"]').first.focus()
    page.keyboard.press("Enter")
    expect(page.locator("#page-title")).to_contain_text(best["film_title"])
    expect(page.locator("#page-title")).to_be_focused()
    expect(page.locator("#board")).to_be_hidden()
    to_record = page.locator(f'a[href="#/records/{best["release_id"]}"]')
    record = page.locator("#page .part").first.locator("li", has=to_record)
    expect(record).to_contain_text(best["reason"])
    record.locator("summary").focus()
    page.keyboard.press("Enter")
    expect(record.locator(".pieces li").first).to_be_visible()
    assert_fits(page)
    record.get_by_role("link").first.focus()
    page.keyboard.press("Enter")
    expect(page.locator("#page-title")).to_contain_text(best["release_title"])
    expect(page.locator(f'#page a[href="#/films/{best["film_id"]}"]').first).to_be_visible()
    assert_fits(page)
    page.locator("#page-back").focus()
    page.keyboard.press("Enter")
    expect(page.locator("#board")).to_be_visible()
    expect(page.get_by_role("searchbox")).to_be_focused()


def test_a_report_leads_to_a_films_page(visit: Callable[..., Visit], quiet: Run) -> None:
    """A film in a table of the report opens its page, though the report reaches nothing else."""
    page = visit().enter()
    page.locator(f"#run-{quiet.run_id}").click()
    page.get_by_role("button", name="Films and music report").first.click()
    report = page.frame_locator("dialog iframe")
    report.locator("details", has=report.locator('a[href^="#/films/"]')).first.locator("summary").click()
    link = report.locator('a[href^="#/films/"]').first
    title = link.text_content()
    link.click()
    expect(page.locator("#report")).to_be_hidden()
    expect(page.locator("#page-title")).to_contain_text(str(title))


@pytest.mark.slow
def test_the_readme_picture_is_made_by_a_command(stack: Stack, quiet: Run, tmp_path: Path) -> None:
    """With the key in the environment there is a picture; without it there is a sentence."""
    chromium()
    picture = tmp_path / "dashboard.png"
    command = [sys.executable, "-m", "local.screenshot", "--url", stack.url, "--out", str(picture)]
    environment = {**os.environ, "CROSSFADE_KEY": stack.credentials.host_key}
    subprocess.run(command, env=environment, check=True)
    assert picture.read_bytes().startswith(b"\x89PNG")
    refused = subprocess.run(
        command, env={**environment, "CROSSFADE_KEY": ""}, capture_output=True, text=True
    )
    assert refused.returncode == 1 and "CROSSFADE_KEY is not set" in refused.stderr


def test_everything_is_reached_by_keyboard(visit: Callable[..., Visit], stack: Stack, quiet: Run) -> None:
    """Key, runs and search without a mouse; whoever is on a control stays there when the page moves on."""
    page = visit().open()
    page.keyboard.type(stack.credentials.host_key)
    page.keyboard.press("Enter")
    summary = page.locator(f"#run-{quiet.run_id}")
    expect(summary).to_be_visible()
    back = [pressed(page, "Shift+Tab") for _ in range(3)]
    assert back == ["lock", "refresh", "mode"]
    assert any(pressed(page, "Tab") == f"run-{quiet.run_id}" for _ in range(60))
    page.keyboard.press("Enter")
    expect(summary).to_have_attribute("aria-expanded", "true")
    expect(summary).to_be_focused()
    expect(page.locator(".details .facts")).to_be_visible()
    expect(summary).to_be_focused()
    assert summary.evaluate("node => getComputedStyle(node).outlineStyle") == "solid"


def reviews_page(one: Visit, reviewer: str) -> Page:
    """The page of reviews, reached from the dashboard, by somebody with a name."""
    page = one.enter()
    page.get_by_role("link", name="Review matches").click()
    page.get_by_label("Your name").fill(reviewer)
    page.keyboard.press("Tab")
    expect(page.locator("#pair")).to_be_visible()
    return page


def test_a_name_typed_while_the_page_loads_is_kept(visit: Callable[..., Visit], stack: Stack) -> None:
    """The script may come after the first words: it takes them, and a name of last time fills an empty field only."""
    with review_queue(stack.wiring.lake, [pair(9_301, 9_351, "First")]):
        page = reviews_page(visit(), "ana")
        name = page.get_by_label("Your name")
        page.reload()
        expect(name).to_have_value("ana")
        held: list[Route] = []
        page.route("**/reviews.js", lambda route: held.append(route))
        page.reload(wait_until="commit")
        name.fill("ben")
        page.wait_for_function("document.readyState === 'interactive'")
        held[0].continue_()
        expect(page.locator("#pair")).to_be_visible()
        expect(name).to_have_value("ben")


@pytest.mark.parametrize("size", [None, PHONE])
def test_matches_are_reviewed_by_keyboard(
    visit: Callable[..., Visit], stack: Stack, size: tuple[int, int] | None
) -> None:
    """Film and record side by side; no, yes, skip, undo and another film by key, each kept; text stays text."""
    lake, base = stack.wiring.lake, 9_100 if size else 9_000
    items = [pair(base + n, base + 50 + n, f"{HOSTILE} {LONG}" if n == 0 else f"Film {n}") for n in range(5)]
    other = {"film_id": 9_999, "title": "Other Film", "year": 1950, "release_count": 0}
    with review_queue(lake, items), search_index(stack, [other], "other"):
        page = reviews_page(visit(size), "ana")
        expect(page.get_by_role("region", name="film", exact=True).locator("h2")).to_have_text(
            f"{HOSTILE} {LONG}"
        )
        expect(page.locator(".for li")).to_contain_text("title exact+2.90")
        expect(page.locator(".against li")).to_contain_text("year before")
        poster = page.get_by_role("link", name="poster")
        expect(poster).to_have_attribute("href", "https://image.tmdb.org/t/p/w342/a.jpg")
        expect(page.get_by_role("link", name="cover")).to_have_count(0)
        assert page.evaluate("window.harm") is None
        assert_fits(page)
        title = page.get_by_role("region", name="record", exact=True).locator("h2")
        for key, following in (("n", "Film 1"), ("y", "Film 2"), ("s", "Film 3")):
            page.keyboard.press(key)
            expect(title).to_have_text(following)
        page.keyboard.press("o")
        page.keyboard.type("other")
        page.get_by_role("button", name="Other Film (1950)").click()
        expect(title).to_have_text("Film 4")
        page.keyboard.press("u")
        expect(page.locator("#last")).to_contain_text("undone")
        page.keyboard.press("y")
        expect(title).to_have_text("Film 3")
        page.keyboard.press("n")
        expect(page.locator("#nothing")).to_contain_text("Nothing is left")
    found = [kept(lake, base + 50 + n) for n in range(5)]
    assert found == [
        [(base, "no", "ana")],
        [(base + 1, "yes", "ana")],
        [(base + 2, "skip", "ana")],
        [(9_999, "yes", "ana"), (9_999, "undo", "ana"), (base + 3, "no", "ana")],
        [(base + 4, "yes", "ana")],
    ]


def test_two_reviewers_and_a_lost_connection_lose_nothing(visit: Callable[..., Visit], stack: Stack) -> None:
    """A double click is kept once, a stale page's word beside the other's, and what could not be sent is sent again."""
    lake, one = stack.wiring.lake, visit()
    with review_queue(lake, [pair(9_201, 9_251, "First"), pair(9_202, 9_252, "Second")]):
        first, second = reviews_page(one, "ana"), reviews_page(visit(), "ben")
        first.locator("#yes").dblclick()
        expect(first.get_by_role("region", name="record", exact=True).locator("h2")).to_have_text("Second")
        expect(second.get_by_role("region", name="record", exact=True).locator("h2")).to_have_text("First")
        second.keyboard.press("n")
        expect(second.locator("#last")).to_contain_text("ana said yes; both are kept")
        one.offline(True)
        first.keyboard.press("n")
        expect(first.locator("#problem")).to_contain_text("out of reach")
        one.offline(False)
        first.keyboard.press("n")
        expect(first.locator("#nothing")).to_be_visible()
    assert kept(lake, 9_251)[0] == (9_201, "yes", "ana") and (9_201, "no", "ben") in kept(lake, 9_251)
    assert len(kept(lake, 9_251)) == 2
    assert kept(lake, 9_252) == [(9_202, "no", "ana")]


def test_an_app_out_of_reach_is_told_and_waited_for(visit: Callable[..., Visit], quiet: Run) -> None:
    """The page says what is wrong and when it tries again; back in reach, the notice goes."""
    one = visit()
    page = one.enter()
    one.offline(True)
    page.evaluate(LOOK_AGAIN)
    expect(page.locator("#problem")).to_contain_text("out of reach")
    expect(page.locator(f"#run-{quiet.run_id}")).to_be_visible()
    one.offline(False)
    page.evaluate(LOOK_AGAIN)
    expect(page.locator("#problem")).to_be_hidden()


def test_an_app_without_runs_says_so(visit: Callable[..., Visit]) -> None:
    """Before the first run every panel says that there is nothing yet, and the button that starts one is free."""
    one = visit()
    one.page.route("**/api/runs?*", lambda route: route.fulfill(json={"runs": [], "next": None}))
    page = one.enter()
    for panel in ("live", "runs", "quality", "bands"):
        expect(page.locator(f"#{panel}")).to_contain_text("No run")
    expect(page.get_by_role("button", name="Start a run")).to_be_enabled()
