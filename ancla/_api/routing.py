"""Which of an operation's forms a server understands.

As long as nothing is known of the server, the form of the oldest generation goes first. Where it
meets no route, nothing has happened, so that of the next one follows; what answers decides for the
client's life. Workspaces routes come last, and only where both older forms are not found.
"""

from __future__ import annotations

from ..exceptions import AnclaError, InvalidResponseError, NotFoundError
from .arguments import check, slug_from_name
from .json_sender import JSONSender
from .pages import whole_list
from .requester import (
    GENERATIONS,
    RECORD_IDS,
    ROUTE_IS_MISSING,
    Invocation,
    NoIdError,
    Refusal,
    Requester,
)
from .workspaces import adapted

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from .._http.settings import Settings
    from .pages import ReadList
    from .requester import Answer, Form, Operation

_MOST_RECORDS = 1024
_NOT_FOUND = 404
_METHOD_NOT_ALLOWED = 405

# A read that only servers of this generation answer.
_PROBES = {"slugs": "/projects/{org}", "published": "/projects"}
_ROUTE_IS_THERE = (401, 403)


class _Learned:
    """What the answers told of the server so far, for a client and all its views.

    generations:    those of GENERATIONS that it may have
    has_workspaces: whether it has workspaces routes, or None while that is not known
    settled:        the form of each operation for which nothing is left to find out
    """

    __slots__ = ("generations", "has_workspaces", "settled")

    def __init__(self, routes: str, generations: tuple[str, ...]) -> None:
        self.generations = generations
        self.has_workspaces = {"auto": None, "workspaces": True}.get(routes, False)
        self.settled: dict[Operation[Any], Form] = {}


