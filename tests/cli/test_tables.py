"""Tables line up, whatever is in them."""

from __future__ import annotations

import io

import pytest

from ancla._cli.tables import format_table

TABLES: dict[str, tuple[tuple[str, ...], list[tuple[object, ...]], str]] = {
    "as wide as the widest cell": (
        ("NAME", "SLUG"),
        [("My Org", "my-org"), ("X", "a-long-slug")],
        "NAME    SLUG\nMy Org  my-org\nX       a-long-slug",
    ),
    "numbers to the right": (
        ("APP", "COUNT"),
        [("a", 5), ("b", 1000), ("c", None)],
        "APP  COUNT\na        5\nb     1000\nc        -",
    ),
    "not only numbers": (("N", "X"), [(1, ""), ("many", "")], "N     X\n1\nmany"),
    "no spaces at the end": (("A", "B"), [("long", ""), ("", "")], "A     B\nlong\n"),
    "no rows": (("A", "BB"), [], "A  BB"),
}


@pytest.mark.parametrize("table", TABLES)
def test_columns_line_up(table: str) -> None:
    headers, rows, text = TABLES[table]
    assert format_table(headers, iter(rows)) == text


@pytest.mark.parametrize(
    ("value", "shown"), [(None, "-"), (True, "yes"), (False, "no"), (1.5, "1.5"), ("", "")]
)
def test_values_are_shown_for_people(value: object, shown: str) -> None:
    assert format_table(("", "V"), [("x", value)]).splitlines()[1].split() == ["x", *shown.split()]


@pytest.mark.parametrize(
    ("text", "padded"),
    [
        ("日本", "日本  |"),
        ("ＡＢ", "ＡＢ  |"),  # noqa: RUF001  # full-width letters, two columns each
        ("e\N{COMBINING ACUTE ACCENT}t", "e\N{COMBINING ACUTE ACCENT}t    |"),
        ("été", "été   |"),
    ],
)
def test_wide_and_combining_characters_take_their_columns(text: str, padded: str) -> None:
    assert format_table(("", ""), [(text, "|"), ("1234", "|")]).splitlines()[1] == padded


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a\x1b[2Jb", "ab"),
        ("a\x1b]0;b", "a�]0;b"),
        ("a\nb\tc\r", "a b c"),
        ("a\x7f\x9b", "a��"),
        ("\N{RIGHT-TO-LEFT OVERRIDE}x", "�x"),
    ],
)
def test_no_value_moves_the_cursor(text: str, shown: str) -> None:
    assert format_table(("V",), [(text,)]) == f"V\n{shown}"
    assert format_table((text,), []) == shown


def test_a_row_of_another_length_is_an_error() -> None:
    with pytest.raises(ValueError, match="zip"):
        format_table(("A", "B"), [("only one",)])


def test_the_widest_columns_are_cut_to_the_width_that_there_is() -> None:
    rows = [("x" * 36, "日本" * 30, "1"), ("y", "short", "22")]
    lines = format_table(("ID", "NAME", "N"), rows, 60).splitlines()

    assert lines == [
        f"{'ID':36}  {'NAME':18}  N",
        f"{'x' * 36}  {'日本' * 3}日...   1",
        f"{'y':36}  {'short':18}  22",
    ]


def test_ids_are_not_cut_and_no_column_gets_narrower_than_can_be_read() -> None:
    line = format_table(("USER ID", "NAME"), [("x" * 36, "a longer name")], 20).splitlines()[1]

    assert line == f"{'x' * 36}  a lon..."


@pytest.mark.parametrize("width", [None, 100])
def test_one_long_cell_does_not_make_every_row_as_long(width: int | None) -> None:
    long_id = "x" * 100_000
    rows = [(long_id, "first", 1), *[("y", "second", 22)] * 1000]
    lines = format_table(("ID", "NAME", "N"), rows, width).splitlines()

    assert lines[1] == f"{long_id}  first    1"
    assert set(lines[2:]) == {f"{'y':200}  second  22"}


def test_no_cell_is_cut_without_a_width() -> None:
    rows = [("x" * length, "y" * length) for length in (1, 199, 200, 201, 5000)]
    lines = format_table(("A", "B"), rows).splitlines()

    assert [line.split() for line in lines[1:]] == [list(row) for row in rows]


def test_what_the_output_cannot_encode_takes_the_columns_that_it_is_shown_in(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("sys.stdout", io.TextIOWrapper(io.BytesIO(), "ascii", "backslashreplace"))
    lines = format_table(("NAME", "SLUG"), [("Grüße", "x"), ("Short", "y")]).splitlines()

    assert lines[1:] == [r"Gr\xfc\xdfe  x", "Short        y"]
