"""`config import`: the variables of a .env file become an app's.

By default the client's own import is used, which leaves existing variables alone. --overwrite and
--dry-run compare the file with what exists first, so they refuse a file with a line that is none.
"""

from __future__ import annotations

from ..exceptions import AnclaError, ValidationError
from .argument import UsageError
from .input_files import read_text
from .messages import say
from .variables import is_masked

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..client import AnclaClient
    from ..models import ConfigVar
    from .argument import Given

    Outcome = dict[str, list[str]]


def import_config(client: AnclaClient, given: Given) -> object:
    text = read_text(given.file, "--file")
    if given.overwrite or given.dry_run:
        return _compare_and_import(client, given, text)
    result = client.import_config(
        *given.app, variables=text, secret=given.secret, buildtime=given.buildtime
    )
    done = f"{len(result.created)} created"
    if result.skipped:
        done += f", {len(result.skipped)} kept (they exist already)"
    if result.errors:
        faults = "; ".join(f"{fault.name}: {fault.error}" for fault in result.errors)
        raise AnclaError(f"{done}, {len(result.errors)} failed: {_without_values(text, faults)}")
    if not given.quiet:
        say(done)
    return result


def _compare_and_import(client: AnclaClient, given: Given, text: str) -> Outcome:
    values = _parse(text)
    existing = {variable.name: variable for variable in client.list_config(*given.app)}
    plan = _plan(given, values, existing)
    if not given.dry_run:
        _carry_out(client, given, values, plan, text)
    if not given.quiet:
        would = "would be " if given.dry_run else ""
        words = {"created": "created", "changed": "changed", "skipped": "kept"}
        say(would + ", ".join(f"{len(plan[field])} {word}" for field, word in words.items()))
    return plan


def _parse(text: str) -> dict[str, str]:
    from .._api.dotenv import parse_dotenv

    values, failures = parse_dotenv(text)
    if failures:
        faults = "; ".join(f"{failure['name']}: {failure['error']}" for failure in failures)
        raise UsageError(f"cannot import the file of --file: {_without_values(text, faults)}")
    if not values:
        raise UsageError("the file of --file has no variables")
    return values


def _plan(given: Given, values: dict[str, str], existing: dict[str, ConfigVar]) -> Outcome:
    """What becomes of each variable of the file."""
    plan: Outcome = {"created": [], "changed": [], "skipped": []}
    for name, value in values.items():
        variable = existing.get(name)
        if variable is None:
            plan["created"].append(name)
        elif given.overwrite and not _is_the_same(variable, value, given):
            plan["changed"].append(name)
        else:
            plan["skipped"].append(name)
    return plan


def _is_the_same(variable: ConfigVar, value: str, given: Given) -> bool:
    """Whether setting the variable would change nothing. A masked value is never known to be."""
    if is_masked(variable) or variable.value != value:
        return False
    lacks_mark = (given.secret and not variable.secret) or (
        given.buildtime and not variable.buildtime
    )
    return not lacks_mark


def _carry_out(
    client: AnclaClient, given: Given, values: dict[str, str], plan: Outcome, text: str
) -> None:
    done: list[str] = []
    faults: list[str] = []
    for name in plan["created"] + plan["changed"]:
        try:
            client.set_config(
                *given.app,
                key=name,
                value=values[name],
                secret=given.secret or None,
                buildtime=given.buildtime or None,
            )
            done.append(name)
        except ValidationError as error:
            faults.append(f"{name}: {error.detail or error}")
        except AnclaError as error:
            error.message += f" (at {name}; set before: {', '.join(done) or 'none'})"
            raise
    if faults:
        shown = _without_values(text, "; ".join(faults))
        raise AnclaError(f"{len(done)} set, {len(faults)} failed: {shown}")


def _without_values(text: str, message: str) -> str:
    from .._api.secrets import config_values, without

    return without(config_values({"raw": text}), message)
