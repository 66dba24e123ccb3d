"""`config import`: sets the variables of a .env file in an app, or as shared ones.

Without --scope, the client's `import_config` does the work. It skips and reports invalid lines.
With --overwrite, --dry-run or --scope, the file is checked first, and an invalid line is an error
before anything is sent: a missing quote may hide other variables.
"""

from __future__ import annotations

from ..exceptions import AnclaError, ValidationError
from .argument import UsageError
from .input_files import read_text
from .messages import say
from .variables import Variables, is_masked

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..client import AnclaClient
    from ..models import ConfigImportResult, ConfigVar
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
    if result.errors:
        faults = "; ".join(f"{fault.name}: {fault.error}" for fault in result.errors)
        raise AnclaError(f"{done}, {len(result.errors)} failed: {_without_values(text, faults)}")
    if not given.quiet:
        say(done)
    return result


def _parse(text: str) -> dict[str, str]:
    from .._api.dotenv import parse_dotenv

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
    from ..models import ConfigImportResult

    existing = {variable.name: variable for variable in variables.all()}
    created: list[str] = []
    changed: list[str] = []
    skipped: list[str] = []
    failures: list[dict[str, str]] = []
    for name, value in values.items():
        variable = existing.get(name)
        if variable and not (given.overwrite and _differs(variable, value, given)):
            skipped.append(name)
            continue
        if not given.dry_run and not _set(
            variables, name, value, given, failures, created + changed
        ):
            continue
        (changed if variable else created).append(name)
    fields = {"created": created, "changed": changed, "skipped": skipped, "errors": failures}
    return ConfigImportResult.model_validate(fields)


def _differs(variable: ConfigVar, value: str, given: Given) -> bool:
    """Returns whether setting the variable may change it. A masked value may differ."""
    if is_masked(variable) or variable.value != value:
        return True
    return (given.secret and not variable.secret) or (given.buildtime and not variable.buildtime)


def _set(
    variables: Variables,
    name: str,
    value: str,
    given: Given,
    failures: list[dict[str, str]],
    done: list[str],
) -> bool:
    """Sets a variable. If the server rejects it, adds the fault to `failures` and returns False."""
    try:
        variables.set(name, value, given.secret or None, given.buildtime or None)
    except ValidationError as error:
        failures.append({"name": name, "error": error.detail or str(error)})
        return False
    except AnclaError as error:
        error.message += f" (failed at {name!r}; already set: {', '.join(done) or 'none'})"
        raise
    return True


def _without_values(text: str, message: str) -> str:
    from .._api.secrets import config_values, without

    return without(config_values({"raw": text}), message)
