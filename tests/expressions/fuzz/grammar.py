"""Random expressions: every construct of the language inside every other, over the fields of the made-up payloads."""

from __future__ import annotations

from collections.abc import Callable
from random import Random

NAMES = (
    "sku", "name", "price", "cost", "tags", "variants", "stock", "options", "size", "colour", "images", "src", "dims",
    "attributes", "care", "supplier", "categories", "path", "brand", "status", "lines", "qty", "tax_rate", "discount",
    "payments", "amount", "method", "customer", "phones", "number", "type", "shipping", "street", "totals", "meta",
    "key", "value", "coupon", "notes", "nothing",
)  # fmt: skip
LISTS = ("variants", "lines", "images", "payments", "categories", "meta", "tags", "customer.phones")
TEXTS = ('"a"', '"A-1"', '"red"', '""', '"sale"', '"12"', '"M"')
NUMBERS = ("0", "1", "2", "5", "10", "0.5", "1.1", "-1", "100")


class Grammar:
    """Writes one random expression at a time. `depth` bounds how far constructs nest."""

    def __init__(self, random: Random) -> None:
        self.random = random
        self.variables: list[str] = []

    def pick(self, *choices: str) -> str:
        return self.random.choice(choices)

    def any(self, depth: int) -> str:
        if depth <= 0:
            return self.random.choice((self.path(0), self.literal(), self.variable()))
        kinds: tuple[tuple[int, Callable[[int], str]], ...] = (
            (6, self.path), (2, self.operation), (2, self.comparison), (1, self.logic), (2, self.condition),
            (3, self.call), (2, self.higher), (2, self.array), (2, self.object), (2, self.block), (1, self.chain),
            (1, self.group), (1, self.text), (1, self.transform), (1, self.default),
        )  # fmt: skip
        weights = [weight for weight, _ in kinds]
        return self.random.choices([write for _, write in kinds], weights)[0](depth - 1)

    def literal(self) -> str:
        return self.random.choice((*TEXTS, *NUMBERS, "true", "false", "null"))

    def variable(self) -> str:
        return self.random.choice((*self.variables, "$", "$$", "$"))

    def name(self) -> str:
        return self.random.choice(NAMES)

    def path(self, depth: int) -> str:
        first = self.random.choice((*LISTS, self.name(), self.name(), "$", "$$"))
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
        ))()  # fmt: skip

    def filters(self, depth: int) -> str:
        chance = self.random.random()
        if chance < 0.65:
            return ""
        if chance < 0.75:
            return f"[{self.random.choice((0, -1, 1, 5))}]"
        if chance < 0.8:
            return "[]"
        if chance < 0.85:
            return f"^({self.pick('', '>', '<')}{self.name()})" if depth > 0 else "[0]"
        if chance < 0.88:
            return f"#$i[$i < {self.random.choice((1, 2))}]"
        return f"[{self.comparison(depth - 1) if self.random.random() < 0.8 else self.path(depth - 1)}]"

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
        return f"({self.any(depth)} ? {self.any(depth)} : {self.any(depth)})"

    def default(self, depth: int) -> str:
        return f"({self.any(depth)} {self.pick('??', '?:')} {self.any(depth)})"

    def text(self, depth: int) -> str:
        return f"({self.any(depth)} & {self.any(depth)})"

    def call(self, depth: int) -> str:
        name = self.pick(
            "string", "count", "sum", "max", "exists", "not", "boolean", "type", "keys", "distinct", "reverse",
            "uppercase", "length", "number", "round", "average", "spread", "merge", "sort", "abs", "trim",
        )  # fmt: skip
        if self.random.random() < 0.2:
            other = self.pick("append", "join", "zip", "contains", "split", "lookup", "substringBefore")
            return f"${other}({self.any(depth)}, {self.any(depth)})"
        return f"${name}({self.any(depth)})"

    def higher(self, depth: int) -> str:
        parameter = f"$p{len(self.variables)}"
        source = self.any(depth)
        self.variables.append(parameter)
        body = f"[{self.any(depth)}]" if depth > 0 else self.any(depth)  # a call there is not collapsed in JSONata
        self.variables.pop()
        name = self.pick("map", "filter", "map", "single", "each", "sift")
        return f"${name}({source}, function({parameter}) {{{body}}})"

    def array(self, depth: int) -> str:
        return f"[{', '.join(self.any(depth) for _ in range(self.random.choice((0, 1, 1, 2, 3))))}]"

    def object(self, depth: int) -> str:
        keys = self.random.sample(("a", "b", "c"), self.random.choice((1, 1, 2)))
        entries = ", ".join(f'"{key}": {self.any(depth)}' for key in keys)
        return f"{{{entries}}}"

    def group(self, depth: int) -> str:
        return f'{self.random.choice(LISTS)}{{"k" & $string({self.name()}): {self.any(depth)}}}'

    def block(self, depth: int) -> str:
        variable = f"$v{len(self.variables)}"
        value = self.any(depth)
        self.variables.append(variable)
        body = self.any(depth)
        self.variables.pop()
        return f"({variable} := {value}; {body})"

    def chain(self, depth: int) -> str:
        return f"({self.any(depth)} ~> {self.pick('$string', '$count', '$distinct', '$reverse', '$type')})"

    def transform(self, depth: int) -> str:
        return f'($ ~> |{self.random.choice(LISTS)}|{{"added": {self.any(depth)}}}|)'


def written(random: Random, count: int) -> list[str]:
    grammar = Grammar(random)
    return [grammar.any(random.choice((1, 2, 2, 3, 3, 4))) for _ in range(count)]
