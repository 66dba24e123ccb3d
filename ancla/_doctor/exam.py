"""Reads what the key may see, and keeps the responses.

How it works. `Exam` calls the methods of the table in reads.py, on a view of the client that sends
through a `_Recorder`. That keeps each response, and ends the reading at the limit of requests. What
a list names first is what later methods read.
"""

from __future__ import annotations

import re
from contextlib import closing, suppress
from time import time
from types import MappingProxyType

from .._api.strict_json import NotJSONError, loads
from .._api.workspaces import WORKSPACES
from .._http.attempts import Attempt
from .._http.stream import AttemptFailed
from .._http.transport import Transport
from ..client import settings_of, view_through
from ..exceptions import AnclaError, APIConnectionError, InvalidResponseError
from .reads import READS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    from .._http.response import Response
    from .._http.settings import Settings
    from ..client import AnclaClient
    from .reads import Read

    _Place = dict[str, str | None]

_COUNTS = ("project_count", "service_count", "application_count")
_MAX_SAME_PATH = 2  # The first two pages of a list, or a request and its retry.
_MAX_SECONDS = 120
_MAX_NAME_LENGTH = 40
# The words of paths, fields and headers that are shown: those of the API, and others that APIs
# have. Any other may be the account's: a server may name fields after variables or processes.
_OTHER_WORDS = """
    api v1 organizations organization applications configurations environment app job message detail
    items pagination page per total pages offset next previous prev last first more cursor count
    number size length max min avg sum p50 p95 p99 percent active current latest new old by at on in
    of for from to is has can as type kind state reason code details description label title url uri
    path ref commit sha hash digest tag author creator owner role roles branch source target image
    event events change changes diff added removed changed replaces snapshot release start started
    end ended finished completed deleted expires time timestamp date duration seconds ms bytes cpu m
    memory usage pod pods replicas restart restarts timeout check step steps stage stages cached
    public private read only enabled available processes dockerfile procfile x ratelimit retry after
    remaining reset policy used resource window
"""
_FIELDS = [field for read in READS for field in read.fields]
_WORDS = {
    *re.findall("[a-z]+", " ".join([*WORKSPACES.lines.values(), *_FIELDS])),
    *_OTHER_WORDS.split(),
}


class NotSeenError(Exception):
    """A fact was not seen, or a method ends: it needs no further request, or none is left."""


class Exchange:
    """A request and its response, or the failure in its place. `data` is its JSON, or None."""

    def __init__(self, path: str, response: Response | None, failure: AttemptFailed | None) -> None:
        self.path, self.response, self.failure, self.received = path, response, failure, time()
        self.status = response.status if response else 0
        self.data: Any = None
        with suppress(NotJSONError):
            self.data = loads(response.body) if response else None


class _Recorder(Transport):
    """A transport with connections of its own, which passes each response to an exam."""

    def __init__(self, settings: Settings, exam: Exam) -> None:
        super().__init__(settings)
        self._exam = exam

    def send(self, method: str, target: str, *rest: Any, **options: Any) -> Response:
        path = target.partition("?")[0]
        self._exam.check(path)
        try:
            response = super().send(method, target, *rest, **options)
        except AttemptFailed as failure:
            self._exam.add(Exchange(path, None, failure))
            raise
        self._exam.add(Exchange(path, response, None))
        return response


