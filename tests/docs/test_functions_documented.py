"""docs/expressions.md describes every function as the registry does. `python -m tests.docs.test_functions_documented`
writes that part anew."""

from __future__ import annotations

import json
import re

from engine.expressions.builtins import BUILTINS
from engine.expressions.functions.function import Example, Function
from engine.expressions.values import UNDEFINED
from tests.presence import ROOT

PAGE = ROOT / "docs" / "expressions.md"
HEADING = "## Functions\n"
TITLES = {
    "text": "Text",
    "numbers": "Numbers",
    "money": "Money",
    "units": "Units",
    "codes": "Article numbers",
    "dates": "Dates and times",
    "lists": "Lists",
    "objects": "Objects and tables",
    "higher-order": "Functions that take functions",
    "logic": "Logic",
    "encoding": "Encoding",
}


def shown(example: Example) -> str:
    result = (
        "nothing" if example.result is UNDEFINED else f"`{json.dumps(example.result, ensure_ascii=False, default=str)}`"
    )
    where = "" if example.data is UNDEFINED else f" over `{json.dumps(example.data, ensure_ascii=False)}`"
    return f"- `{example.expression}`{where} gives {result}"


def section(function: Function) -> str:
    mark = " · CODI" if function.extension else ""
    head = f"#### ${function.name}({function.arguments}){mark}\n{function.doc}\n"
    examples = "\n".join(map(shown, function.examples))
    return f"{head}\n{examples}\n" if examples else head


def reference() -> str:
    assert {function.category for function in BUILTINS.values()} <= TITLES.keys()
    parts = ["\nThose marked CODI are extensions; the others are JSONata's own. Arguments with ? may be left out.\n"]
    for category, title in TITLES.items():
        functions = [function for function in BUILTINS.values() if function.category == category]
        functions.sort(key=lambda function: (function.extension, function.name.lower()))
        parts.append(f"\n### {title}\n")
        parts += [section(function) for function in functions]
    return "\n".join(parts)


def test_every_function_is_described() -> None:
    written = PAGE.read_text("utf-8").partition(HEADING)[2]
    assert written == reference(), "run: python -m tests.docs.test_functions_documented"


def test_every_function_says_what_it_does() -> None:
    for function in BUILTINS.values():
        assert function.doc.endswith("."), function.name
        assert re.fullmatch(r"[a-z][A-Za-z0-9]*", function.name)
        assert function.examples or not function.pure or function.clock or function.name in ("error", "assert"), (
            function.name
        )


if __name__ == "__main__":
    text = PAGE.read_text("utf-8")
    PAGE.write_text(text[: text.index(HEADING) + len(HEADING)] + reference(), "utf-8")
