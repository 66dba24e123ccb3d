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
    if given.scope:
        result = _import_shared(Variables(client, given), given, _parse(text))
    else:
        if given.overwrite or given.dry_run:
            _parse(text)  # Raises UsageError for an invalid line.
        result = client.import_config(
            *given.app,
            variables=text,
            secret=given.secret,
            buildtime=given.buildtime,
            overwrite=given.overwrite,
            dry_run=given.dry_run,
        )
    created, changed, kept = map(len, (result.created, result.changed, result.skipped))
    done = f"{created} created, {changed} changed, {kept} kept"
    if given.dry_run:
        done = f"dry run: {created} to create, {changed} to change, {kept} to keep"
    done = f"{given.app}: {done}"
    if result.errors:
        faults = "; ".join(f"{fault.name}: {fault.error}" for fault in result.errors)
        raise AnclaError(f"{done}, {len(result.errors)} failed: {_without_values(text, faults)}")
    given.say(done)
    return result


def _parse(text: str) -> dict[str, str]:
    values, failures = parse_dotenv(text)
    if failures:
        faults = "; ".join(f"{failure['name']}: {failure['error']}" for failure in failures)
        faults = _without_values(text, faults)
        raise UsageError(f"cannot import the file given with --file: {faults}")
    if not values:
        raise UsageError("the file given with --file has no variables")
    return values


def _import_shared(
    variables: Variables, given: Given, values: dict[str, str]
) -> ConfigImportResult:
    """Sets shared variables one by one, as the client does with those of an app.

    `client.import_shared_config` works only for environments, overwrites, and has no dry run.
    """
    from .._api.config import ImportPlan

    options = {name: getattr(given, name) for name in ("overwrite", "secret", "buildtime")}
    existing = [variable.model_dump() for variable in variables.call("list")]
    plan = ImportPlan(values, existing, **options)
    if not given.dry_run:
        plan.carry_out(partial(variables.call, "set"))
    return ConfigImportResult.model_validate(plan.as_response())


def _without_values(text: str, message: str) -> str:
    return without(config_values({"raw": text}), message)
