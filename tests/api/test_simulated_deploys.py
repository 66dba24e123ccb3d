"""Deploys among rivals, simulated from seeds: what `deploy_and_wait` returns, and whose it is.

ANCLA_DEPLOY_SEEDS is the number of seeds; pytest -s shows how often there was which outcome.
"""

from __future__ import annotations

import os
import random
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from typing import Any

from ancla import AmbiguousDeployError, AnclaClient, BuildFailedError, DeploymentFailedError
from tests.clients import client_for
from tests.documented_calls import APP
from tests.once import IS_QUICK
from tests.servers import Connection, Request, ScriptedServer, json_reply, replies

SEEDS = int(os.environ.get("ANCLA_DEPLOY_SEEDS", "200" if IS_QUICK else "2000"))
MAX_LATE = 6  # steps
NEVER = 10**9


@dataclass
class Build:
    id: str
    version: int
    created: int
    done: int
    failed: bool = False

    @property
    def succeeded_at(self) -> int:
        return NEVER if self.failed else self.done


@dataclass
class Deployment:
    """`build` is None for a rollback. It is in the list from step `listed` on."""

    id: str
    build: Build | None
    created: int
    listed: int
    done: int
    failed: bool


class Platform:
    """One service. A step of its time passes with each request, and sometimes more.

    A deployment is created up to MAX_LATE steps after its build has succeeded, and listed up to
    MAX_LATE steps later. Rivals build, deploy, roll back and promote at random.
    """

    def __init__(self, seed: int, *, names_deployment: bool = False) -> None:
        self.seed = seed
        self.random = random.Random(seed)
        self.step = 0
        self.builds: list[Build] = []
        self.deployments: list[Deployment] = []
        self.names_deployment = names_deployment
        self.names_build = self.random.random() < 0.8
        self.max_late = self.random.choice((0, MAX_LATE, MAX_LATE))
        self.max_length = self.random.choice((1, 3, 20))
        self.ours: Build | None = None
        self.last_look = self.last_look_before_end = 0  # Steps of our requests.
        for _ in range(2):
            self.deploy()
            self.step += 40
        # Rivals act before and during our deploy.
        self.noted = NEVER  # The step of our last look at the builds before our deploy.
        actions: list[Callable[[], object]] = [
            self.build,
            self.deploy,
            self.roll_back,
            self.roll_back,
            self.promote,
        ]
        self.rivals = [
            (self.step + self.random.randint(-8, 16), self.random.choice(actions))
            for _ in range(self.random.choice((0, 1, 1, 2, 3)))
        ]
        self.step -= 20
        for _ in range(20):
            self.pass_step()

    # What rivals and we do

    def build(self, length: int | None = None) -> Build:
        count = len(self.builds) + 1
        length = self.random.randint(1, self.max_length) if length is None else length
        is_failing = length > 0 and self.random.random() < 0.1
        build = Build(
            f"build-{self.seed}-{count}", count, self.step, self.step + length, is_failing
        )
        self.builds.append(build)
        return build

    def deploy(self, length: int | None = None) -> Build:
        build = self.build(length)
        if not build.failed:
            self.deployment(build, build.done + self.random.randint(0, self.max_late))
        return build

    def deployment(self, build: Build | None, created: int) -> None:
        listed = created + self.random.randint(0, self.max_late)
        done = created + self.random.choice((0, 2, 12))
        name = f"deployment-{self.seed}-{len(self.deployments) + 1}"
        failed = self.random.random() < 0.1
        self.deployments.append(Deployment(name, build, created, listed, done, failed))

    def roll_back(self) -> None:
        self.deployment(None, self.step)

    def promote(self) -> None:
        self.deploy(0)  # The image is copied, not built.

    def pass_step(self) -> None:
        self.step += 1
        for step, act in self.rivals:
            if step == self.step:
                act()

    # The API

    def respond(self, connection: Connection, request: Request) -> None:
        for _ in range(self.random.choice((1, 1, 1, 3))):
            self.pass_step()
        path = request.target.partition("/services/web")[2]
        _, kind, *identifier = path.partition("?")[0].split("/")
        connection.send(json_reply(*self.response(request.method, kind, identifier)))

    def response(self, method: str, kind: str, identifier: list[str]) -> tuple[Any, int]:
        if method == "POST":
            self.ours = build = self.deploy()
            named = {"build_id": build.id, "version": build.version} if self.names_build else {}
            made = [it.id for it in self.deployments if it.build is build]  # None if it fails.
            if self.names_deployment and made:
                named["deploy_id"] = made[0]
            return named, 202
        if kind == "builds" and identifier:
            (build,) = (it for it in self.builds if str(it.version) == identifier[0])
            if build is self.ours and self.step < build.done:
                self.last_look_before_end = self.last_look
            return self.shown_build(build), 200
        if kind == "builds":
            self.noted = self.noted if self.ours else self.step
            return {"items": [self.shown_build(it) for it in self.builds[::-1]]}, 200
        if identifier:
            (found,) = (it for it in self.deployments if it.id == identifier[0])
            if found.created > self.step:
                return {"detail": "Not Found"}, 404
            return self.shown_deployment(found), 200
        self.last_look = self.step
        listed = [it for it in self.deployments if it.listed <= self.step]
        listed.sort(key=lambda it: it.created, reverse=True)
        return [self.shown_deployment(it) for it in listed], 200

    def shown_build(self, build: Build) -> dict[str, object]:
        is_done = self.step >= build.done
        return {
            "id": build.id,
            "version": build.version,
            "built": is_done and not build.failed,
            "error": is_done and build.failed,
            "created": self.time(build.created),
        }

    def shown_deployment(self, deployment: Deployment) -> dict[str, object]:
        is_done = self.step >= deployment.done
        return {
            "id": deployment.id,
            "complete": is_done and not deployment.failed,
            "error": is_done and deployment.failed,
            "created": self.time(deployment.created),
        }

    def time(self, step: int) -> str:
        return (datetime(2026, 3, 1, tzinfo=timezone.utc) + timedelta(seconds=step)).isoformat()

    # The outcome

    def owner_of(self, identifier: str) -> str:
        """Whose deployment it is: "ours", in one of the two documented windows, or "foreign"."""
        (found,) = (it for it in self.deployments if it.id == identifier)
        assert self.ours is not None
        if found.build is self.ours:
            return "ours"
        if found.created < self.ours.created:
            return "foreign"
        is_ours_listed = any(
            it.build is self.ours and it.listed <= self.step for it in self.deployments
        )
        if found.build is None and found.listed > self.last_look_before_end and not is_ours_listed:
            return "window: a rollback"
        if found.build is not None and found.build.succeeded_at <= self.noted:
            return "window: a build from before"
        return "foreign"


