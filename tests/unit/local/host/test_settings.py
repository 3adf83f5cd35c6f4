from __future__ import annotations

import json
from pathlib import Path

import pytest

from local.host.errors import SettingError
from local.host.settings import AppSettings, HostOptions, read_host_json, timespan_s


def write(tmp_path: Path, content: object) -> Path:
    path = tmp_path / "host.json"
    path.write_text(json.dumps(content))
    return path


@pytest.mark.parametrize(
    ("text", "seconds"), [("00:00:05", 5), ("00:05:00", 300), ("1.02:00:00", 93600), ("00:00:00.5", 0.5)]
)
def test_time_spans_are_seconds(text: str, seconds: float) -> None:
    """A .NET TimeSpan is read as seconds, with days and fractions."""
    assert timespan_s(text) == seconds


def test_a_wrong_time_span_is_refused() -> None:
    """Text that is no time span is named in the error."""
    with pytest.raises(SettingError, match="'5 minutes' is not a time span"):
        timespan_s("5 minutes")


def test_an_empty_host_json_gives_the_extension_defaults(tmp_path: Path) -> None:
    """With nothing set the host behaves as the Service Bus extension does."""
    options = read_host_json(write(tmp_path, {"version": "2.0"}), {})
    assert options == HostOptions()
    assert (options.service_bus.max_message_batch_size, options.service_bus.session_idle_s) == (1000, 60.0)


def test_host_json_settings_are_read(tmp_path: Path) -> None:
    """Route prefix, timeout and the flat Service Bus settings reach the host."""
    content = {
        "version": "2.0",
        "functionTimeout": "00:10:00",
        "extensions": {
            "http": {"routePrefix": ""},
            "serviceBus": {"maxMessageBatchSize": 16, "sessionIdleTimeout": "00:00:02", "prefetchCount": 4},
        },
    }
    options = read_host_json(write(tmp_path, content), {})
    assert (options.function_timeout_s, options.route_prefix) == (600.0, "")
    assert options.service_bus.max_message_batch_size == 16
    assert (options.service_bus.session_idle_s, options.service_bus.prefetch_count) == (2.0, 4)


def test_the_environment_overrides_host_json(tmp_path: Path) -> None:
    """AzureFunctionsJobHost__ and the path of a setting win over the file, in any case, as in the real host."""
    bus = {"sessionIdleTimeout": "00:00:05", "maxMessageBatchSize": 16}
    environment = {
        "AzureFunctionsJobHost__extensions__ServiceBus__sessionidletimeout": "00:00:01",
        "AzureFunctionsJobHost__extensions__serviceBus__autoCompleteMessages": "false",
        "AzureFunctionsJobHost__extensions__http__routePrefix": "v1",
        "AzureFunctionsJobHost__functionTimeout": "-1",
    }
    path = write(tmp_path, {"version": "2.0", "extensions": {"serviceBus": bus}})
    options = read_host_json(path, environment)
    assert (options.function_timeout_s, options.route_prefix) == (None, "v1")
    bus_options = options.service_bus
    assert (bus_options.session_idle_s, bus_options.max_message_batch_size) == (1.0, 16)
    assert bus_options.auto_complete_messages is False


def test_function_timeout_minus_one_is_no_limit(tmp_path: Path) -> None:
    """-1 switches the timeout off, as in the real host."""
    assert (
        read_host_json(write(tmp_path, {"version": "2.0", "functionTimeout": "-1"}), {}).function_timeout_s
        is None
    )


def test_a_host_json_of_another_version_is_refused(tmp_path: Path) -> None:
    """Only version 2.0 exists; the error names the file."""
    with pytest.raises(SettingError, match=r"host\.json.*2\.0"):
        read_host_json(write(tmp_path, {"version": "1.0"}), {})


def test_expressions_come_from_the_settings() -> None:
    """%NAME% is replaced wherever it stands."""
    assert AppSettings({"Q": "films"}).resolve("%Q%/$DeadLetterQueue", "f") == "films/$DeadLetterQueue"


def test_a_missing_setting_is_named_with_its_function() -> None:
    """The one line says which function needs which setting."""
    with pytest.raises(SettingError, match="function plan: the setting PLAN_SCHEDULE"):
        AppSettings({}).resolve("%PLAN_SCHEDULE%", "plan")


@pytest.mark.parametrize(
    ("environment", "expected"),
    [
        ({"BUS": "Endpoint=x"}, (None, "Endpoint=x")),
        ({"AzureWebJobsBUS": "Endpoint=y"}, (None, "Endpoint=y")),
        ({"BUS__fullyQualifiedNamespace": "ns.net"}, ("fullyQualifiedNamespace", "ns.net")),
    ],
)
def test_connections_are_found_as_the_real_host_finds_them(
    environment: dict[str, str], expected: tuple[str | None, str]
) -> None:
    """By name, with the prefix AzureWebJobs, or in the identity form."""
    assert AppSettings(environment).connection("BUS", "f", ("fullyQualifiedNamespace",)) == expected


def test_a_missing_connection_is_named_with_its_function() -> None:
    """The one line says which function needs which connection, and both ways to give it."""
    with pytest.raises(SettingError, match=r"function f: the connection setting BUS is missing.*BUS__fully"):
        AppSettings({}).connection("BUS", "f", ("fullyQualifiedNamespace",))


def test_functions_can_be_disabled_by_a_setting() -> None:
    """AzureWebJobs.NAME.Disabled switches a function off."""
    settings = AppSettings({"AzureWebJobs.plan.Disabled": "true"})
    assert settings.is_disabled("plan") and not settings.is_disabled("fetch")
