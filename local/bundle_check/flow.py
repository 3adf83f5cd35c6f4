"""What is done with the CLI, in order: two deployers, whose second plans are empty, and a destruction at the end."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from local.bundle_check.cli import CheckError, Cli

Say = Callable[[str], None]


@dataclass(frozen=True)
class Flow:
    """The checks with two deployers, each in a checkout; `say` tells what has been shown."""

    first: Cli
    second: Cli
    say: Say

    def deploy(self) -> dict[str, str]:
        """Validate, plan, deploy, plan again; the ids of the jobs. Raises CheckError."""
        self.first.bundle("validate")
        self.say("validate: the bundle is valid")
        planned = self.first.changes()
        if not planned:
            raise CheckError("bundle plan: nothing to do in an empty workspace")
        self.first.bundle("deploy")
        self.say(f"deploy: {planned} changes planned and made")
        self._expect_no_changes(self.first, "the deployer's second plan")
        return self.first.job_ids()

    def run(self, jobs: Iterable[str], run_id: str) -> None:
        """Run jobs for a run that has landed, each to its end. Raises CheckError."""
        for job in jobs:
            self.first.bundle("run", job, "--params", f"run_id={run_id}")
            self.say(f"run: {job} ended in success")

    def deploy_again(self) -> None:
        """Deploy unchanged sources as somebody else. Raises CheckError."""
        self._expect_no_changes(self.second, "the second deployer's first plan")
        self.second.bundle("deploy")
        self._expect_no_changes(self.second, "the second deployer's second plan")
        self._expect_no_changes(self.first, "the first deployer's plan after that")

    def destroy(self) -> None:
        """Delete everything. Raises CheckError."""
        self.first.bundle("destroy", "--auto-approve")
        self.say("destroy: everything is deleted")

    def _expect_no_changes(self, cli: Cli, which: str) -> None:
        found = cli.changes()
        if found:
            raise CheckError(f"bundle plan: {which} has {found} changes, of which there should be none")
        self.say(f"plan: {which} is empty")
