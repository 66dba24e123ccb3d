"""Operations, their routes, and the tables of routes.

An operation is what one method of the client does on any server: its name and its result. A route
is the request for an operation in one route set. A route set is a table of routes, one line each:

    set_config   POST   /workspaces/{org}/config   name=key value secret

A line has the operation, the method, the path with its arguments, and the fields of the body. A
field may name the argument with its value, as in `name=key`. `*=fields` makes one argument the
whole body. `idempotent` marks a POST that is safe to retry. A path is below /api/v1 unless it
starts with /api/.
"""

from __future__ import annotations

import re
from functools import cache, partial
from types import NoneType

from .._model import decode, decode_list
from ..exceptions import AnclaError, InvalidResponseError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any

    from .._model import Model

    Recipe = Callable[[Any, "Route"], object]  # Any: a Call. call.py imports this module.

ROUTE_IS_MISSING = (404, 405)

# What the words in the name of a method mean in an error.
_WORDS = {
    "api": "API",
    "app": "application",
    "config": "config variable",
    "get": "read",
    "org": "organization",
    "rollback": "roll back",
    "update": "rename",  # Errors of `update_app` name the fields instead.
}
# Errors about methods whose name makes no sentence.
_ACTIONS = {
    "check_health": "check its health",
    "deploy_config": "deploy config variables without a build",
    "get_observability": "read the resource usage",
    "get_pipeline_metrics": "read the metrics of a pipeline",
    "import_config_text": "import config variables",
    "toggle_org_admin": "change the role of a member",
}


class Operation:
    """What one method of the client does, and the type of its result.

    name:    the name of the method
    model:   the model of the result or of its items, or None
    is_list: whether the result is a list
    decode:  returns the result for a response's JSON, or raises InvalidResponseError; if there is
             a model, it may be called with a function that decodes its records
    """

    def __init__(self, name: str, result: Any) -> None:
        self.name = name
        self.is_list = getattr(result, "__origin__", None) is list
        item = result.__args__[0] if self.is_list else result
        self.model: type[Model] | None = item if hasattr(item, "model_fields") else None
        self.decode: Callable[..., Any]
        if self.model is not None:
            self.decode = partial(decode_list if self.is_list else decode, self.model)
        elif self.is_list:
            self.decode = _objects
        else:
            self.decode = _no_result if result is NoneType else _object

    @property
    def action(self) -> str:
        """Completes the error "this server cannot ...", as in "rename an organization"."""
        if self.name in _ACTIONS:
            return _ACTIONS[self.name]
        verb, *words = self.name.split("_")
        noun = " ".join(_WORDS.get(word, word) for word in words)
        if verb in ("list", "import"):
            return f"{verb} {noun}{'s' if words[-1] == 'config' else ''}"
        return f"{_WORDS.get(verb, verb)} {'an' if noun[0] in 'aeio' else 'a'} {noun}"


# Makes each operation once, when it is first used.
operation: Callable[[str, Any], Operation] = cache(Operation)


def _object(response: object, expected: str = "an object") -> dict[str, object]:
    if not isinstance(response, dict):
        raise InvalidResponseError(f"expected {expected}, got {type(response).__name__}")
    return response


def _objects(response: list[object]) -> list[dict[str, object]]:
    return [_object(item) for item in response]


def _no_result(response: object) -> None:
    if response is not None and _object(response, "an object or nothing").get("ok") is False:
        raise InvalidResponseError("'ok' is false, so the request was not carried out")


class Route:
    """One line of a table.

    body:       the names of its fields, each with the name of its argument; fields whose argument
                is None are not sent
    body_label: names the body's arguments in errors
    idempotent: whether it is safe to retry after a lost response
    recipe:     the function to call instead of sending one request, or None
    """

    def __init__(self, line: str, recipe: Recipe | None = None) -> None:
        self.method, target, *fields = line.split()
        self.path, _, query = target.partition("?")
        self._query = re.findall(r"(\w+)=\{(\w+)\}", query)
        self.idempotent = self.method != "POST" or "idempotent" in fields
        pairs = (field.partition("=") for field in fields if field != "idempotent")
        self.body = {field: argument or field for field, _, argument in pairs}
        self.body_label = "/".join(self.body.values())
        self.recipe = recipe

    def target(self, segments: Mapping[str, str]) -> str:
        """Returns the path and query. Leaves out query parameters that are not given."""
        path = self.path.format_map(segments)
        if not self._query:
            return path
        given = "&".join(f"{name}={segments[it]}" for name, it in self._query if it in segments)
        return f"{path}?{given}" if given else path

    def body_of(self, arguments: Mapping[str, object]) -> object:
        """Returns the body for these arguments."""
        if "*" in self.body:
            return arguments[self.body["*"]]
        fields = {}
        for field, name in self.body.items():
            value = arguments.get(name)
            if value is not None:
                fields[field] = value
        return fields


class RouteSet(dict[str, Route]):
    """The routes of one version of the API by operation. Each is made when it is first used.

    lines:      the lines of the table, by operation
    decoder_of: returns the function that decodes records of a model, for the arguments of a call;
                None if they have the names of the model
    """

    def __init__(
        self,
        name: str,
        table: str,
        recipes: dict[Recipe, str],
        decoder_of: Callable[[type[Model], Mapping[str, object]], Callable[[Any], Any]]
        | None = None,
        **parts: str,
    ) -> None:
        """`recipes` has the names of the operations that each recipe is for.

        `parts` are words in capitals that stand for a part of a path. They are replaced in this
        order, so one may start with a later one.
        """
        self.name = name
        self.decoder_of = decoder_of
        self.lines = dict(line.split(None, 1) for line in table.strip().splitlines())
        self._recipes = {
            name: recipe for recipe, names in recipes.items() for name in names.split()
        }
        self._parts = parts

    def __missing__(self, name: str) -> Route:
        line = self.lines[name]
        for word, path in self._parts.items():
            line = line.replace(word, path)
        route = self[name] = Route(line, self._recipes.get(name))
        return route


class Unsupported(Exception):
    """The server has no route for the operation, or none that can take these arguments.

    refusal: the 404 or 405 that showed it, or None
    """

    def __init__(
        self,
        action: str,
        reason: str = "its API has no route for that",
        refusal: AnclaError | None = None,
    ) -> None:
        super().__init__(f"this server cannot {action}: {reason} (nothing was changed)")
        self.refusal = refusal

    def as_error(self) -> AnclaError:
        """Returns the error for the user.

        It has no status code after a 404, because scripts take that for a record that is gone.
        """
        error, refusal = AnclaError(str(self)), self.refusal
        if refusal is not None and refusal.status_code == 405:
            error = AnclaError(str(self), 405, method=refusal.method, url=refusal.url)
        error.__cause__ = refusal
        return error
