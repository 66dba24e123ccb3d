"""Reads what the key may see, and keeps the responses.

How it works. `Exam` calls the methods of the table in reads.py, on a view of the client that sends
through a `_Recorder`. That keeps each response. `Exam.check` ends the reading at the limits. What a
list names first is what later methods read. A `Reading` has the responses to one method.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence
from contextlib import closing, suppress
from dataclasses import dataclass
from functools import partial
from time import time
from typing import Any, NamedTuple

from .._api.strict_json import NotJSONError, loads
from .._api.workspaces import WORKSPACES
from .._http.attempts import Attempt
from .._http.response import Response
from .._http.settings import Settings
from .._http.stream import AttemptFailed
from .._http.transport import Transport
from ..client import AnclaClient, settings_of, view_through
from ..exceptions import AnclaError
from .reads import READS, RECORDS, Read

_MAX_SAME_PATH = 2  # The first two pages of a list, or a request and its retry.
_MAX_SECONDS = 120
_MAX_NAME_LENGTH = 40
# The words of paths, fields, headers, statuses and platforms that are shown: those of the API, and
# others that APIs have. Any other may be the account's: a server may name fields after variables or
# processes.
_OTHER_WORDS = (
    "v1 organizations organization applications configurations message pagination page per total "
    "pages next previous prev first more cursor number size length max min avg sum p50 p95 p99 "
    "percent current latest new old by on in of for from to has can as type kind state reason "
    "code details description label title url uri path ref commit sha hash digest tag author "
    "creator owner role roles image event events change changes diff added removed changed "
    "replaces snapshot release start started end ended finished completed deleted time timestamp "
    "date duration seconds ms bytes cpu m memory usage pod pods replicas restart restarts timeout "
    "check step steps stage stages cached public private read enabled available processes "
    "dockerfile procfile x ratelimit retry after remaining reset policy resource window org "
    "aborted canceled cancelled degraded deploying done expired healthy inactive none rolled_back "
    "rolling_back skipped starting stopped succeeded superseded timed_out unhealthy unknown "
    "waiting warning deno dotnet elixir java javascript kubernetes linux node nodejs php ruby "
    "rust static"
)
_FIELDS = [field.name for record in RECORDS.values() for field in record]
_WORDS = {
    *re.findall("[a-z]+", " ".join([*WORKSPACES.lines.values(), *_FIELDS])),
    *_OTHER_WORDS.split(),
}


class NotSeenError(Exception):
    """A fact was not seen, or a method ends: it needs no further request, or none is left."""


@dataclass
class Exchange:
    """A request and its response, or the failure in its place. `data` is its JSON, or None."""

    path: str
    outcome: Any = None
    status: int = 0
    data: Any = None


class Reading(NamedTuple):
    """What a method has read.

    sent:  the exchanges with the path of the last one
    pages: the JSON of its record, or of the first pages of its list
    why:   why there are none
    """

    sent: Sequence[Exchange] = ()
    pages: Sequence[Any] = ()
    why: str = "the server was not asked"

    @property
    def last(self) -> Exchange:
        """The last exchange. Raises NotSeenError if there is none."""
        if not self.sent:
            raise NotSeenError(self.why)
        return self.sent[-1]

    @property
    def status(self) -> int:
        """The last status. Raises NotSeenError if there was no response, or a 429."""
        if self.last.status in (0, 429):
            raise NotSeenError(self.why)
        return self.last.status

    @property
    def data(self) -> Any:
        """The record or the first page of the list. Raises NotSeenError if that is empty."""
        for page in self.pages:
            if items_of(page):
                return page
        raise NotSeenError(self.why)


class _Recorder(Transport):
    """A transport with connections of its own, which passes each exchange to an exam."""

    def __init__(self, settings: Settings, exam: Exam) -> None:
        super().__init__(settings)
        self._exam = exam

    def send(self, method: str, target: str, *rest: Any, **options: Any) -> Response:
        exchange = Exchange(target.partition("?")[0])
        self._exam.check(exchange.path)
        self._exam.sent.append(exchange)
        try:
            response = exchange.outcome = super().send(method, target, *rest, **options)
        except AttemptFailed as failure:
            exchange.outcome = failure
            raise
        exchange.status = response.status
        with suppress(NotJSONError):
            exchange.data = loads(response.body)
        self._exam.words -= _texts_in(exchange.data)
        return response


class _Place(dict[str, Any]):
    """The arguments of methods, as far as they are known."""

    def __missing__(self, name: str) -> Any:
        raise NotSeenError(f"no {name.replace('_', ' ')} was found")


class Exam:
    """What was read of one server.

    attempts:    the requests, as `on_attempt` gets them
    sent:        the requests with what came
    readings:    by method, what it has read
    received:    when the list of organizations came
    is_accepted: whether the server accepts the key, as it has listed them
    is_todays:   whether it has today's API
    words:       those that are shown: the account has no text that is one of them
    given:       the kinds of the records that the caller has chosen
    place:       the arguments of methods. A part of the given path is deleted if no list has it
    proxy_host:  the host of the proxy, or None
    tls_version: that of a connection that the server keeps open, or None
    """

    def __init__(self, client: AnclaClient, place: dict[str, str], max_requests: int) -> None:
        """Reads all that can be read, or less if the server does not accept the key."""
        settings = settings_of(client)
        self._on_attempt, self._max_requests = settings.on_attempt, max_requests
        self._end = settings.clock.monotonic() + _MAX_SECONDS
        self.settings = settings.changed({"on_attempt": self._listen, "deadline": self._end})
        self.place = _Place({"environment": client.environment, **place})
        # Without an app, that of any environment is read.
        self.given = {*(self.place if "app" in place else place)}
        self.words = _WORDS.difference(self.place.values())
        self.attempts: list[Attempt] = []
        self.sent: list[Exchange] = []
        self.readings: dict[str, Reading] = defaultdict(Reading)
        without_key = self.settings.without_key()
        with (
            closing(_Recorder(self.settings, self)) as transport,
            closing(_Recorder(without_key, self)) as other_transport,
        ):
            view = view_through(client, self.settings, transport)
            stranger = view_through(client, without_key, other_transport)
            # No retry of the first one: somebody waits to hear why there is no response.
            self._read(view, READS["list_orgs"], max_retries=0)
            sent, pages, _ = self.readings["list_orgs"]
            self.received, self.is_accepted = time(), bool(pages)
            self.is_todays = bool(sent) and sent[-1].path == "/workspaces"
            paths = ["/workspaces", "/organizations"]
            orgs, others = paths if self.is_todays else reversed(paths)
            nothing = f"{orgs}/ancla-doctor-looks-for-nothing"
            self.place |= {"orgs": orgs, "others": others, "nothing": nothing}
            for read in [*READS.values()][1:]:
                needs_key = read.method != "without_key"
                if self.is_accepted or (self.responses and not needs_key):
                    self._read(view if needs_key else stranger, read, max_retries=1)
            self.proxy_host, self.tls_version = transport.proxy_host, transport.tls_version()

    @property
    def responses(self) -> list[Any]:
        return [it.outcome for it in self.sent if it.status]

    def records(self, methods: str) -> list[dict[str, Any]]:
        """The objects in the results of some methods."""
        pages = [page for method in methods.split() for page in self.readings[method].pages]
        return [it for page in pages for it in items_of(page) if isinstance(it, dict)]

    def shown(self, name: str, word: str = "[^_-]+", length: int | None = _MAX_NAME_LENGTH) -> str:
        """Returns a name in JSON or of a header, with `*` for words that may be the account's."""
        return re.sub(word, lambda it: it[0] if it[0] in self.words else "*", name)[:length]

    def check(self, path: str) -> None:
        """Raises NotSeenError in place of a request that is not needed, or beyond a limit."""
        if [it.path for it in self.sent[self._start :]].count(path) >= _MAX_SAME_PATH:
            raise NotSeenError
        if len(self.sent) >= self._max_requests:
            raise NotSeenError(f"the limit of {self._max_requests} requests was reached")
        if self.settings.clock.monotonic() > self._end:
            raise NotSeenError(f"the limit of {_MAX_SECONDS} seconds was reached")

    def _listen(self, attempt: Attempt) -> None:
        """Keeps an attempt, and passes it on without texts of the account."""
        self.attempts.append(attempt)
        if self._on_attempt is not None:
            hidden: dict[str, object] = {
                "path": self.shown(attempt.path, "[^/]+", None),
                "error": attempt.error and "see the report",
                "request_id": None,
                "rate_limit": {},
            }
            self._on_attempt(
                Attempt(**{name: getattr(attempt, name) for name in Attempt.__slots__} | hidden)
            )

    def _read(self, view: AnclaClient, read: Read, max_retries: int) -> None:
        """Calls a method, and keeps what it has read."""
        self._start, why = len(self.sent), ""
        try:
            arguments = [self.place[name] for name in read.arguments.split()]
            environment = self.place.get("environment", view.environment)
            view = view.with_options(max_retries=max_retries, environment=environment)
            # What is no method of the client is a path.
            getattr(view, read.method, partial(view.request, "GET"))(*arguments)
        except NotSeenError as reason:
            why = str(reason)
        except AnclaError as error:
            if not self.attempts:  # The client is closed.
                raise
            if type(error) is AnclaError and error.status_code is None:
                why = "this route set has no route for it"
        except ValueError:
            why = "the server names a record that cannot be in a path"
        # What a method sent before it ended so was to look up an id. And a log comes before the
        # image that proves whose it is.
        end = "/log" if read.method.endswith("_log") else ""
        sent = [it for it in self.sent[self._start :] if it.path.endswith(end) and not why]
        sent = [it for it in sent if it.path == sent[-1].path]
        pages = [it.data for it in sent if it.status < 300 and it.data is not None]
        if sent:
            failed = f"status {sent[-1].status}" if sent[-1].status else "no complete response"
            why = "none exists" if pages else failed
        self.readings[read.method] = Reading(sent, pages, why)
        if read.chooses and pages:
            self._choose(read.chooses, read.field, self.records(read.method))

    def _choose(self, kind: str, field: str, records: list[dict[str, Any]]) -> None:
        """Chooses a record of a list for later methods: what was given, or the first not empty."""
        # One retired route lists the projects of all organizations.
        orgs = (None, self.place.get("org"))
        filled = {
            it[field]: all(it[name] != 0 for name in it if name.endswith("_count"))
            for it in records
            if isinstance(it.get(field), str) and it.get("organization_slug") in orgs
        }
        best = [name for name in filled if filled[name]] or [*filled]
        if kind in self.given:
            if self.place[kind] not in filled:
                del self.place[kind]
        elif best and self.place.get(kind) not in best:
            self.place[kind] = best[0]
        if others := [name for name in filled if name != self.place.get(kind)]:
            self.place[f"other_{kind}"] = others[0]


def items_of(data: Any) -> list[Any]:
    if isinstance(data, dict) and isinstance(data.get("items"), list):
        data = data["items"]
    return data if isinstance(data, list) else [data]


def _texts_in(data: object) -> set[str]:
    """Returns all texts that may be the account's: not those of statuses, scopes and platforms."""
    found = [data]
    for value in found:  # It grows by what is in these values.
        if isinstance(value, list):
            found += value
        elif isinstance(value, dict):
            found += [
                it for name, it in value.items() if name not in ("status", "scope", "platform")
            ]
    return {value for value in found if isinstance(value, str)}
