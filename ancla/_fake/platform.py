"""The platform behind `ancla.testing.FakeAncla`: its records in memory, without HTTP.

Methods raise Missing, Invalid or Taken, see `errors`.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Container, Iterable, Iterator, Sequence
from dataclasses import fields

from .._api.dotenv import parse_dotenv
from .errors import Invalid, Missing, Taken
from .pipeline import Pipelines
from .records import (
    PRODUCTION,
    ApiKey,
    App,
    Config,
    ConfigOwner,
    Deployment,
    Environment,
    Image,
    Member,
    Org,
    Project,
    Record,
    Release,
    Team,
    User,
    may_be_null,
    now,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, TypeVar

    AnyRecord = TypeVar("AnyRecord", bound=Record)

_NULLABLE_FIELDS = {field.name for field in fields(App) if may_be_null(field)}
_CONFIG_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]*")
_SLUG = re.compile(r"[^\W_](?:[\w.-]*\w)?")


class Platform:
    """Everything that the platform stores, and its pipelines. The caller has to lock it.

    The arguments are those of Pipelines.
    """

    def __init__(
        self,
        pace: float | None,
        clock: Callable[[], float],
        *,
        has_releases: bool = True,
        late_deployments: bool = False,
    ) -> None:
        self._ids = 0
        self._users: dict[str, User] = {}
        self.orgs: dict[str, Org] = {}
        self.keys: dict[str, ApiKey] = {}
        self.pipelines = Pipelines(
            self._new_id,
            pace,
            clock,
            has_releases=has_releases,
            late_deployments=late_deployments,
        )
        self.user = self._user("developer", email="developer@example.com", admin=True)

    def _new_id(self) -> str:
        self._ids += 1
        return f"{self._ids:08x}-0000-4000-8000-{self._ids:012x}"

    # Look-ups

    def org(self, slug: str) -> Org:
        return found(self.orgs.get(slug))

    def project(self, org: str, slug: str) -> Project:
        return found(self.org(org).projects.get(slug))

    def environment(self, org: str, project: str, slug: str = PRODUCTION) -> Environment:
        return found(self.project(org, project).environments.get(slug))

    def projects(self) -> Iterator[Project]:
        for org in self.orgs.values():
            yield from org.projects.values()

    def apps(self) -> Iterator[App]:
        for project in self.projects():
            for environment in project.environments.values():
                yield from environment.apps.values()

    def org_by_id(self, wanted: str) -> Org:
        return by_id(self.orgs.values(), wanted)

    def project_by_id(self, wanted: str) -> Project:
        return by_id(self.projects(), wanted)

    def app_by_id(self, wanted: str) -> App:
        return by_id(self.apps(), wanted)

    def image_by_id(self, wanted: str) -> Image:
        return by_id((image for app in self.apps() for image in app.images), wanted)

    def release_by_id(self, wanted: str) -> Release:
        return by_id((release for app in self.apps() for release in app.releases), wanted)

    def deployment_by_id(self, wanted: str) -> Deployment:
        return by_id((it for app in self.apps() for it in app.deployments), wanted)

    # Organizations, projects and applications

    def create_org(self, name: str, slug: str | None = None, personal: bool = False) -> Org:
        slug = new_slug(name, slug, self.orgs)
        org = Org(self._new_id(), name, slug, personal)
        org.people[self.user.id] = Member(self.user, admin=True)
        self.orgs[slug] = org
        return org

    def create_project(self, org: Org, name: str, slug: str | None = None) -> Project:
        slug = new_slug(name, slug, org.projects)
        project = org.projects[slug] = Project(self._new_id(), name, slug, org)
        for environment in (PRODUCTION, "staging", "development"):
            self.create_environment(project, environment)
        return project

    def create_environment(self, project: Project, name: str) -> Environment:
        slug = new_slug(name, None, project.environments)
        environment = Environment(self._new_id(), name, slug, project)
        project.environments[slug] = environment
        return environment

    def create_app(
        self,
        environment: Environment,
        name: str,
        slug: str | None = None,
        platform: str = "wind",
        **settings: Any,
    ) -> App:
        slug = new_slug(name, slug, environment.apps)
        app = App(self._new_id(), name, slug, environment, platform, **settings)
        environment.apps[slug] = app
        return app

    def ensure_org(self, slug: str) -> Org:
        """Returns the organization. Creates it if it is missing, as the two methods below do."""
        return self.orgs.get(slug) or self.create_org(slug, slug)

    def ensure_environment(self, org_slug: str, project_slug: str, slug: str) -> Environment:
        org = self.ensure_org(org_slug)
        project = org.projects.get(project_slug)
        project = project or self.create_project(org, project_slug, project_slug)
        return project.environments.get(slug) or self.create_environment(project, slug)

    def ensure_app(self, org: str, project: str, environment: str, slug: str) -> App:
        parent = self.ensure_environment(org, project, environment)
        return parent.apps.get(slug) or self.create_app(parent, slug, slug)

    def update(self, record: Record, changes: dict[str, Any]) -> None:
        for name, value in changes.items():
            setattr(record, name, value)
        record.updated = now()

    def delete_org(self, org: Org) -> None:
        """Deletes the organization with everything in it, as the two methods below do."""
        del self.orgs[org.slug]
        self.pipelines.keep_only(self.apps())

    def delete_project(self, project: Project) -> None:
        del project.org.projects[project.slug]
        self.pipelines.keep_only(self.apps())

    def delete_app(self, app: App) -> None:
        del app.environment.apps[app.slug]
        self.pipelines.keep_only(self.apps())

    def update_app(self, app: App, changes: dict[str, Any]) -> None:
        """Changes settings. None resets a setting that may be null; others ignore it."""
        meant = {
            name: value
            for name, value in changes.items()
            if value is not None or name in _NULLABLE_FIELDS
        }
        self.update(app, meant)

    def scale(self, app: App, counts: dict[str, int], classes: dict[str, str]) -> None:
        negative = next((name for name, count in counts.items() if count < 0), None)
        if negative is not None:
            raise Invalid("Expected `int` >= 0", f"process_counts.{negative}")
        self.update(
            app,
            {
                "process_counts": app.process_counts | counts,
                "process_pod_classes": app.process_pod_classes | classes,
            },
        )

    # Members, teams and API keys

    def _user(self, username: str, email: str | None = None, admin: bool = False) -> User:
        if username not in self._users:
            self._users[username] = User(self._new_id(), username, email, admin)
        return self._users[username]

    def add_member(self, org: Org, username: str, admin: bool) -> Member:
        """Adds a member. A user with this name is created if there is none. Raises Taken."""
        user = self._user(username)
        if user.id in org.people:
            raise Taken(f"{username} is a member already", "username")
        member = org.people[user.id] = Member(user, admin)
        return member

    def create_team(self, org: Org, name: str) -> Team:
        slug = new_slug(name, None, org.teams)
        team = org.teams[slug] = Team(self._new_id(), name, slug)
        return team

    def create_key(
        self,
        name: str,
        scopes: Sequence[str] = (),
        prefix: str = "ancla",
        expires_at: str | None = None,
        metadata: dict[str, str] | None = None,
    ) -> ApiKey:
        key_id = self._new_id()
        secret = f"{prefix}_fake_{key_id.replace('-', '')}"
        key = ApiKey(key_id, name, secret, list(scopes), expires_at, metadata or {})
        self.keys[key_id] = key
        return key

    def accepts(self, secret: str) -> bool:
        """Returns whether this created key is still valid. Notes its use."""
        for key in self.keys.values():
            if key.key == secret and key.is_active:
                key.last_used_at = now()
                return True
        return False

    # Configuration

    def create_config(
        self,
        owner: ConfigOwner,
        name: str,
        value: str,
        secret: bool = False,
        buildtime: bool = False,
    ) -> Config:
        check_config_name(name)
        if name in owner.config:
            raise Taken(f"{name} exists already", "name")
        variable = Config(self._new_id(), name, value, owner.scope, secret, buildtime)
        owner.config[name] = variable
        return variable

    def set_config(self, owner: ConfigOwner, given: dict[str, Any]) -> Config:
        """Creates or changes the variable. A change keeps the fields that are not given."""
        variable = owner.config.get(given["name"])
        if variable is None:
            return self.create_config(owner, **given)
        self.update(variable, given)
        return variable

    def import_config(
        self, app: App, variables: dict[str, str], raw: str, *, secret: bool, buildtime: bool
    ) -> dict[str, object]:
        """Creates the missing variables and skips the existing ones. Returns the names."""
        parsed, errors = parse_dotenv(raw)
        created: list[str] = []
        skipped: list[str] = []
        for name, value in {**variables, **parsed}.items():
            if name in app.config:
                skipped.append(name)
                continue
            try:
                self.create_config(app, name, value, secret, buildtime)
                created.append(name)
            except Invalid as error:
                errors.append({"name": name, "error": error.message})
        return {"created": created, "skipped": skipped, "errors": errors}


def resolved_config(app: App) -> dict[str, Config]:
    """Returns the variables that the application gets. The narrowest owner wins."""
    owners: tuple[ConfigOwner, ...] = (app.project.org, app.project, app.environment, app)
    return {name: variable for owner in owners for name, variable in owner.config.items()}


def is_config_name(name: object) -> bool:
    return isinstance(name, str) and _CONFIG_NAME.fullmatch(name) is not None


def check_config_name(name: str) -> None:
    if not is_config_name(name):
        raise Invalid("not a name for a variable", "name")


def is_slug(slug: object) -> bool:
    return isinstance(slug, str) and _SLUG.fullmatch(slug) is not None


def slugify(name: str) -> str:
    """Returns the slug that the platform derives from a name: "my-org" for "My Org!"."""
    letters = unicodedata.normalize("NFKD", name)
    plain = "".join(char for char in letters if not unicodedata.combining(char)).lower()
    return re.sub(r"[\W_]+", "-", plain).strip("-")


def new_slug(name: str, slug: str | None, taken: Container[str]) -> str:
    """Returns the given slug, or one derived from the name. Raises Invalid or Taken."""
    invalid_field = "name" if slug is None else "slug"
    slug = slugify(name) if slug is None else slug
    if not is_slug(slug):
        raise Invalid("letters, digits and hyphens are needed for a slug", invalid_field)
    if slug in taken:
        raise Taken(f"the slug '{slug}' is taken already", invalid_field)
    return slug


def found(record: AnyRecord | None) -> AnyRecord:
    """Returns the record. Raises Missing for None."""
    if record is None:
        raise Missing
    return record


def by_id(records: Iterable[AnyRecord], wanted: str) -> AnyRecord:
    return found(next((record for record in records if record.id == wanted), None))