def outcome_of(platform: Platform, client: AnclaClient) -> str:
    try:
        deployment = client.deploy_and_wait(*APP, timeout=60, interval=0)
    except AmbiguousDeployError:
        return "ambiguous"
    except BuildFailedError as error:
        assert platform.ours is not None and error.model is not None
        return "ours" if error.model.id == platform.ours.id else "foreign"
    except DeploymentFailedError as error:
        assert error.model is not None
        return platform.owner_of(error.model.id)
    return platform.owner_of(deployment.id)


def outcomes(*, names_deployment: bool) -> dict[str, list[int]]:
    """Returns the seeds by their outcome."""
    platforms = [Platform(seed, names_deployment=names_deployment) for seed in range(SEEDS)]
    seeds: dict[str, list[int]] = {}
    with ScriptedServer(replies(lambda *it: current.respond(*it))) as server:
        with client_for(server, routes="workspaces") as client:
            for current in platforms:
                seeds.setdefault(outcome_of(current, client), []).append(current.seed)
    print({outcome: len(found) for outcome, found in seeds.items()})
    return seeds


def test_a_deploy_among_rivals_ends_as_its_own_does_or_is_ambiguous() -> None:
    """But for the two cases that the docstring of deploy_and_wait names."""
    seeds = outcomes(names_deployment=False)
    assert seeds.get("foreign", []) == []
    assert len(seeds["ours"]) > SEEDS / 2


def test_a_deployment_that_the_response_names_is_ours_whatever_rivals_do() -> None:
    """A build that fails has none to name, and the response may not name the build, either."""
    seeds = outcomes(names_deployment=True)
    assert set(seeds) == {"ours", "ambiguous"}
    assert len(seeds["ambiguous"]) < SEEDS / 50
