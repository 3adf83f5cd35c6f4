from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.routing import compile_path

from local.host.errors import SettingError
from local.host.web import app  # noqa: F401 -- it registers what its route is made of
from local.host.web.routes import compile_route


@pytest.mark.parametrize(
    ("template", "path", "parameters"),
    [
        ("api/runs", "api/runs", {}),
        ("api/runs", "API/Runs/", {}),
        ("api/runs/{run_id}", "api/runs/20261120T063000Z-7f3a", {"run_id": "20261120T063000Z-7f3a"}),
        ("api/films/{id:int}", "api/films/42", {"id": "42"}),
        ("api/films/{id:int}", "api/films/x", None),
        ("api/{a}/x/{b?}", "api/1/x", {"a": "1"}),
        ("api/{a}/x/{b?}", "api/1/x/2", {"a": "1", "b": "2"}),
        ("files/{*path}", "files/a/b/c", {"path": "a/b/c"}),
        ("api/{name}.json", "api/x.json", {"name": "x"}),
        ("api/runs/{run_id}", "api/runs/a/b", None),
    ],
)
def test_templates_match_as_in_aspnet(template: str, path: str, parameters: dict[str, str] | None) -> None:
    """Literals ignore case, parameters take one segment, constraints hold, optional and catch-all parts work."""
    assert compile_route(template).match(path) == parameters


def test_more_specific_routes_come_first() -> None:
    """A literal beats a constraint, a constraint beats a free parameter, everything beats a catch-all."""
    templates = ["api/{*rest}", "api/{id}", "api/{id:int}", "api/all"]
    ordered = sorted(templates, key=lambda template: compile_route(template).rank)
    assert ordered == ["api/all", "api/{id:int}", "api/{id}", "api/{*rest}"]


def test_an_unknown_constraint_is_named() -> None:
    """A constraint the host does not know is refused at start with its route."""
    with pytest.raises(SettingError, match=r"route 'x/\{id:prime\}'.*prime"):
        compile_route("x/{id:prime}")


@given(st.text(alphabet="abc.-_~ %", min_size=1).filter(lambda text: text.strip("/")))
def test_any_segment_comes_back_whole(value: str) -> None:
    """A parameter holds exactly the segment that was asked for."""
    assert compile_route("runs/{id}").match(f"runs/{value}") == {"id": value}


def test_a_line_break_in_a_path_reaches_the_app() -> None:
    """Whatever a caller puts into a path, the function says what is wrong with it, not the host."""
    pattern, _, _ = compile_path("/{path:anything}")
    found = pattern.match("/api/runs/a\nb/reports/c")
    assert found is not None
    assert found["path"] == "api/runs/a\nb/reports/c"
    assert compile_route("runs/{run_id}").match("runs/a\nb") == {"run_id": "a\nb"}
