"""`config import`: sets the variables of a .env file in an app, or as shared ones.

Without --scope, the client's `import_config` does the work. It skips and reports invalid lines.
With --overwrite, --dry-run or --scope, the file is checked first, and an invalid line is an error
before anything is sent: a missing quote may hide other variables.
"""

from __future__ import annotations

from functools import partial

from .._api.dotenv import parse_dotenv
from .._api.secrets import config_values, without
from ..exceptions import AnclaError
from ..models import ConfigImportResult
from .argument import UsageError
from .inputs import read_text
from .variables import Variables

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..client import AnclaClient
    from .argument import Given


def import_config(client: AnclaClient, given: Given) -> object:
    text = read_text(given.file, "--file")
    options = {name: getattr(given, name) for name in ("overwrite", "secret", "buildtime")}
    if given.scope:
        result = _import_shared(Variables(client, given), _parse(text), given.dry_run, options)
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
    variables: Variables, values: dict[str, str], dry_run: bool, options: dict[str, bool]
) -> ConfigImportResult:
    """Sets shared variables one by one, as the client does with those of an app.

    `client.import_shared_config` works only for environments, overwrites, and has no dry run.
    """
    from .._api.config import ImportPlan

    existing = [variable.model_dump() for variable in variables.call("list")]
    plan = ImportPlan(values, existing, **options)
    if not dry_run:
        plan.carry_out(partial(variables.call, "set"))
    return ConfigImportResult.model_validate(plan.as_response())


def _faults(text: str, failures: list[dict[str, str]]) -> str:
    """Returns what is wrong with the variables of the file, without their values."""
    faults = "; ".join(f"{failure['name']}: {failure['error']}" for failure in failures)
    return without(config_values({"raw": text}), faults)
