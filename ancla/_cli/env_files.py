"""`config import` and `config export`: reads and writes variables as a .env file.

Without --scope, the client's `import_config` does the work. It skips and reports invalid lines.
With --overwrite, --dry-run or --scope, the file is checked first, and an invalid line is an error
before anything is sent: a missing quote may hide other variables.

`config import` and python-dotenv (with interpolate=False) must read the same values from an
exported .env file. They agree on this subset:

* without quotes, any character but spaces, quotes and `#` is literal;
* in single quotes, any character but a single quote and a backslash is literal;
* in double quotes, the escapes of `_ESCAPES` are used.

python-dotenv reads a backslash before the closing quote as an escape if another quote of that kind
follows anywhere in the file. So a value that ends with a backslash is written without quotes or, if
that is impossible, as the last one of the file.
"""

from __future__ import annotations

import re
from functools import partial

from .._api.dotenv import parse_dotenv
from .._api.secrets import config_values, without
from ..exceptions import AnclaError
from ..models import ConfigImportResult
from .argument import Given, UsageError
from .inputs import read_text
from .output import Exact, as_json
from .variables import call_config, secret_names, split_masked, variables_for_programs

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from ..client import AnclaClient

_NAME = re.compile(r"""[^\s=#'"\ufeff]+""")
_PLAIN = re.compile(r"[A-Za-z0-9_./:@%+,=-]*")
_PLAIN_WITH_BACKSLASH = re.compile(r"""(?! )(?:[^\s#'"\x00-\x1f\x7f-\x9f]| )+""")
_ESCAPES = str.maketrans({"\\": "\\\\", '"': '\\"', "\n": "\\n", "\r": "\\r", "\t": "\\t"})


def import_config(client: AnclaClient, given: Given) -> object:
    text = read_text(given.file, "--file")
    options = {name: getattr(given, name) for name in ("overwrite", "secret", "buildtime")}
    if given.scope:
        result = _import_shared(client, given, _parse(text), options)
    else:
        if given.overwrite or given.dry_run:
            _parse(text)  # Raises UsageError for an invalid line.
        result = client.import_config(*given.app, variables=text, dry_run=given.dry_run, **options)
    created, changed, kept = map(len, (result.created, result.changed, result.skipped))
    done = f"{created} created, {changed} changed, {kept} kept"
    if given.dry_run:
        done = f"dry run: {created} to create, {changed} to change, {kept} to keep"
    done = f"{given.app}: {done}"
    if result.errors:
        faults = _faults(text, [fault.model_dump() for fault in result.errors])
        raise AnclaError(f"{done}, {len(result.errors)} failed: {faults}")
    given.say(done)
    return result


def _parse(text: str) -> dict[str, str]:
    values, failures = parse_dotenv(text)
    if failures:
        faults = _faults(text, failures)
        raise UsageError(f"cannot import the file given with --file: {faults}")
    if not values:
        raise UsageError("the file given with --file has no variables")
    return values


def _import_shared(
    client: AnclaClient, given: Given, values: dict[str, str], options: dict[str, bool]
) -> ConfigImportResult:
    """Sets shared variables one by one, as the client does with those of an app.

    `client.import_shared_config` works only for environments, overwrites, and has no dry run.
    """
    from .._api.config import ImportPlan

    existing = [variable.model_dump() for variable in call_config(client, given, "list")]
    plan = ImportPlan(values, existing, **options)
    if not given.dry_run:
        plan.carry_out(partial(call_config, client, given, "set"))
    return ConfigImportResult.model_validate(plan.as_response())


def _faults(text: str, failures: list[dict[str, str]]) -> str:
    """Returns what is wrong with the variables of the file, without their values."""
    faults = "; ".join(f"{failure['name']}: {failure['error']}" for failure in failures)
    return without(config_values({"raw": text}), faults)


def export_config(client: AnclaClient, given: Given) -> Exact:
    if given.json and given.format not in (None, "json"):
        raise UsageError(f"--json cannot be combined with --format {given.format}")
    if given.resolved and given.scope:
        raise UsageError("--resolved cannot be combined with --scope")
    variables = variables_for_programs(client, given)
    values, masked = split_masked(variables)
    known = set()
    if not given.show_secrets and given.resolved:
        known = secret_names(client, given.app)
    elif not given.show_secrets:
        known = {variable.name for variable in variables if variable.secret}
    secret = [name for name in values if name in known]
    for name in secret:
        del values[name]
    kind = "json" if given.json else given.format or "env"
    text = {"env": format_dotenv, "docker": format_docker, "json": as_json}[kind](values)
    if masked:
        given.say(f"omitted, since the server masks their values: {', '.join(masked)}")
    if secret:
        reason = "they are secret, and --show-secrets is not given"
        given.say(f"omitted, since {reason}: {', '.join(secret)}")
    return Exact(text)


def format_dotenv(values: Mapping[str, str]) -> str:
    """Returns the text of a .env file. Raises AnclaError for a variable it cannot represent."""
    _check_text(values)
    lines: list[str] = []
    last: list[str] = []
    for name, value in values.items():
        if not _NAME.fullmatch(name):
            raise _not_writable([name], "is not a valid name in a .env file")
        quoted = _quoted(value)
        (last if quoted.endswith('\\"') else lines).append(f"{name}={quoted}\n")
    if len(last) > 1:
        names = [line.partition("=")[0] for line in last]
        raise _not_writable(
            names, "end in a backslash, and a .env file can hold only one such value"
        )
    return "".join(lines + last)


def format_docker(values: Mapping[str, str]) -> str:
    """Returns the text for `docker run --env-file`: one variable per line, without quotes."""
    _check_text(values)
    for name, value in values.items():
        if not _NAME.fullmatch(name):
            raise _not_writable([name], "is not a valid name in a file for docker")
        if "\n" in value or "\r" in value:
            raise _not_writable([name], "has a line break in its value, which docker cannot read")
    return "".join(f"{name}={value}\n" for name, value in values.items())


def _quoted(value: str) -> str:
    if _PLAIN.fullmatch(value):
        return value
    if value.endswith("\\") and _PLAIN_WITH_BACKSLASH.fullmatch(value):
        return value
    # Prefer single quotes: no shell or tool expands their content.
    if not re.search(r"['\\]", value) and value.replace("\n", "").replace("\t", "").isprintable():
        return f"'{value}'"
    return f'"{value.translate(_ESCAPES)}"'


def _check_text(values: Mapping[str, str]) -> None:
    for name, value in values.items():
        try:
            (name + value).encode()
        except UnicodeEncodeError:
            raise _not_writable([name], "is not valid Unicode text") from None


def _not_writable(names: list[str], reason: str) -> AnclaError:
    return AnclaError(f"nothing was written: {', '.join(names)} {reason}; use --format json")