class Dispatcher:
    """Turns operations and arguments into requests, and what comes back into models."""

    def __init__(self, settings: Settings, json_sender: JSONSender) -> None:
        self.json_sender = json_sender
        self._requester = Requester(self.json_sender)
        self._environment = settings.environment
        is_pinned = settings.routes in GENERATIONS
        self._allowed: tuple[str, ...] = (settings.routes,) if is_pinned else GENERATIONS
        self._learned = _Learned(settings.routes, self._allowed)
        # Records that were seen to be in the application that they were asked for in.
        self._records: set[tuple[str, ...]] = set()

    def with_settings(self, settings: Settings) -> Dispatcher:
        """One with settings of its own, but the same connections and knowledge of the server."""
        view = Dispatcher(settings, self.json_sender.with_settings(settings))
        view._learned = self._learned
        view._requester.ids = self._requester.ids
        if settings.environment == self._environment:  # else an application is another one
            view._records = self._records
        return view

    def call(
        self, operation: Operation[Answer], read_list: ReadList = whole_list, **arguments: object
    ) -> Answer:
        """What the operation answers: a model, a list of models, or None."""
        invocation = Invocation(operation, arguments, read_list)
        form = self._learned.settled.get(operation)
        try:
            answer = self._send(invocation, form) if form else self._answer(invocation)
        except NotFoundError as error:
            if error.body is not None:  # else what is above is there
                error.message += _doubt_about_slugs(invocation)
            raise
        except (NoIdError, Refusal) as error:  # private names, which nobody can look up
            public = InvalidResponseError if isinstance(error, NoIdError) else AnclaError
            raise public(error.message, method=error.method, url=error.url) from None
        finally:
            invocation.look_up_error = None  # whose frames hold the invocation
        try:
            decoded: Answer = operation.decode(answer)
            return decoded
        except InvalidResponseError as error:
            fault = self.json_sender.hide(str(error))
        # Not where it is caught, and so its context: it names the keys of what was answered.
        url = self.json_sender.url(invocation.target)
        raise InvalidResponseError(
            f"{invocation.method} {url} was answered with something else: {fault}",
            method=invocation.method,
            url=url,
        )

    @property
    def has_workspaces(self) -> bool:
        """Whether the server is known to have workspaces routes."""
        return self._learned.has_workspaces is True

    def _answer(self, invocation: Invocation) -> object:
        """The answer to the form of the server's generation, which may have to be found out."""
        if self._learned.has_workspaces:
            return self._answer_of_workspaces(invocation)
        forms = invocation.operation.forms
        is_telling = forms["workspaces"] is not forms["published"]
        try:
            answer = self._answer_of_older(invocation)
        except AnclaError as error:
            if invocation.looked_up:  # by a route that both older generations have
                self._learned.has_workspaces = False
            is_older = error.status_code != _NOT_FOUND or invocation.looked_up
            is_new = not (forms["slugs"] or forms["published"])
            if self._learned.has_workspaces is False or not is_telling or (is_older and not is_new):
                raise
            try:
                return self._answer_of_workspaces(invocation)
            except ValueError:  # there is no slug in the name
                raise error from None
            except AnclaError as newer:
                if self._lacks_workspaces(invocation, newer):
                    raise error from None
                raise
        if is_telling:
            self._learned.has_workspaces = False
        return answer

    def _answer_of_workspaces(self, invocation: Invocation) -> object:
        operation = invocation.operation
        form = operation.forms["workspaces"]
        invocation.fill_in("environment", self._environment)
        if form is None and operation.instead:
            raise Refusal(operation.cannot, f"it has no releases, use {operation.instead}")
        answer = adapted(invocation, self._send(invocation, form))
        self._learned.has_workspaces = True
        return answer

    def _lacks_workspaces(self, invocation: Invocation, error: AnclaError) -> bool:
        """Whether an error to the form of the workspaces routes is about the form."""
        if error.status_code not in ROUTE_IS_MISSING and not isinstance(error, Refusal):
            return False
        if not invocation.looked_up:
            try:
                self._requester.fetch("/workspaces")
            except AnclaError as told:
                if told.status_code in ROUTE_IS_MISSING:
                    self._learned.has_workspaces = False
                if told.status_code not in _ROUTE_IS_THERE:
                    return True
        self._learned.has_workspaces = True
        return False

    def _answer_of_older(self, invocation: Invocation) -> object:
        operation = invocation.operation
        generations = self._learned.generations
        if not operation.tells_generation:
            # Nor does what others told say anything about it.
            generations = self._allowed[self._allowed.index(generations[0]) :]
        first, *others = dict.fromkeys(map(operation.forms.get, generations))
        if first is None:
            return self._answer_beside(invocation)
        if others:
            return self._negotiate(invocation, first, others)
        if self._learned.has_workspaces is False:
            self._learned.settled[operation] = first
        return self._send(invocation, first)

    def _negotiate(self, invocation: Invocation, first: Form, others: list[Form | None]) -> object:
        operation = invocation.operation
        try:
            answer = self._send(invocation, first)
        except AnclaError as error:
            if error.status_code not in operation.falls_back_on:
                raise
            failure = error
        else:
            self._learn(operation, first)
            return answer
        try:
            for form in others:
                try:
                    answer = self._send(invocation, form)
                except AnclaError as error:
                    failure = self._more_telling(invocation, first, failure, error)
                except ValueError as error:  # there is no slug in the name
                    failure.message += f" (servers with published routes need a slug: {error})"
                else:
                    self._learn(operation, form)
                    return answer
            raise failure from None
        finally:
            del failure  # whose frames this one is among

    def _learn(self, operation: Operation[Any], form: Form | None) -> None:
        if operation.tells_generation:
            remaining = tuple(
                name for name in self._learned.generations if operation.forms[name] is form
            )
            if remaining:  # else another call learned something else meanwhile
                self._learned.generations = remaining

    def _answer_beside(self, invocation: Invocation) -> object:
        """What slug routes do not have may be there beside them. A 404 comes through, with a word
        on what it means where the published routes are missing.
        """
        try:
            return self._send(invocation, invocation.operation.forms["published"])
        except AnclaError as error:
            may_lack_route = error.status_code in ROUTE_IS_MISSING and error.body is not None
            if (
                may_lack_route
                and error is not invocation.look_up_error
                and self._learned.generations != ("published",)
                and self._has("published", invocation) is False
            ):
                error.message += " (perhaps this server has only slug routes: they lack this one)"
            raise

    def _more_telling(
        self, invocation: Invocation, form: Form, first: AnclaError, second: AnclaError
    ) -> AnclaError:
        """Of the errors to two forms, the one to the form that the server understands.

        `form` is the first one.
        """
        operation = invocation.operation
        said = (first.detail or "").lower()
        lacked_slug = "slug" in said and ("missing" in said or "required" in said)
        if isinstance(second, NoIdError):
            return first
        if first.status_code == _METHOD_NOT_ALLOWED or lacked_slug:
            return second
        if isinstance(second, Refusal):
            if invocation.looked_up:
                return first if self._has("slugs", invocation) else second
            # What can be read is there, so it was the route that was not.
            return second if self._answers(form.path.format_map(invocation.segments)) else first
        if (
            second.body is None  # nor was it a server that said no
            or second is invocation.look_up_error
            or second.status_code not in operation.falls_back_on
        ):
            return second
        if operation.tells_generation and invocation.looked_up:
            return second if self._has("slugs", invocation) is False else first
        return first

    def _has(self, generation: str, invocation: Invocation) -> bool | None:
        """Whether the server has the routes of a generation, or None if it does not tell."""
        try:
            has = self._answers(_PROBES[generation].format_map(invocation.segments))
        except AnclaError:
            return None
        remaining = tuple(name for name in self._learned.generations if (name == generation) is has)
        # Published routes may be there beside slug routes, which do for everything else.
        if remaining and not (has and generation == "published"):
            self._learned.generations = remaining
        return has

    def _answers(self, target: str) -> bool:
        """Whether there is something to read."""
        try:
            self._requester.fetch(target)
        except AnclaError as error:
            if error.status_code in ROUTE_IS_MISSING:
                return False
            raise
        return True

    def _send(self, invocation: Invocation, form: Form | None) -> object:
        """The answer to one form, which stands for all that its generation can do."""
        operation = invocation.operation
        if form is None:
            raise Refusal(operation.cannot)
        if form.names_no_app:
            return self._send_for_record(invocation, form)
        if form.steps is not None:
            return form.steps(self._requester, invocation, form)
        if operation.is_list:
            return self._requester.send_list(invocation, form)
        return self._requester.send(invocation, form)

    def _send_for_record(self, invocation: Invocation, form: Form) -> object:
        """A form that names a record by its id alone: it has to be one of the application's."""
        operation = invocation.operation
        name, *_ = key = _record_key(invocation.segments)
        if key not in self._records:
            if operation.record is None:
                answer = self._send_and_check(invocation, form, name)
                self._keep(key)
                return answer
            self._read_first(invocation, operation.record)
            self._keep(key)
        return self._requester.send(invocation, form)

    def trust(self, **place: str) -> None:
        """Takes a record as the application's that the server has just named as such."""
        self._keep(_record_key(check(place)))

    def _keep(self, key: tuple[str, ...]) -> None:
        if len(self._records) >= _MOST_RECORDS:
            self._records.clear()
        self._records.add(key)

    def _read_first(self, invocation: Invocation, record: Operation[Any]) -> None:
        """Makes sure that the application has the record, before anything is done with it."""
        reading = Invocation(record, dict(invocation.arguments))
        is_known = len(self._learned.generations) == 1
        form = record.forms[self._learned.generations[0] if is_known else "published"]
        try:
            self._send(reading, form)
        except AnclaError as error:
            if error is reading.look_up_error or form is record.forms["slugs"]:
                invocation.look_up_error = error
            invocation.looked_up = reading.looked_up
            raise
        finally:
            reading.look_up_error = None

    def _send_and_check(self, invocation: Invocation, form: Form, name: str) -> object:
        """The record that an id names; NotFoundError if it is not the application's."""
        requester, operation = self._requester, invocation.operation
        try:
            was_kept = requester.fill_in_id(invocation, "app_id")
        except NoIdError:
            was_kept = False
        answer = requester.send(invocation, form)
        owner = answer.get("application_id") if isinstance(answer, dict) else None
        app_id = invocation.arguments.get("app_id")
        if owner and app_id:
            # The application that was here before may have been replaced.
            if owner != app_id and was_kept and requester.replace_id(invocation, "app_id"):
                app_id = invocation.arguments["app_id"]
            if owner == app_id:
                return answer
        elif operation.listing is not None and self._is_listed(invocation, operation.listing, name):
            return answer
        raise requester.missing(invocation, name.removesuffix("_id"), name)

    def _is_listed(self, invocation: Invocation, listing: Operation[Any], name: str) -> bool:
        place = {part: invocation.arguments[part] for part in ("org", "project", "app")}
        items = self._answer_of_older(Invocation(listing, place))
        wanted = invocation.arguments[name]
        return isinstance(items, list) and any(
            isinstance(item, dict) and item.get("id") == wanted for item in items
        )


def _record_key(segments: Mapping[str, str]) -> tuple[str, ...]:
    name = next(name for name in RECORD_IDS if name in segments)
    return (name, *(segments[part] for part in ("org", "project", "app", name)))


def _doubt_about_slugs(invocation: Invocation) -> str:
    """A word on the first argument that looks like a name in place of a slug, if one does."""
    for name in ("org", "project", "app", "slug"):
        value = invocation.arguments.get(name)
        try:
            slug = slug_from_name(value)
        except ValueError:
            slug = "my-app"
        if value is not None and value != slug:
            usual = f"slugs are usually a-z, 0-9 and hyphens, as in {slug!r}"
            return f" ({name} is {value!r}, but {usual})"
    return ""
