"""The command line, `python -m ancla`: a thin layer over the client.

How it works. `main` is the only entry point. `parser` finds the command in the table of `commands`,
and its arguments become a `Given`. This module makes the client, calls the command, prints its
result to standard output, and converts every outcome to an exit status. Messages and errors go to
standard error.
"""

from __future__ import annotations

import sys
import time
import warnings
from collections.abc import Generator, Sequence
from contextlib import contextmanager, nullcontext

from .. import exceptions
from .._api.progress import one_line, styled
from .._api.secrets import without
from .._http.attempts import log_lines
from .._http.tracebacks import hides_locals
from . import output
from .all_commands import SEE_STATUS
from .argument import KEY_SOURCES, PROGRAM, SCRIPT, Given, UsageError
from .exits import INTERRUPTED, REFUSED, fail, run_command
from .inputs import confirm, read_file
from .missing_parts import explain
from .parser import parse
from .programs import Program

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ssl import SSLContext
    from typing import Any

    from .._http.attempts import Attempt
    from ..client import AnclaClient
    from .command import Command
    from .config_files import ConfigFiles

DONE, WRONG_USAGE, FAILED, OUT_OF_TIME = 0, 2, 3, 4

_REQUEST_SECONDS = 30.0
_LOG_COMMANDS = {"Image": "images log", "Deployment": "deployments log"}


def script() -> int:
    """Runs the script `ancla-sdk`."""
    return main(program=SCRIPT)


@hides_locals
def main(words: Sequence[str] | None = None, program: str | None = None) -> int:
    """Runs a command and returns its exit status. `--help` lists the statuses.

    words:   the arguments after the program's name (default: those of the process)
    program: the program's name in help, errors and completion (default: `python -m` and the
             package's name)

    Prints an error as one line to standard error. Raises nothing, not even SystemExit; after Ctrl-C
    it returns 130. Uses the standard streams that `sys` has at the time of the call.
    """
    is_own_process = words is None
    typed = sys.argv[1:] if words is None else words
    return run_command(lambda: _parse_and_run(typed, program or PROGRAM, is_own_process))


def _parse_and_run(words: Sequence[str], program: str, is_own_process: bool) -> int:
    if words and words[0] == "__complete":
        from .offers import offers

        output.write("".join(f"{offer}\n" for offer in offers(words[1:])))
        return DONE
    try:
        command, given = parse(words, program)
    except UsageError as error:
        return fail(WRONG_USAGE, str(error))
    except SystemExit as leaving:  # After printing the help or the version.
        return int(leaving.code or DONE)
    return _run_parsed(command, given, words, is_own_process)


def _run_parsed(command: Command, given: Given, words: Sequence[str], is_own_process: bool) -> int:
    try:
        with _warnings_to_stderr():
            program = _run(command, given)
        return DONE if program is None else program.run(is_own_process)
    except KeyboardInterrupt:
        if not given.waits:
            raise
        status = INTERRUPTED
        reason = "interrupted; the build or deployment may still be running on the server"
    except exceptions.AnclaError as error:
        message = str(error).replace("pass api_key=... or set ANCLA_API_KEY", KEY_SOURCES)
        status, reason = _status_for(error), message + _hint(error, given)
    except (UsageError, ValueError) as error:
        message = str(error)
        if not isinstance(error, UsageError):
            message = _without_arguments(words, message)
        status, reason = WRONG_USAGE, f"{message} (see {given.prog} --help)"
    except RecursionError:
        status, reason = REFUSED, "the response is nested too deeply to be shown"
    return fail(status, reason)


def _without_arguments(words: Sequence[str], message: str) -> str:
    """Redacts the arguments in an error of the client: they may be values or keys."""
    values: list[object] = [word.partition("=")[2] for word in words]
    return without(values + [word for word in words if word[:2] != "--"], message)


