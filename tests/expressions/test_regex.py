"""JavaScript's regular expressions on RE2."""

from __future__ import annotations

import re
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.errors import ExpressionError
from engine.expressions.compile import compile_expression
from engine.expressions.functions.regex import Regex

PATTERNS = ("a", "a+", "[ab]+", "(a)(b)?", "b|ab", "^a", "b$", "[^a]", "a{2}", "(?:ab)+", "a.b", r"\d+", r"\w+", r"\bb")


@given(st.sampled_from(PATTERNS), st.text("ab1 é\n", max_size=12))
def test_same_matches_as_python(pattern: str, text: str) -> None:
    wanted = [(found.start(), found.end(), list(found.groups())) for found in re.finditer(pattern, text, re.ASCII)]
    if pattern == "b$":  # Python's $ also stands before a line end at the end of the text
        wanted = [found for found in wanted if found[1] == len(text)]
    assert [(found.start, found.end, found.groups) for found in Regex(pattern).found(text)] == wanted


@pytest.mark.parametrize(
    ("source", "text", "matches"),
    [
        (r"\s", "\u00a0", True),
        (r"[\s]", "\u2003", True),
        (r"[^\S]", "\u2003", True),
        (r"\S", "\u00a0", False),
        (r"[\S]", "x", True),
        (".", "\u2028", False),
        ("[.]", "x", False),
        ("[^]", "\n", True),
        ("[]", "x", False),
        (r"\u0041", "A", True),
        (r"[\u0041-\u0043]", "B", True),
        (r"\/", "/", True),
        (r"[[]", "[", True),
        (r"\cA", "\x01", True),
        (r"[\b]", "\b", True),
        ("é", "É", False),
    ],
)
def test_javascripts_notation(source: str, text: str, matches: bool) -> None:
    assert Regex(source).search(text) is matches


def test_flags() -> None:
    assert Regex("é", "i").search("É")
    assert [found.start for found in Regex("^a", "m").found("a\na")] == [0, 2]


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("a(?=b)", "look-ahead"),
        ("a(?!b)", "look-ahead"),
        ("(?<=a)b", "look-behind"),
        ("(?<!a)b", "look-behind"),
        (r"(a)\1", "back-reference"),
        (r"(?<n>a)\k<n>", "back-reference"),
        ("(", "missing"),
        ("a{1001}", "repetition"),
    ],
)
def test_what_is_refused_says_why(source: str, said: str) -> None:
    with pytest.raises(ExpressionError) as raised:
        Regex(source)
    assert raised.value.code == "S0303"
    assert said in raised.value.message


def test_a_lone_surrogate_does_no_harm() -> None:
    assert [found.start for found in Regex("a").found("\ud800a")] == [1]


def test_the_pattern_that_hangs_other_engines() -> None:
    start = time.monotonic()
    assert compile_expression('$contains($pad("", 50000, "a") & "!", /^(a+)+$/)')() is False
    assert time.monotonic() - start < 5


def test_a_matcher_function_must_follow_the_protocol() -> None:
    with pytest.raises(ExpressionError) as raised:
        compile_expression('$match("abc", function($text) {"no"})')()
    assert raised.value.code == "T1010"
    matcher = 'function($text) { {"match": "-", "start": 1, "end": 2, "groups": []} }'
    assert compile_expression(f'$split("a-b", {matcher})')({}) == ["a", "b"]