class Exam:
    """What was read of one server.

    attempts:    the requests, as `on_attempt` gets them
    responses:   all of them
    pages:       by method, the responses with its record or with the first pages of its list
    given:       the parts of the path, or None for those that are left out
    missing:     says which part of the given path is not in its list, or ""
    tls_version: that of a connection that the server keeps open, or None
    """

    missing = ""

    def __init__(self, client: AnclaClient, place: _Place, max_requests: int) -> None:
        """Reads all that can be read, or less if the server does not accept the key."""
        given = settings_of(client)
        self._end = given.clock.monotonic() + _MAX_SECONDS
        self.settings = given.changed({"on_attempt": self._listen, "deadline": self._end})
        self._on_attempt = given.on_attempt
        self.attempts: list[Attempt] = []
        self.responses: list[Response] = []
        self.pages: dict[str, list[Exchange]] = {}
        self._last: dict[str, Exchange] = {}
        self._why_none: dict[str, str] = {}
        self.given = place
        self._place = {**place, "environment": client.environment}
        self._may_change_environment = place["app"] is None
        self._texts: set[str | None] = {*self._place.values()}  # Those of the account.
        self._max_requests = self._requests_left = max_requests
        with closing(_Recorder(self.settings, self)) as transport:
            self.proxy_host = transport.proxy_host
            # No retry of the first one: somebody waits to hear why there is no response.
            view = view_through(client, self.settings, transport).with_options(max_retries=0)
            for read in READS:
                is_wanted = read is READS[0] or self.is_accepted
                if is_wanted or (read.method == "without_key" and self.responses):
                    view = self._read(view, read).with_options(max_retries=1)
            self.tls_version = transport.tls_version()

    @property
    def is_accepted(self) -> bool:
        """Whether the server has listed the organizations, so that it accepts the key."""
        return bool(self.pages.get("list_orgs"))

    @property
    def is_todays(self) -> bool:
        return self.last("list_orgs").path == "/workspaces"

    def last(self, method: str) -> Exchange:
        """The last request of a method. Raises NotSeenError if there is none."""
        if method in self._last:
            return self._last[method]
        raise NotSeenError(self._why_none.get(method, "the server was not asked"))

    def last_seen(self, method: str) -> Exchange:
        """As `last`, but also raises NotSeenError if the server did not respond, or with a 429."""
        exchange = self.last(method)
        if exchange.status in (0, 429):
            raise NotSeenError(self._why_none[method])
        return exchange

    def data(self, method: str) -> Any:
        """The JSON of a record or of a list's first page. Raises NotSeenError if that is empty."""
        for page in self.pages.get(method, ()):
            if items_of(page.data):
                return page.data
        raise NotSeenError(self._why_none.get(method, "the server was not asked"))

    def records(self, methods: str) -> list[dict[str, Any]]:
        """The objects in the results of some methods."""
        pages = [page for method in methods.split() for page in self.pages.get(method, ())]
        return [it for page in pages for it in items_of(page.data) if isinstance(it, dict)]

    def shown(self, name: str) -> str:
        """Returns a name in JSON or of a header, with `*` for words that may be the account's."""
        known = _WORDS - self._texts
        shown = re.sub("[^_-]+", lambda word: word[0] if word[0] in known else "*", name)
        return shown[:_MAX_NAME_LENGTH]

    # For the transport

    def check(self, path: str) -> None:
        """Raises NotSeenError in place of a request that is not needed, or beyond the limit."""
        if [it.path for it in self._sent].count(path) >= _MAX_SAME_PATH:
            raise NotSeenError
        if not self._requests_left:
            self._sent.clear()  # Before the request itself, a call may have looked up an id.
            raise NotSeenError(f"the limit of {self._max_requests} requests was reached")
        if self.settings.clock.monotonic() > self._end:
            raise NotSeenError(f"the limit of {_MAX_SECONDS} seconds was reached")
        self._requests_left -= 1

    def add(self, exchange: Exchange) -> None:
        self._sent.append(exchange)
        self.responses += [exchange.response] if exchange.response else []
        self._texts.update(_texts_in(exchange.data))

    def _listen(self, attempt: Attempt) -> None:
        """Keeps an attempt, and passes it on without texts of the account."""
        self.attempts.append(attempt)
        if self._on_attempt is not None:
            shown = {name: getattr(attempt, name) for name in Attempt.__slots__}
            known = (_WORDS | {""}) - self._texts
            words = [word if word in known else "*" for word in attempt.path.split("/")]
            shown |= {"path": "/".join(words), "error": attempt.error and "see the report"}
            shown |= {"request_id": None, "rate_limit": MappingProxyType({})}
            self._on_attempt(Attempt(**shown))

    # Reading

    def _read(self, view: AnclaClient, read: Read) -> AnclaClient:
        """Calls a method, and keeps what it has read. Returns the client for the next one."""
        self._sent: list[Exchange] = []
        why = ""
        try:
            self._call(view, read)
        except NotSeenError as reason:
            why = str(reason)
        except (APIConnectionError, InvalidResponseError):
            pass  # The exchange shows it.
        except AnclaError as error:
            if not self.attempts:  # The client is closed.
                raise
            if error.status_code is None:
                why = "this route set has no route for it"
                self._sent.clear()
        except ValueError:
            why = "the server names a record that cannot be in a path"
        # A log comes before the image that proves whose it is.
        end = "/log" if read.method.endswith("_log") else ""
        sent = [it for it in self._sent if it.path.endswith(end)]
        same = [it for it in sent if it.path == sent[-1].path]
        pages = [it for it in same if it.status < 300 and it.data is not None]
        if sent:
            self._last[read.method] = sent[-1]
            failed = f"status {sent[-1].status}" if sent[-1].status else "no complete response"
            why = "none exists" if pages else why or failed
        self.pages[read.method], self._why_none[read.method] = pages, why
        if read.chooses and pages:
            self._choose(read.chooses, self.records(read.method))
        return view.with_options(environment=self._place["environment"] or view.environment)

    def _call(self, view: AnclaClient, read: Read) -> None:
        arguments = [self._place.get(name) for name in read.arguments]
        if None in arguments:
            missing = read.arguments[arguments.index(None)].replace("_", " ")
            raise NotSeenError(f"no {missing} was found")
        if hasattr(view, read.method):
            getattr(view, read.method)(*arguments)
            return
        paths = ["/workspaces", "/organizations"]
        orgs, others = paths if self.is_todays else reversed(paths)
        if read.method == "missing_record":
            view.request("GET", f"{orgs}/ancla-doctor-looks-for-nothing")
        elif read.method == "other_routes":
            view.request("GET", others)
        else:
            settings = self.settings.without_key()
            with closing(_Recorder(settings, self)) as transport:
                view_through(view, settings, transport).request("GET", orgs)

    def _choose(self, kind: str, records: list[dict[str, Any]]) -> None:
        """Chooses a record of a list for later methods: what was given, or the first not empty."""
        field = "id" if kind in ("image", "deployment") else "slug"
        found = [it for it in records if isinstance(it.get(field), str)]
        if kind == "project":  # One retired route lists those of all organizations.
            orgs = (None, self._place["org"])
            found = [it for it in found if it.get("organization_slug") in orgs]
        names = [it[field] for it in found]
        filled = [it[field] for it in found if 0 not in map(it.get, _COUNTS)] or names
        chosen = self._place.get(kind)
        is_free = kind == "environment" and self._may_change_environment
        if chosen is None or (is_free and chosen not in filled):
            self._place[kind] = chosen = filled[0] if filled else chosen
        elif chosen not in names:
            self.missing, self._place[kind] = f"no such {kind}", None
        if kind == "environment":
            self._place["other_environment"] = next((it for it in names if it != chosen), None)


def items_of(data: Any) -> list[Any]:
    if isinstance(data, dict) and isinstance(data.get("items"), list):
        data = data["items"]
    return data if isinstance(data, list) else [data]


def _texts_in(data: object) -> Iterator[str]:
    """Yields all texts that may be the account's: not those of statuses and scopes."""
    waiting = [data]
    while waiting:
        value = waiting.pop()
        if isinstance(value, str):
            yield value
        elif isinstance(value, list):
            waiting += value
        elif isinstance(value, dict):
            waiting += (it for name, it in value.items() if name not in ("status", "scope"))