def _run(command: Command, given: Given) -> Program | None:
    """Runs the command and shows its result. Returns the program to run next, or None."""
    question = f"Delete {command.deletes.format(given=given)}?"
    if command.deletes and not (given.yes or confirm(question)):
        raise exceptions.AnclaError("nothing was deleted")
    # No message after these commands names the app.
    if given.linked and (given.waits or command.after_dashes):
        given.say(f"Using the linked app {given.linked}.")
    context: Any = nullcontext() if command.is_local else _client(given)
    with context as client:
        try:
            result = command.call(client, given)
        except exceptions.NotFoundError as error:
            error.message += explain(client, given)
            raise
    if isinstance(result, Program):
        return result
    if getattr(result, "ok", True) is False:
        raise exceptions.AnclaError("the server returned ok=False: the request was not carried out")
    _show(command, given, result)
    return None


def _show(command: Command, given: Given, result: object) -> None:
    if isinstance(result, output.Exact):
        output.write(result)
        return
    data = output.plain(result)
    if not given.show_secrets:
        data = output.without_secrets(data)
    if given.json:
        output.write(output.as_json(data))
    elif result is not None:
        output.write(command.text_of(data, given))
    if command.done and (command.deletes or not given.waits):
        given.say(command.done.format(given=given, data=data))
    if given.restart and not given.waits:
        given.say(f"Started to deploy the variables of {given.app}.")


def _client(given: Given) -> AnclaClient:
    from ..client import AnclaClient

    timeout = _REQUEST_SECONDS if given.timeout is None else given.timeout
    if given.waits:
        timeout = min(timeout, _REQUEST_SECONDS)  # --timeout limits the whole wait.
    files: ConfigFiles = given.config_files
    key_from, server, server_from = "--api-key-file", given.server, "--server"
    if given.api_key_file is not None:
        key: str | None = read_file(given.api_key_file, key_from).strip()
    else:
        key, key_from = files.setting("api_key")
    if server is None:
        server, server_from = files.setting("server")
    if ignored := files.ignored_settings:
        given.say(f"ignoring {ignored}: a folder must not set the server or the API key")
    ssl_context = _ssl_context(given)
    try:
        return AnclaClient(
            key,
            server,
            timeout,
            environment=given.environment,
            routes=given.routes,
            proxy=given.proxy,
            ssl_context=ssl_context,
            on_attempt=_print_attempt if given.verbose else None,
        )
    except ValueError as error:
        reason = str(error).replace("api_key must", f"the key in {key_from} must")
        reason = reason.replace("server must", f"the server in {server_from} must")
        reason = reason.replace("environment must", "the environment in ANCLA_ENV must")
        raise ValueError(reason) from None


def _ssl_context(given: Given) -> SSLContext | None:
    if given.ca_file is None:
        return None
    from .._http.tls import TLS_ERRORS, default_context

    try:
        return default_context(given.ca_file)
    except TLS_ERRORS:
        reason: object = "it contains no PEM certificates"
    except (OSError, RuntimeError) as error:
        reason = getattr(error, "strerror", None) or error
    raise UsageError(f"cannot use the file given with --ca-file: {reason}")


def _status_for(error: exceptions.AnclaError) -> int:
    if isinstance(error, (exceptions.BuildFailedError, exceptions.DeploymentFailedError)):
        return FAILED
    return OUT_OF_TIME if isinstance(error, TimeoutError) else REFUSED


def _hint(error: exceptions.AnclaError, given: Given) -> str:
    """Returns the command that shows more about an error, or ""."""
    if isinstance(error, exceptions.WaitTimeoutError):
        return SEE_STATUS.format(given=given)
    model: Any = getattr(error, "model", None)
    command = _LOG_COMMANDS.get(type(model).__name__)
    if command is None or given.follow:
        return ""
    return f"; see {given.program} {command} {given.app} {model.id}"


@contextmanager
def _warnings_to_stderr() -> Generator[None]:
    """Prints each of the client's warnings as one line, without the code that raised it."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", UserWarning)
        try:
            yield
        finally:
            for warning in caught:
                word = styled("warning:", "yellow", sys.stderr)
                print(word, one_line(str(warning.message)), file=sys.stderr)


def _print_attempt(attempt: Attempt) -> None:
    now = time.strftime("%Y-%m-%d %H:%M:%S")
    for _, line in log_lines(attempt):
        print(now, one_line(line), file=sys.stderr, flush=True)
