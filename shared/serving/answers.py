"""What the HTTP functions reply to a request for something: done, begun, refused, or not to be had now."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from shared.runs.state import State


class View(BaseModel):
    """Base of all answers. What the jobs' documents hold beyond a view is left out."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class BadRequest(View):
    """400: a parameter or a field of the body is wrong."""

    error: str = Field(description="What is wrong, and what to give instead")
    field: str = Field(description="Name of the parameter or field")


class RunProblem(View):
    """404 or 409: the run is not there, or in a state that does not allow this."""

    error: str
    run_id: str = Field(description="The run that is missing, or in the way")


class Unavailable(View):
    """503: a setting is missing, or something the app stands on does not answer."""

    error: str
    setting: str | None = None


class RunBegun(View):
    """202: a run began."""

    run_id: str
    status_url: str = Field(description="Where to ask how it goes")
    state: State


class ReplayBegun(RunBegun):
    """202: a run began that does what another could not."""

    replays: str
    tasks: int = Field(description="Tasks it begins with")


class NothingToReplay(View):
    """200: the run left nothing undone."""

    replays: str
    tasks: Literal[0] = 0


class RunStopped(View):
    """200: the run has ended, now or before."""

    run_id: str
    state: State
    reason: str | None
