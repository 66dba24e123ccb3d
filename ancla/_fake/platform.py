"""The platform behind `ancla.testing.FakeAncla`: its records in memory, without HTTP.

Methods raise Missing, Invalid or Taken, see `errors`.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable
from typing import Any, TypeVar

from .errors import Invalid, Missing, Taken
from .pipeline import Pipelines
from .records import (
    PRODUCTION,
    ApiKey,
    App,
    Config,
    ConfigOwner,
    Environment,
    Member,
    Org,
    Project,
    Record,
    User,
    new_ids,
    now,
)

Found = TypeVar("Found")
AnyOwner = TypeVar("AnyOwner", bound=ConfigOwner)
AnyRecord = TypeVar("AnyRecord", bound=Record)

_CONFIG_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]*")
_SLUG = re.compile(r"[^\W_](?:[\w.-]*\w)?")


class Platform:
    """Everything that the platform stores, and its pipelines. The caller has to lock it.

    options: the arguments of Pipelines, without `ids`
    """

    def __init__(self, **options: Any) -> None:
        self._ids = new_ids()
        self._users: dict[str, User] = {}
        self.orgs: dict[str, Org] = {}
        self.keys: dict[str, ApiKey] = {}
        self.pipelines = Pipelines(self._ids, **options)
        self.user = self._user("developer", email="developer@example.com", admin=True)

    @property
    def projects(self) -> list[Project]:
        return [project for org in self.orgs.values() for project in org.projects.values()]

    @property
    def apps(self) -> list[App]:
        environments = [it for project in self.projects for it in project.environments.values()]
        return [app for environment in environments for app in environment.apps.values()]

    # Organizations, projects and applications

    def create(
        self,
        kind: Callable[..., AnyOwner],
        siblings: dict[str, AnyOwner],
        name: str,
        slug: str | None = None,
        **fields: Any,
    ) -> AnyOwner:
        """Creates a record. Without a slug, it gets one derived from the name.

        Raises Invalid or Taken.
        """
        invalid_field = "name" if slug is None else "slug"
        slug = slugify(name) if slug is None else slug
        if not is_slug(slug):
            raise Invalid("letters, digits and hyphens are needed for a slug", invalid_field)
        if slug in siblings:
            raise Taken(f"the slug '{slug}' is taken already", invalid_field)
        record = siblings[slug] = kind(next(self._ids), name, slug, siblings, **fields)
        return record

    def create_org(self, name: str, slug: str | None = None, **fields: Any) -> Org:
        org = self.create(Org, self.orgs, name, slug, **fields)
        org.people[self.user.id] = Member(self.user, admin=True)
        return org

    def create_project(self, org: Org, name: str, slug: str | None = None) -> Project:
        project = self.create(Project, org.projects, name, slug, org=org)
        for environment in (PRODUCTION, "staging", "development"):
            self.create_environment(project, environment)
        return project

    def create_environment(self, project: Project, name: str) -> Environment:
        return self.create(Environment, project.environments, name, project=project)

    def create_app(self, environment: Environment, name: str, **fields: Any) -> App:
        return self.create(App, environment.apps, name, environment=environment, **fields)

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
        return parent.apps.get(slug) or self.create_app(parent, slug, slug=slug)

    def delete(self, record: ConfigOwner) -> None:
        """Deletes a record with everything in it."""
        del record.siblings[record.slug]
        self.pipelines.keep_only(self.apps)

    # Members, API keys and variables

    def _user(self, username: str, **fields: Any) -> User:
        if username not in self._users:
            self._users[username] = User(next(self._ids), username, **fields)
        return self._users[username]

    def add_member(self, org: Org, username: str, admin: bool = False) -> Member:
        """Adds a member. A user with this name is created if there is none. Raises Taken."""
        user = self._user(username)
        if user.id in org.people:
            raise Taken(f"{username} is a member already", "username")
        member = org.people[user.id] = Member(user, admin)
        return member

    def create_key(self, name: str, prefix: str = "ancla", **fields: Any) -> ApiKey:
        key_id = next(self._ids)
        secret = f"{prefix}_fake_{key_id.replace('-', '')}"
        key = self.keys[key_id] = ApiKey(key_id, name, secret, **fields)
        return key

    def accepts(self, secret: str) -> bool:
        """Returns whether this created key is still valid. Notes its use."""
        for key in self.keys.values():
            if key.key == secret and key.is_active:
                key.last_used_at = now()
                return True
        return False

    def create_config(self, owner: ConfigOwner, name: str, value: str, **flags: bool) -> Config:
        check_config_name(name)
        if name in owner.config:
            raise Taken(f"{name} exists already", "name")
        variable = owner.config[name] = Config(next(self._ids), name, value, owner.scope, **flags)
        return variable


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


def found(record: Found | None) -> Found:
    """Returns the record. Raises Missing for None."""
    if record is None:
        raise Missing
    return record


def by_id(records: Iterable[AnyRecord], wanted: str) -> AnyRecord:
    return found(next((record for record in records if record.id == wanted), None))
