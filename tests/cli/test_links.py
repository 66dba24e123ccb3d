"""`link` and `unlink` change the file of the platform's own command line, and nothing else."""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from ancla._cli.flat_yaml import line_of, parse_flat_yaml
from ancla.testing import FakeAncla
from tests.cli.command_line import Outcome, run

LINK = "workspace: acme\nproject: shop\nenv: production\nservice: web\n"
needs_root = pytest.mark.skipif(
    sys.platform == "win32" or os.geteuid() != 0, reason="only root can change owners"
)
needs_posix = pytest.mark.skipif(sys.platform == "win32", reason="needs permissions and links")


@pytest.fixture
def home(tmp_path: Path) -> Path:
    home = tmp_path / "home"
    home.mkdir()
    return home


@pytest.fixture
def folder(home: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = home / "web"
    folder.mkdir()
    monkeypatch.chdir(folder)
    return folder


@pytest.fixture
def fake(fake: FakeAncla) -> FakeAncla:
    fake.add_app("acme", "shop", "web", environment="staging")
    return fake


def in_shell(words: str, home: Path, fake: FakeAncla | None = None, **environ: str) -> Outcome:
    variable = "USERPROFILE" if os.name == "nt" else "HOME"
    return run(*words.split(), fake=fake, **{variable: str(home), **environ})


def config_file(folder: Path, text: str | None = None) -> Path:
    file = folder / ".ancla" / "config.yaml"
    if text is not None:
        file.parent.mkdir(exist_ok=True)
        file.write_bytes(text.encode())
    return file


@pytest.mark.parametrize(
    ("words", "variable", "environment"),
    [
        ("acme/shop/web", "", "production"),
        ("acme/shop/web", "staging", "staging"),
        ("acme/shop/staging/web", "production", "staging"),
        ("acme/shop/web --environment staging", "", "staging"),
    ],
)
def test_a_linked_folder_needs_no_app(
    words: str, variable: str, environment: str, home: Path, folder: Path, fake: FakeAncla
) -> None:
    linked = in_shell(f"link {words}", home, fake, ANCLA_ENV=variable)

    assert (linked.status, linked.err) == (0, f"{linked_to('web', environment)}.\n")
    assert len(fake.requests) == 1
    assert config_file(folder).read_text() == LINK.replace("production", environment)
    shown = in_shell("apps get --json", home, fake)
    assert shown.document["environment"] == environment
    assert in_shell("run -- exit-is-127", home, fake).status == 127

    unlinked = in_shell("unlink", home)
    assert (unlinked.status, unlinked.err) == (0, "Removed the link of the working directory.\n")
    assert not (folder / ".ancla").exists()
    assert in_shell("apps get", home, fake).status == 2


def linked_to(app: str, environment: str) -> str:
    return (
        f"Linked the working directory to the app {app} "
        f"in the environment {environment} of acme/shop"
    )


def test_the_name_of_an_environment_is_not_linked_as_an_app(
    home: Path, folder: Path, fake: FakeAncla
) -> None:
    outcome = in_shell("link acme/shop/staging", home, fake)
    assert (outcome.status, outcome.out, outcome.err.count("\n")) == (2, "", 1)
    assert "staging is an environment of acme/shop, not an app" in outcome.err
    assert "ORG/PROJECT/APP or ORG/PROJECT/ENV/APP" in outcome.err
    assert not config_file(folder).exists()

    fake.add_app("acme", "shop", "staging")
    assert in_shell("link acme/shop/staging", home, fake).err == (
        f"{linked_to('staging', 'production')}.\n"
    )


@pytest.mark.parametrize("words", ["acme/shop/api", "acme/shop/production/staging"])
def test_an_app_that_is_missing_is_linked_and_told(
    words: str, home: Path, folder: Path, fake: FakeAncla
) -> None:
    outcome = in_shell(f"link {words}", home, fake)
    told = linked_to(words.rpartition("/")[2], "production")

    assert (outcome.status, outcome.err) == (0, f"{told}; the server has no such app.\n")
    assert config_file(folder).exists()


@pytest.mark.parametrize("reason", ["no API key", "connect", "401", "503"])
def test_a_link_that_cannot_be_checked_is_written(
    reason: str, home: Path, folder: Path, fake: FakeAncla
) -> None:
    environ = {"no API key": {"ANCLA_API_KEY": ""}, "401": {"ANCLA_API_KEY": "other"}}.get(reason)
    if reason == "503":
        fake.fail_next(503, times=2)
    if reason == "connect":
        environ = {"ANCLA_SERVER": "http://127.0.0.1:1"}
    outcome = in_shell("link acme/shop/web", home, fake, **environ or {})

    assert (outcome.status, outcome.err.count("\n")) == (0, 1)
    assert outcome.err.startswith(f"{linked_to('web', 'production')} (not checked: ")
    assert reason in outcome.err
    assert len(fake.requests) == (reason in ("401", "503"))
    assert config_file(folder).read_text() == LINK


ME, SOMEBODY, OWNER = 41001, 41002, 41003


@pytest.fixture
def public_folder() -> Iterator[Path]:
    """A folder that every user can enter. Those of pytest are for its own user."""
    with tempfile.TemporaryDirectory() as name:
        Path(name).chmod(0o755)
        yield Path(name)


@needs_root
@pytest.mark.parametrize(
    ("user", "working_directory", "link_folder", "link_file", "sudo_uid", "is_used"),
    [
        # The user's own, and root's.
        (ME, ME, ME, ME, "", True),
        (ME, ME, 0, 0, "", True),
        (0, 0, 0, 0, "", True),
        # Of somebody in a folder above, such as /tmp.
        (ME, ME, SOMEBODY, SOMEBODY, "", False),
        (0, 0, SOMEBODY, SOMEBODY, "", False),
        (ME, ME, ME, SOMEBODY, "", False),
        (ME, ME, SOMEBODY, ME, "", False),
        (ME, 0, SOMEBODY, SOMEBODY, "", False),
        # A checkout that is mounted into a container.
        (0, OWNER, OWNER, OWNER, "", True),
        (ME, OWNER, OWNER, OWNER, "", True),
        (ME, OWNER, OWNER, 0, "", True),
        (ME, OWNER, SOMEBODY, OWNER, "", False),
        # sudo
        (0, 0, ME, ME, str(ME), True),
        (0, 0, SOMEBODY, SOMEBODY, str(ME), False),
        (0, 0, SOMEBODY, SOMEBODY, "junk", False),
    ],
)
def test_a_link_of_another_user_is_refused(
    user: int,
    working_directory: int,
    link_folder: int,
    link_file: int,
    sudo_uid: str,
    is_used: bool,
    public_folder: Path,
    fake: FakeAncla,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    file = config_file(public_folder, LINK)
    below = public_folder / "below"
    below.mkdir()
    monkeypatch.chdir(below)
    words = "config set STRIPE_KEY=s3cret"
    # Let Python import all that this needs as root, who can read it.
    assert in_shell(words, below, fake).status == 0
    fake.clear_requests()
    for path, owner in ((file, link_file), (file.parent, link_folder), (below, working_directory)):
        os.chown(path, owner, 0)
    os.seteuid(user)
    try:
        outcome = in_shell(words, below, fake, SUDO_UID=sudo_uid)
    finally:
        os.seteuid(0)

    if is_used:
        said = "Set STRIPE_KEY of acme/shop/production/web.\n"
        assert (outcome.status, outcome.err) == (0, said)
    else:
        assert (outcome.status, outcome.out) == (2, "")
        assert "belongs to another user, so the link in it is not used" in outcome.err
        assert "give ORG/PROJECT/APP (see " in outcome.err
        assert not fake.requests
        named = in_shell("apps get acme/shop/web --json", below, fake)
        assert named.status == 0, named.err


@needs_root
@pytest.mark.parametrize("kind", ["folder", "file"])
def test_a_symbolic_link_of_another_user_to_an_own_link_is_refused(
    kind: str, home: Path, folder: Path, fake: FakeAncla, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = config_file(home, LINK)
    link, goal = (folder / ".ancla", target.parent)
    if kind == "file":
        link.mkdir()
        link, goal = link / "config.yaml", target
    link.symlink_to(goal)
    for owner, status in ((0, 0), (SOMEBODY, 2)):
        os.chown(link, owner, 0, follow_symlinks=False)
        outcome = in_shell("apps get", home, fake)

        assert outcome.status == status, outcome.err
        assert ("belongs to another user" in outcome.err) == (status == 2)


def test_what_a_link_decides_is_named(home: Path, folder: Path, fake: FakeAncla) -> None:
    config_file(folder, LINK)
    app = "acme/shop/production/web"

    def said(words: str, stdin: str = "") -> str:
        outcome = run(*words.split(), fake=fake, stdin=stdin, HOME=str(home))
        assert outcome.status == 0, outcome.err
        return outcome.err

    assert said("config set A=1 B=2") == f"Set A of {app}.\nSet B of {app}.\n"
    assert said("config set A=1 --scope project") == "Set A of acme/shop.\n"
    assert said("config import -f -", "A=2\nC=3") == f"{app}: 1 created, 0 changed, 1 kept\n"
    assert said("config import -f - --dry-run", "D=4") == (
        f"{app}: dry run: 1 to create, 0 to change, 0 to keep\n"
    )
    assert said("apps scale web=2") == f"Scaled the app {app}.\n"
    assert said("apps update --branch main") == f"Changed the app {app}.\n"
    assert said("apps deploy").startswith(f"Started to deploy the app {app}; ")
    assert said("apps deploy --wait").startswith(f"Using the linked app {app}.\n")
    assert "linked" not in said("apps deploy acme/shop/web --wait")
    words = f"run -- {sys.executable} -c pass"
    assert said(words) == f"Using the linked app {app}.\n"
    assert said(f"{words} --quiet".replace("run", "run --quiet")) == ""


@pytest.mark.parametrize(
    ("words", "variable"),
    [
        ("acme/shop/web", "staging\r"),
        ("acme/shop/web", ".."),
        ("acme/shop/web", "stag\u200bing"),
        ("acme/shop/web", "\x85"),
        ("acme/shop/web", "s" * 70_000),
        ("acme/shop/we\u200bb", ""),
        ("ac\u2066me/shop/web", ""),
        ("acme/shop/web --environment stag\xading", ""),
    ],
    ids=ascii,
)
@pytest.mark.parametrize("text", [None, LINK], ids=ascii)
def test_a_link_that_no_command_could_use_is_not_written(
    text: str | None, words: str, variable: str, home: Path, folder: Path
) -> None:
    file = config_file(folder, text)
    outcome = in_shell(f"link {words}", home, ANCLA_ENV=variable)

    assert (outcome.status, outcome.out, outcome.err.count("\n")) == (2, "", 1)
    assert ("ANCLA_ENV" in outcome.err) == (0 < len(variable) < 100)
    assert file.exists() == (text is not None)
    assert text is None or file.read_text() == text
    assert (folder / ".ancla").exists() == (text is not None)
    unlinked = in_shell("unlink", home)
    assert unlinked.status == (0 if text == LINK else 1), unlinked.err


@pytest.mark.parametrize(
    ("key", "slug"),
    [("workspace", ".."), ("project", "a/b"), ("env", "'a\\b'"), ("service", "'  '")],
)
def test_a_slug_that_cannot_be_used_is_named_with_its_file(
    key: str, slug: str, home: Path, folder: Path, fake: FakeAncla
) -> None:
    old = {"workspace": "acme", "project": "shop", "env": "production", "service": "web"}
    file = config_file(folder, LINK.replace(old[key], slug))
    outcome = in_shell("apps get", home, fake)

    assert (outcome.status, outcome.out) == (2, "")
    assert f"{key} in {file}: should not be" in outcome.err
    assert not fake.requests
    assert in_shell("unlink", home).status == 0
    assert not file.parent.exists()


@needs_posix
def test_folder_and_file_have_the_permissions_of_the_platforms_own_tool(
    home: Path, folder: Path
) -> None:
    before = os.umask(0o002)
    try:
        assert in_shell("link acme/shop/web", home).status == 0
    finally:
        os.umask(before)

    assert (folder / ".ancla").stat().st_mode & 0o777 == 0o755
    assert config_file(folder).stat().st_mode & 0o777 == 0o644


@needs_posix
def test_a_file_that_only_its_owner_reads_stays_so(home: Path, folder: Path) -> None:
    file = config_file(folder, "api_key: hunter2\n")
    file.chmod(0o600)
    assert in_shell("link acme/shop/web", home).status == 0
    assert in_shell("unlink", home).status == 0

    assert file.read_text() == "api_key: hunter2\n"
    assert file.stat().st_mode & 0o777 == 0o600
    assert os.listdir(file.parent) == ["config.yaml"]


OTHERS = "# ours\nserver: https://ancla.example # there\n\nColour: 'blue'"


@pytest.mark.parametrize("end", ["", "\n", "\r\n"])
def test_other_keys_and_comments_stay(end: str, home: Path, folder: Path) -> None:
    file = config_file(folder, OTHERS + end)
    assert in_shell("link acme/shop/web", home).status == 0
    assert file.read_bytes().decode() == OTHERS + (end or "\n") + LINK

    assert in_shell("link acme/blog/staging/web", home).status == 0
    new_link = LINK.replace("shop", "blog").replace("production", "staging")
    assert file.read_bytes().decode() == OTHERS + (end or "\n") + new_link

    assert in_shell("unlink", home).status == 0
    assert file.read_bytes().decode() == OTHERS + (end or "\n")


def test_the_keys_of_an_older_link_go_with_it(home: Path, folder: Path) -> None:
    file = config_file(folder, "Org: old\nproject: old\napp: old\nemail: a@b.c\n")
    assert in_shell("link acme/shop/web", home).status == 0
    assert file.read_text() == f"email: a@b.c\n{LINK}"
    file.write_text("org: old\nproject: old\napp: old\n")
    assert in_shell("unlink", home).status == 0
    assert not file.parent.exists()


def test_a_folder_with_other_files_stays(home: Path, folder: Path) -> None:
    file = config_file(folder, LINK)
    (file.parent / "notes").write_text("")
    assert in_shell("unlink", home).status == 0

    assert os.listdir(file.parent) == ["notes"]


def test_without_a_link_there_is_nothing_to_remove(home: Path, folder: Path) -> None:
    config_file(home, LINK)  # of a folder above
    for text in (None, "server: x\n"):
        file = config_file(folder, text)
        outcome = in_shell("unlink", home)

        assert (outcome.status, outcome.out) == (1, "")
        assert "the working directory is not linked to an app" in outcome.err
        assert file.exists() == (text is not None)
    assert config_file(home).read_text() == LINK


@pytest.mark.parametrize("words", ["link acme/shop/web", "unlink"])
def test_the_file_of_the_login_is_never_touched(
    words: str, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(home)
    assert in_shell(words, home).status == 2
    assert not (home / ".ancla").exists()

    file = config_file(home, f"api_key: hunter2\n{LINK}")
    outcome = in_shell(words, home)
    assert (outcome.status, outcome.out) == (2, "")
    assert f"{file} holds the login" in outcome.err
    assert file.read_text() == f"api_key: hunter2\n{LINK}"


@needs_posix
@pytest.mark.parametrize("words", ["link acme/shop/web", "unlink"])
def test_the_login_is_not_touched_by_another_way_to_the_home(
    words: str, home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = config_file(home, f"api_key: hunter2\n{LINK}")
    (tmp_path / "other").symlink_to(home)
    monkeypatch.chdir(home)

    assert in_shell(words, tmp_path / "other").status == 2
    assert file.read_text() == f"api_key: hunter2\n{LINK}"


@needs_posix
@pytest.mark.parametrize("words", ["link acme/shop/web", "unlink"])
@pytest.mark.parametrize("kind", ["folder", "file", "pipe", "no folder"])
def test_symbolic_links_and_what_is_no_file_are_refused(
    kind: str, words: str, home: Path, folder: Path, tmp_path: Path
) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "config.yaml").write_text(LINK)
    if kind == "folder":
        (folder / ".ancla").symlink_to(elsewhere)
    elif kind == "file":
        config_file(folder, "").unlink()
        config_file(folder).symlink_to(elsewhere / "config.yaml")
    elif kind == "pipe":
        config_file(folder, "").unlink()
        os.mkfifo(config_file(folder))
    else:
        (folder / ".ancla").write_text("")
    outcome = in_shell(words, home)

    assert (outcome.status, outcome.out, outcome.err.count("\n")) == (2, "", 1)
    assert (elsewhere / "config.yaml").read_text() == LINK
    assert os.listdir(elsewhere) == ["config.yaml"]


DAMAGED = [
    "a:\n  b: hunter2\n",
    "project: x\nproject: hunter2\n",
    "\0",
    "- hunter2\n",
    LINK.replace("production", "'hunter2\r'"),
    LINK + "#" * 70_000,
]


@pytest.mark.parametrize("text", DAMAGED, ids=lambda text: ascii(text[:40]))
def test_a_damaged_file_is_refused_by_link_and_moved_aside_by_unlink(
    text: str, home: Path, folder: Path, fake: FakeAncla
) -> None:
    file = config_file(folder, text)
    for words in ("link acme/shop/web", "apps get"):
        outcome = in_shell(words, home, fake)
        assert (outcome.status, outcome.out) == (2, "")
        assert f"{file}" in outcome.err
        assert "hunter2" not in outcome.err
        assert file.read_bytes() == text.encode()

    unlinked = in_shell("unlink", home)
    aside = file.with_name("config.yaml.damaged")
    assert (unlinked.status, unlinked.out) == (0, "")
    assert f"renamed to {aside}" in unlinked.err
    assert "hunter2" not in unlinked.err
    assert aside.read_bytes() == text.encode()
    assert os.listdir(file.parent) == [aside.name]
    assert in_shell("link acme/shop/web", home).status == 0
    assert in_shell("apps get", home, fake).status == 0


def test_a_file_that_is_no_utf_8_text_is_moved_aside_by_unlink(home: Path, folder: Path) -> None:
    file = config_file(folder, "")
    file.write_bytes(b"env: \xff\n")
    assert in_shell("link acme/shop/web", home).status == 2
    assert in_shell("unlink", home).status == 0
    assert os.listdir(file.parent) == ["config.yaml.damaged"]


@needs_root
@pytest.mark.parametrize("text", [LINK, "- damaged"], ids=ascii)
def test_the_link_of_another_user_can_be_removed(text: str, home: Path, folder: Path) -> None:
    file = config_file(folder, text)
    for path in (file, file.parent):
        os.chown(path, SOMEBODY, 0)
    refused = in_shell("link acme/shop/web", home)
    assert (refused.status, file.read_text()) == (2, text)
    assert "belongs to another user" in refused.err

    assert in_shell("unlink", home).status == 0
    assert not file.exists()


@needs_posix
def test_the_login_is_not_ignored_by_another_way_to_the_home(
    home: Path, folder: Path, fake: FakeAncla, tmp_path: Path
) -> None:
    text = f"server: {fake.url}\napi_key: {fake.api_key}\n"
    config_file(home, text + LINK)
    other = tmp_path / "other"
    other.symlink_to(home)
    for spelling in (home, other, f"{home}/", f"{home}/web/.."):
        outcome = run("apps", "get", HOME=str(spelling))
        assert (outcome.status, outcome.err) == (0, ""), outcome.err
    # The file of a folder is ignored in any case.
    config_file(folder, text + LINK)
    assert "ignoring server and api_key" in in_shell("apps get", other).err


@needs_posix
def test_a_folder_that_cannot_be_written_is_told(home: Path, folder: Path) -> None:
    if not os.geteuid():
        pytest.skip("root may write everywhere")
    folder.chmod(0o500)
    outcome = in_shell("link acme/shop/web", home)
    folder.chmod(0o700)

    assert (outcome.status, outcome.err.count("\n")) == (2, 1)


def test_an_app_has_to_be_named_to_link_it(home: Path, folder: Path) -> None:
    config_file(folder, LINK)

    assert "required: ORG/PROJECT/APP" in in_shell("link", home).err
    assert in_shell("link acme/shop", home).status == 2
    assert in_shell("link acme/shop/production/web --environment staging", home).status == 2


@pytest.mark.parametrize(
    "value",
    [
        "web",
        "2web",
        "1e3",
        "true",
        "null",
        "it's",
        "-",
        "Web",
        "é",
    ],
)
def test_a_slug_is_written_as_yaml_reads_it_back(value: str) -> None:
    line = line_of("service", value)

    assert [entry.value for entry in parse_flat_yaml(line)] == [value]
    if not value.isascii() or not value[0].isalpha() or value in ("true", "null"):
        assert line.startswith("service: '")
