"""What the text of a .env file means."""

from __future__ import annotations

import pytest

from ancla._api.dotenv import parse_dotenv


@pytest.mark.parametrize(
    ("text", "variables"),
    [
        ("", {}),
        ("\n  \n# A=1\n  # B=2", {}),
        ("\ufeffA=1\r\nB=2\r\n", {"A": "1", "B": "2"}),
        ("  export A = two words  ", {"A": "two words"}),
        ("A=1 # one\nB=a#b\nC= # none\nD=", {"A": "1", "B": "a#b", "C": "", "D": ""}),
        ("A='x # \\n y' # c\nB=''", {"A": "x # \\n y", "B": ""}),
        ('A="x\\n\\t\\"y\\" \\\\ \\$" #c\nB=""', {"A": 'x\n\t"y" \\ $', "B": ""}),
        ('KEY="-----BEGIN\nx=\n-----END"\nB=2', {"KEY": "-----BEGIN\nx=\n-----END", "B": "2"}),
        ("A='one\ntwo'\nB=2", {"A": "one\ntwo", "B": "2"}),
        ("A=b='c'\nA=2", {"A": "2"}),
        ("A=\u2028x\x0by", {"A": "\u2028x\x0by"}),
        # A lone CR ends a line, but in quotes it is a character of the value.
        ("A=1\rB=2 # two\r# C\rD='3'\r\rE=\r", {"A": "1", "B": "2", "D": "3", "E": ""}),
        ("A='x\ry' # c\rB=\"x\ry\"\rC=3", {"A": "x\ry", "B": "x\ry", "C": "3"}),
    ],
)
def test_a_text_gives_its_variables(text: str, variables: dict[str, str]) -> None:
    assert parse_dotenv(text) == (variables, [])


@pytest.mark.parametrize(
    ("line", "fault"),
    [
        ("no equals sign", "there is no '=' in it"),
        ("MY VAR=s3cret", "it is not of the form NAME=value"),
        ("=s3cret", "it is not of the form NAME=value"),
        ("B='it''s s3cret'", "it is not of the form NAME=value"),
        ('B="s3cret', "the quote is not closed"),
        ("export B = 's3cret", "the quote is not closed"),
    ],
)
def test_a_line_that_is_no_variable_is_named_by_its_number(line: str, fault: str) -> None:
    for line_end in ("\n", "\r\n", "\r"):
        text = f'A="1\n2"\n\n{line}\nC="3"'.replace("\n", line_end)
        values, errors = parse_dotenv(text)
        assert values.keys() == {"A", "C"}
        assert errors == [{"name": "line 4", "error": fault}]


@pytest.mark.parametrize(
    "text",
    ["A=x" + " " * 300_000 + "y", 'A="\n' * 50_000, "A= " + " #" * 100_000, 'A="\\' * 100_000],
)
def test_no_text_takes_long(text: str) -> None:
    parse_dotenv(text)
