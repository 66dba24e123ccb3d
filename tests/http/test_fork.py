"""Fork: a child process shares the client's memory and must not share its connections."""

from __future__ import annotations

import os
import ssl

import pytest

from tests.clients import plain_and_tls, run_script
from tests.once import one_in
from tests.servers import CERTIFICATES, ScriptedServer, echo_target, replies

FORKS = """
import faulthandler, os, ssl, sys, threading, traceback
from ancla import AnclaClient

url, ca, threads = sys.argv[1], sys.argv[2], int(sys.argv[3])
if sys.argv[4] == "same id":  # as in a PID namespace of its own, where the first process is 1
    os.getpid = lambda: 1
context = ssl.create_default_context(cafile=ca) if url.startswith("https:") else None
client = AnclaClient("key", url, 10.0, ssl_context=context, trust_env=False)
stop = threading.Event()
ready = threading.Semaphore(0)

def call(target):
    returned = client.request("GET", target)["target"]
    assert returned == "/api/v1" + target, returned

def keep_calling(number):
    call(f"/thread/{number}")
    ready.release()
    while not stop.is_set():
        call(f"/thread/{number}")

def child(number):
    faulthandler.dump_traceback_later(40, exit=True)  # shows where it hangs
    try:
        for _ in range(3):
            call(f"/child/{number}")
        client.close()
        os._exit(0)
    except BaseException:
        traceback.print_exc()
    finally:
        os._exit(1)

call("/parent")
busy = [threading.Thread(target=keep_calling, args=(number,)) for number in range(threads)]
try:
    for thread in busy:
        thread.start()
    # OpenSSL has a lock around each thread's first random number. A fork while it is held would
    # make the child wait for ever, also without this package.
    for thread in busy:
        assert ready.acquire(timeout=30)
    for number in range(10 if threads else 3):
        pid = os.fork()
        if pid == 0:
            child(number)
        status = os.waitpid(pid, 0)[1]
        assert status == 0, (number, status)
        call(f"/parent/{number}")
finally:
    stop.set()
for thread in busy:
    thread.join()
client.close()
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system does not fork")
@pytest.mark.parametrize(
    ("threads", "ids"), one_in(2, [(0, "own id"), (0, "same id"), (4, "own id")])
)
@plain_and_tls
def test_a_forked_child_has_connections_of_its_own(
    tls: ssl.SSLContext | None, threads: int, ids: str
) -> None:
    """Fault 28: even if a thread of the parent is in a call. The parent is not affected."""
    ca = str(CERTIFICATES / "ca.pem")
    with ScriptedServer(replies(echo_target), tls=tls) as server:
        script = FORKS
        if threads:  # Python 3.12 warns of what this test does on purpose
            script = f"import warnings\nwarnings.simplefilter('ignore')\n{script}"
        finished = run_script(script, server.url, ca, str(threads), ids)
        assert finished.returncode == 0, finished.stderr
        by_connection: dict[int, set[str]] = {}
        for request in server.requests:
            who = request.target.split("/")[3]
            number = request.target.split("/")[-1] if who == "child" else ""
            by_connection.setdefault(request.connection, set()).add(who + number)
    for users in by_connection.values():
        assert not any(user.startswith("child") for user in users) or len(users) == 1
    if not threads:
        assert server.connections == 4  # the parent's one, and one for each child
