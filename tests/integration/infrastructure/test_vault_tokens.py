"""The API tokens on their way into the vault: at a terminal, without one, with a vault that refuses."""

from __future__ import annotations

import os
import pty
import signal
import subprocess
from functools import partial
from pathlib import Path

import pytest

from tests.integration.infrastructure.test_hooks import FAKE, Shell, read_all, read_until

HOOK = "hooks/postprovision.sh"
CLOSED = [
    'ERROR: (Forbidden) Public network access is disabled. Inner error: {"code": "ForbiddenByConnection"}',
    "ERROR: (Forbidden) Connection is not an approved private link",
]
NO_ROLE = 'ERROR: (Forbidden) Caller is not authorized. Inner error: {"code": "ForbiddenByRbac"}'
FIRST, SECOND = b"TMDB read token (typed blind", b"Discogs personal access token (typed blind"


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    return Shell(tmp_path)


def vault_answers(
    shell: Shell, error: str, *, question: str = "keyvault secret show", times: int = 99
) -> None:
    """The vault refuses a question with these words, so many times."""
    count = shell.root / "refusals"
    count.write_text("." * times)
    (shell.root / "bin" / "az").write_text(f"""#!/bin/sh
case "$*" in *"{question}"*)
  if [ -s "{count}" ]; then
    left=$(cat "{count}"); printf '%s' "${{left#?}}" > "{count}"
    echo "az $*" >> "$CALLS"; echo '{error}' >&2; exit 1
  fi;;
esac
{FAKE.removeprefix("#!/bin/sh")}""")


def at_a_terminal(shell: Shell) -> tuple[int, subprocess.Popen[bytes]]:
    """The hook with a person before it: the terminal's other end, and the process."""
    main, terminal = pty.openpty()
    command = ["/bin/sh", str(shell.root / "infrastructure" / HOOK)]
    hook = subprocess.Popen(
        command, env=shell.environment, stdin=terminal, stdout=terminal, stderr=terminal,
        preexec_fn=partial(signal.signal, signal.SIGINT, signal.SIG_DFL),  # a script in the background ignores it
    )  # fmt: skip
    os.close(terminal)
    return main, hook


def put_into_vault(shell: Shell) -> int:
    return sum("keyvault secret set" in call for call in shell.calls)


def test_nothing_typed_leaves_the_token_out(shell: Shell) -> None:
    """Enter alone: the command that adds it is told, the vault is not asked to take nothing, and all else is done."""
    main, hook = at_a_terminal(shell)
    shown = b""
    for prompt in (FIRST, SECOND):
        shown += read_until(main, prompt)
        os.write(main, b"\n")
    shown += read_all(main)
    assert hook.wait(timeout=60) == 0, shown
    assert put_into_vault(shell) == 0 and shown.count(b"yet; add it: az keyvault secret set") == 2
    assert any("bundle deploy" in call for call in shell.calls)


@pytest.mark.parametrize("said", CLOSED)
def test_a_closed_vault_asks_nobody(shell: Shell, said: str) -> None:
    """A private network, a person outside of it: nothing to type, the way in is told, and the hook goes on."""
    vault_answers(shell, said)
    main, hook = at_a_terminal(shell)
    shown = read_all(main)
    assert hook.wait(timeout=60) == 0, shown
    assert b"typed blind" not in shown and shown.count(b"answers inside its network only") == 2
    assert put_into_vault(shell) == 0 and any("bundle deploy" in call for call in shell.calls)


def test_a_person_may_break_off(shell: Shell) -> None:
    """Ctrl-C at a prompt ends the hook there, and the terminal shows again what is typed."""
    main, hook = at_a_terminal(shell)
    read_until(main, FIRST)
    hook.send_signal(signal.SIGINT)
    read_all(main)
    assert hook.wait(timeout=60) == 130
    assert put_into_vault(shell) == 0 and not any("bundle" in call for call in shell.calls)


def test_tokens_of_the_environment_are_put_without_a_question(shell: Shell) -> None:
    """A pipeline has nobody to type; they go through the pipe as typed ones do, and what the vault has stays."""
    tokens = {"TMDB_TOKEN": "first-of-two", "DISCOGS_TOKEN": "second-of-two"}
    done = shell.run(HOOK, **tokens)
    assert done.returncode == 0, done.stderr
    fed = [call for call in shell.calls if call.startswith("fed ")]
    assert fed == ["fed first-of-two", "fed second-of-two"] and "yet; add it" not in done.stderr
    assert not any("of-two" in call for call in shell.calls if not call.startswith("fed "))
    shell.answer("keyvault secret show", "")
    before = len(shell.calls)
    assert shell.run(HOOK, **tokens).returncode == 0
    assert not any("of-two" in call for call in shell.calls[before:])


@pytest.mark.parametrize("question", ["keyvault secret show", "keyvault secret set"])
def test_a_role_that_comes_late_is_waited_for(shell: Shell, question: str) -> None:
    """The deployer's role on a new vault takes minutes to hold: asked again, then the typed token is there."""
    vault_answers(shell, NO_ROLE, question=question, times=3)
    main, hook = at_a_terminal(shell)
    for prompt in (FIRST, SECOND):
        read_until(main, prompt)
        os.write(main, b"typed\n")
    shown = read_all(main)
    assert hook.wait(timeout=60) == 0, shown
    assert shell.calls.count("fed typed") == 2


def test_a_role_that_does_not_come_ends_the_hook(shell: Shell) -> None:
    """After ten tries: who should have it is said, beside az's own words."""
    vault_answers(shell, NO_ROLE)
    done = shell.run(HOOK)
    assert (
        done.returncode == 1
        and "are you AZURE_PRINCIPAL_ID" in done.stderr
        and "ForbiddenByRbac" in done.stderr
    )
    assert sum("keyvault secret show" in call for call in shell.calls) == 10


def test_an_answer_of_another_kind_ends_the_hook_at_once(shell: Shell) -> None:
    """A vault that is not found, a throttled one: no missing secret, nor a reason to try again."""
    vault_answers(shell, "ERROR: Failed to resolve kv.vault.azure.net")
    done = shell.run(HOOK)
    assert done.returncode == 1
    assert "the vault cannot be asked for tmdb-token" in done.stderr and "Failed to resolve" in done.stderr
    assert sum("keyvault" in call for call in shell.calls) == 1
