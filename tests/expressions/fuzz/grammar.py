"""Random expressions: every construct of the language inside every other, over the fields of the made-up payloads."""

from __future__ import annotations

import re
from collections.abc import Callable
from random import Random

from tests.expressions.fuzz.calls import ONE, SEVERAL, pictures

NAMES = (
    "sku", "name", "price", "cost", "tags", "variants", "stock", "options", "size", "colour", "images", "src", "dims",
    "attributes", "care", "supplier", "categories", "path", "brand", "status", "lines", "qty", "tax_rate", "discount",
    "payments", "amount", "method", "customer", "phones", "number", "type", "shipping", "street", "totals", "meta",
    "key", "value", "coupon", "notes", "nothing",
)  # fmt: skip
LISTS = ("variants", "lines", "images", "payments", "categories", "meta", "tags", "customer.phones")
FEW = ("a", "b", "c", "d")  # the names of payloads.mixed, so that paths lead somewhere
FEW_LISTS = ("a", "b", "a.b", "c", "c.a")
TEXTS = ('"a"', '"A-1"', '"red"', '""', '"sale"', '"12"', '"M"')
NUMBERS = ("0", "1", "2", "5", "10", "0.5", "1.1", "-1", "100")


class Grammar:
    """Writes one random expression at a time. `depth` bounds how far constructs nest."""

    def __init__(self, random: Random, names: tuple[str, ...] = NAMES, lists: tuple[str, ...] = LISTS) -> None:
        self.random = random
        self.names = names
        self.lists = lists
        self.variables: list[str] = []
        self.functions: list[str] = []

    def pick(self, *choices: str) -> str:
        return self.random.choice(choices)

    def any(self, depth: int) -> str:
        if depth <= 0:
            return self.random.choice((self.path(0), self.literal(), self.variable()))
        kinds: tuple[tuple[int, Callable[[int], str]], ...] = (
            (6, self.path), (2, self.operation), (2, self.comparison), (1, self.logic), (2, self.condition),
            (3, self.call), (2, self.higher), (2, self.array), (2, self.object), (2, self.block), (1, self.chain),
            (1, self.group), (1, self.text), (1, self.transform), (1, self.default), (1, self.stream), (1, self.run),
            (1, self.function), (1, self.sorted),
        )  # fmt: skip
        weights = [weight for weight, _ in kinds]
        return self.random.choices([write for _, write in kinds], weights)[0](depth - 1)

    def literal(self) -> str:
        return self.random.choice((*TEXTS, *NUMBERS, "true", "false", "null"))

    def variable(self) -> str:
        return self.random.choice((*self.variables, "$", "$$", "$"))

    def name(self) -> str:
        return self.random.choice(self.names)

    # -- paths -------------------------------------------------------------------------------------------------------

    def path(self, depth: int) -> str:
        first = self.random.choice((*self.lists, self.name(), self.name(), "$", "$$", self.variable()))
        if depth > 0 and self.random.random() < 0.06:
            first = self.random.choice((f"({self.any(depth - 1)})", self.array(depth - 1), "**", "*"))
        steps = [first, *(self.step(depth) for _ in range(self.random.choice((0, 1, 1, 2, 3))))]
        return ".".join(step + self.filters(depth) for step in steps)

    def step(self, depth: int) -> str:
        if depth <= 0 or self.random.random() < 0.7:
            return self.pick(self.name(), self.name(), self.name(), "*")
        return self.random.choice((
            lambda: f"({self.any(depth - 1)})",
            lambda: self.object(depth - 1),
            lambda: self.array(depth - 1),
            lambda: f"$string({self.name()})",
            lambda: "%",
            lambda: "%.%",
            lambda: "**",
            lambda: self.call(depth - 1),
        ))()  # fmt: skip

    def filters(self, depth: int) -> str:
        chance = self.random.random()
        if chance < 0.62:
            return ""
        if chance < 0.72:
            return f"[{self.random.choice((0, -1, 1, 5))}]"
        if chance < 0.74:
            return f"[{self.pick('[0, 1]', '[0..1]', '[-2..-1]', '1.7', '[1, 0, 1]', '-0.5')}]"
        if chance < 0.79:
            return "[]"
        if chance < 0.84:
            return self.order(depth)
        if chance < 0.87:
            return f"#$i[$i < {self.random.choice((1, 2))}]"
        if chance < 0.89:
            return f"[{self.random.choice((0, -1))}]" + self.filters(depth)
        return f"[{self.comparison(depth - 1) if self.random.random() < 0.8 else self.path(depth - 1)}]"

    def order(self, depth: int) -> str:
        if depth <= 0:
            return "[0]"
        terms = [self.pick("", ">", "<") + self.path(0) for _ in range(self.random.choice((1, 1, 2)))]
        return f"^({', '.join(terms)})"

    def stream(self, depth: int) -> str:
        """A path whose values are bound, numbered or asked for where they came from."""
        outer, inner = f"$p{len(self.variables)}", f"$q{len(self.variables)}"
        first, second = self.random.choice(self.lists), self.random.choice((self.random.choice(self.lists), "$"))
        self.variables.append(outer)
        condition = self.random.choice(("", f"[{self.comparison(0)}]", f"[{outer} = {self.path(0)}]"))
        last = self.random.choice((
            lambda: f"({self.any(depth - 1)})",
            lambda: f'{{"v": {outer}, "w": {self.any(depth - 1)}}}',
            lambda: f"[{outer}, {self.any(depth - 1)}]",
            lambda: f"({self.name()}.%.{self.name()})",
            lambda: "%",
        ))()  # fmt: skip
        self.variables.pop()
        return self.pick(
            f"{first}@{outer}.{last}",
            f"{first}@{outer}{condition}.{last}",
            f"{first}#{outer}.{last}",
            f"{first}#{outer}{condition}.{second}.{last}",
            f"{first}@{outer}#{inner}.{second}{condition}.{last}",
            f"{first}@{outer}.$$.{second}{condition}.{last}",
            f"{first}@{outer}.{second}@{inner}.[{outer}, {inner}]",
            f"{first}.{second}.(%.%.{self.name()})",
            f"{first}#{outer}{self.order(depth)}.{last}",
        )

    def group(self, depth: int) -> str:
        source = self.random.choice(self.lists) + self.filters(depth)
        key = self.pick(f'"k" & $string({self.name()})', f"$string({self.path(0)})", '"k"', self.name())
        value = self.any(depth)
        other = f', "other": {self.any(0)}' if self.random.random() < 0.2 else ""
        return f"{source}{{{key}: {value}{other}}}"

    # -- operators ---------------------------------------------------------------------------------------------------

    def operation(self, depth: int) -> str:
        return f"({self.any(depth)} {self.pick('+', '-', '*', '/', '%')} {self.any(depth)})"

    def comparison(self, depth: int) -> str:
        operator = self.pick("=", "!=", "<", "<=", ">", ">=", "in", "=", "=")
        return (
            f"{self.path(depth - 1)} {operator} {self.literal() if self.random.random() < 0.6 else self.any(depth - 1)}"
        )

    def logic(self, depth: int) -> str:
        return f"({self.any(depth)} {self.pick('and', 'or')} {self.any(depth)})"

    def condition(self, depth: int) -> str:
        if self.random.random() < 0.2:
            arms = " : ".join(f"{self.comparison(depth)} ? {self.any(depth)}" for _ in range(3))
            return f"({arms}{self.random.choice(('', f' : {self.literal()}'))})"
        return f"({self.any(depth)} ? {self.any(depth)} : {self.any(depth)})"

    def default(self, depth: int) -> str:
        return f"({self.any(depth)} {self.pick('??', '?:')} {self.any(depth)})"

    def text(self, depth: int) -> str:
        return f"({self.any(depth)} & {self.any(depth)})"

    def run(self, depth: int) -> str:
        """Many operands in a row."""
        operator = self.pick("and", "or", "&", "??", "?:")
        parts = [self.any(0) for _ in range(self.random.choice((3, 4, 12)))]
        return f"({f' {operator} '.join(parts)})"

    # -- functions ---------------------------------------------------------------------------------------------------

    def call(self, depth: int) -> str:
        if self.random.random() < 0.3:
            places = {"X": self.any(depth), "Y": self.any(depth - 1), "Z": self.any(0)}
            return re.sub(r"\b[XYZ]\b", lambda place: places[place[0]], self.random.choice(SEVERAL))
        if self.random.random() < 0.1:
            return pictures(self.random, self.any(0))
        return f"${self.random.choice(ONE)}({self.any(depth)})"

    def higher(self, depth: int) -> str:
        value, place = f"$p{len(self.variables)}", f"$q{len(self.variables)}"
        source = self.any(depth)
        self.variables += [value, place]
        body = f"[{self.any(depth)}]" if depth > 0 else self.any(depth)  # a call there is not collapsed in JSONata
        del self.variables[-2:]
        name = self.pick("map", "filter", "map", "single", "each", "sift", "reduce")
        parameters = self.random.choice((value, f"{value}, {place}")) if name != "reduce" else f"{value}, {place}"
        extra = f", {self.any(0)}" if name == "reduce" and self.random.random() < 0.4 else ""
        if name != "reduce" and self.random.random() < 0.15:
            return f"${name}({source}, ${self.pick('string', 'count', 'boolean', 'type', 'exists', 'number', 'sum')})"
        return f"${name}({source}, function({parameters}) {{{body}}}{extra})"

    def function(self, depth: int) -> str:
        """A lambda with a name, called in several ways."""
        name, parameter = f"$f{len(self.functions)}", f"$p{len(self.variables)}"
        self.variables.append(parameter)
        body = self.any(depth)
        self.variables.pop()
        self.functions.append(name)
        call = self.random.choice((
            lambda: f"{name}({self.any(depth)})",
            lambda: f"{self.random.choice(self.lists)}.{name}($)",
            lambda: f"[{self.any(depth)} ~> {name}, {name}({self.any(0)})]",
            lambda: f"$map({self.any(depth)}, {name})",
            lambda: f"({self.any(depth)} ~> {name} ~> {name})",
            lambda: f"{name}(?)({self.any(depth)})",
        ))()  # fmt: skip
        self.functions.pop()
        return f"({name} := function({parameter}) {{[{body}]}}; {call})"

    def sorted(self, depth: int) -> str:
        left, right = f"$l{len(self.variables)}", f"$r{len(self.variables)}"
        key = self.pick("", f".{self.name()}")
        return f"$sort({self.any(depth)}, function({left}, {right}) {{{left}{key} {self.pick('<', '>')} {right}{key}}})"

    def chain(self, depth: int) -> str:
        names = self.random.sample(("string", "count", "distinct", "reverse", "type", "keys", "spread", "merge"), 2)
        return f"({self.any(depth)} ~> ${names[0]}{self.pick('', f' ~> ${names[1]}', '()')})"

    # -- values ------------------------------------------------------------------------------------------------------

    def array(self, depth: int) -> str:
        if self.random.random() < 0.1:
            return f"[{self.pick('0', '1', '-1')}..{self.pick('2', '3', '0', self.path(0))}]"
        return f"[{', '.join(self.any(depth) for _ in range(self.random.choice((0, 1, 1, 2, 3))))}]"

    def object(self, depth: int) -> str:
        keys = self.random.sample(("a", "b", "c"), self.random.choice((1, 1, 2)))
        entries = ", ".join(f'"{key}": {self.any(depth)}' for key in keys)
        return f"{{{entries}}}"

    def block(self, depth: int) -> str:
        variable = f"$v{len(self.variables)}"
        value = self.any(depth)
        self.variables.append(variable)
        body = self.any(depth)
        self.variables.pop()
        return f"({variable} := {value}; {body})"

    def transform(self, depth: int) -> str:
        pattern = self.random.choice(self.lists) + self.filters(depth)
        deleted = self.random.choice(("", "", f', "{self.name()}"', f', ["{self.name()}", "{self.name()}"]'))
        return f'($ ~> |{pattern}|{{"added": {self.any(depth)}}}{deleted}|)'


def written(random: Random, count: int, *, few: bool = False) -> list[str]:
    """Expressions over the made-up payloads; with `few` over those of payloads.mixed."""
    grammar = Grammar(random, FEW, FEW_LISTS) if few else Grammar(random)
    return [grammar.any(random.choice((1, 2, 2, 3, 3, 4))) for _ in range(count)]
