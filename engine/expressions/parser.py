"""Text → syntax tree, by operator precedence. Reports every error it finds, then goes on at the next sensible place.

An operator's *power* says how tightly it holds what is on its left. `operand` reads what may stand at the beginning of
an expression, `PREFIX` and `INFIX` name the method for each operator. `assemble` builds paths out of what they read.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any, Final

from engine.errors import ExpressionError
from engine.expressions import assemble
from engine.expressions.ancestors import unresolved_parents
from engine.expressions.functions.regex import compile_pattern
from engine.expressions.lexer import Lexer, Token
from engine.expressions.messages import fault
from engine.expressions.signature import Signature
from engine.expressions.syntax import (
    Apply,
    Array,
    Binary,
    Bind,
    Block,
    Broken,
    Call,
    Chain,
    Condition,
    Constant,
    Default,
    Descendants,
    Lambda,
    Name,
    Negate,
    Node,
    Number,
    Object,
    Parent,
    Path,
    Placeholder,
    Range,
    Regex,
    Step,
    Term,
    Text,
    Transform,
    Variable,
    Wildcard,
)

POWER: Final[dict[str, int]] = {
    "(": 80, "[": 80, "@": 80, "#": 80, ".": 75, "{": 70, "*": 60, "/": 60, "%": 60, "+": 50, "-": 50, "&": 50,
    "=": 40, "!=": 40, "<": 40, "<=": 40, ">": 40, ">=": 40, "in": 40, "^": 40, "~>": 40, "?:": 40, "??": 40,
    "and": 30, "or": 25, "?": 20, ":=": 10,
}  # fmt: skip
NEGATION: Final = 70
CLOSERS: Final = frozenset((")", "]", "}", ",", ";", ":", "|"))
RUNS: Final = {  # operators that make one Chain with each other
    **dict.fromkeys("+-", frozenset("+-")), **dict.fromkeys("*/%", frozenset("*/%")),
    "&": frozenset("&"), "and": frozenset(("and",)), "or": frozenset(("or",)),
}  # fmt: skip
LONGEST_TREE: Final = 10  # operands that are parsed into a tree of Binary; more of them into a Chain
MAX_DEPTH: Final = 100  # expressions inside each other: what any walk over the tree can follow on Python's stack
MAX_TEXT: Final = 200_000  # characters
MAX_ERRORS: Final = 20


def parse(text: str) -> tuple[Node, list[ExpressionError]]:
    """The tree of a JSONata expression, and all errors in it, in the order in which JSONata would find them.

    With errors the tree has Broken nodes where the text made no sense; it is good for looking at, not for compiling.
    """
    errors: list[ExpressionError] = []
    if len(text) > MAX_TEXT:
        return Broken(end=len(text)), [_located(fault("L1002", (0, len(text))), text)]
    parser = Parser(text, errors)
    try:
        tree = parser.everything()
        found = errors + parser.late
        if not found:
            found = unresolved_parents(tree)
    except RecursionError:
        return Broken(end=len(text)), [_located(fault("L1002", (0, len(text))), text)]
    return tree, [_located(error, text) for error in found[:MAX_ERRORS]]


def _located(error: ExpressionError, text: str) -> ExpressionError:
    error.expression = text
    return error


class Parser:
    """One reading of one text. `errors` are about its form, `late` about what the form means."""

    def __init__(self, text: str, errors: list[ExpressionError]) -> None:
        self.errors = errors
        self.late: list[ExpressionError] = []
        self.lexer = Lexer(text, errors)
        self.token = self.lexer.next(operand=True)
        self.previous_end = 0
        self.depth = 0

    # -- tokens ------------------------------------------------------------------------------------------------------

    def advance(self, *, operand: bool = True) -> Token:
        """Take the current token; `operand` says whether an operand may follow it."""
        taken = self.token
        self.previous_end = taken.end
        self.token = self.lexer.next(operand=operand)
        return taken

    def report(self, code: str, token: Token, **details: Any) -> None:
        place = (token.start, max(token.end, token.start + 1))
        self.errors.append(fault(code, place, token=token.shown, **details))

    def expect(self, symbol: str, *, operand: bool = True) -> None:
        """Take this operator, or report that it is missing and go on at the next one that closes something."""
        if self.token.symbol != symbol:
            self.report("S0203" if self.token.kind == "end" else "S0202", self.token, value=symbol)
            self.recover()
            if self.token.symbol != symbol:
                return
        self.advance(operand=operand)

    def recover(self) -> None:
        """Skip to the next token that closes or separates."""
        depth = 0
        while self.token.kind != "end":
            symbol = self.token.symbol
            if depth == 0 and symbol in CLOSERS:
                return
            depth += (symbol in ("(", "[", "{")) - (symbol in (")", "]", "}"))
            self.advance()

    def separated(self, read: Callable[[], Any], close: str) -> list[Any]:
        """`read` one or more times, separated by commas, unless `close` comes at once."""
        found: list[Any] = []
        if self.token.symbol == close:
            return found
        while True:
            found.append(read())
            if self.token.symbol != ",":
                return found
            self.advance()

    # -- expressions -------------------------------------------------------------------------------------------------

    def everything(self) -> Node:
        tree = self.expression(0)
        while self.token.kind != "end":
            self.report("S0201", self.token)
            self.advance()
            self.recover()
            while self.token.symbol in CLOSERS:
                self.advance()
            if self.token.kind != "end":
                self.expression(0)
        return tree

    def expression(self, power: int, stop: str = "") -> Node:
        """What follows, up to an operator that holds no tighter than `power`, or to the operator `stop`.

        Raises RecursionError where it is nested too deeply.
        """
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise RecursionError
        left = self.operand()
        while power < POWER.get(self.token.symbol, 0) and self.token.symbol != stop:
            left = INFIX.get(self.token.symbol, Parser.binary)(self, left)
        self.depth -= 1
        return left

    def operand(self) -> Node:
        token = self.token
        start, end = token.start, token.end
        match token.kind:
            case "name":
                self.advance(operand=False)
                return _named(token.value, start, end)
            case "variable":
                self.advance(operand=False)
                return Variable(token.value, start=start, end=end)
            case "string":
                self.advance(operand=False)
                return Text(token.value, start=start, end=end)
            case "number":
                self.advance(operand=False)
                return Number(token.value, start=start, end=end)
            case "value":
                self.advance(operand=False)
                return Constant(token.value, start=start, end=end)
            case "regex":
                self.advance(operand=False)
                return self.regex(token)
            case "end":
                self.late.append(fault("S0207", (start, start + 1), token=token.shown))
                return Broken(start=start, end=end)
        if token.symbol in PREFIX:
            return PREFIX[token.symbol](self)
        self.report("S0211", token)
        if token.symbol not in CLOSERS:
            self.advance()
        return Broken(start=start, end=end)

    def regex(self, token: Token) -> Node:
        pattern, flags = token.value
        closed = not any(error.start == token.start for error in self.errors)
        try:
            compile_pattern(pattern if closed else "", flags)
        except ExpressionError as error:
            error.start, error.end = token.start, token.end
            self.late.append(error)
        return Regex(pattern, flags, start=token.start, end=token.end)

    def word(self) -> Node:
        """`and`, `or` and `in` are names where an operand must stand."""
        token = self.advance(operand=False)
        return _named(token.value, token.start, token.end)

    def sign(self, kind: type[Node]) -> Node:
        """`*`, `**` and `%` where an operand must stand."""
        token = self.advance(operand=False)
        return kind(start=token.start, end=token.end)

    def negation(self) -> Node:
        start = self.advance().start
        operand = self.expression(NEGATION)
        if isinstance(operand, Number):
            return replace(operand, value=-operand.value, start=start)
        return Negate(operand, start=start, end=self.previous_end)

    def block(self) -> Node:
        start = self.advance().start
        expressions = []
        while self.token.symbol != ")" and self.token.kind != "end":
            expressions.append(self.expression(0))
            if self.token.symbol != ";":
                break
            self.advance()
        self.expect(")", operand=False)
        return Block(tuple(expressions), start=start, end=self.previous_end)

    def array(self) -> Node:
        start = self.advance().start
        entries = self.separated(self.entry, "]")
        self.expect("]", operand=False)
        return Array(tuple(entries), start=start, end=self.previous_end)

    def entry(self) -> Node:
        first = self.expression(0)
        if self.token.symbol != "..":
            return first
        self.advance()
        last = self.expression(0)
        return Range(first, last, start=first.start, end=self.previous_end)

    def object(self) -> Object:
        start = self.advance().start
        pairs = self.separated(self.pair, "}")
        self.expect("}", operand=False)
        return Object(tuple(pairs), start=start, end=self.previous_end)

    def pair(self) -> tuple[Node, Node]:
        key = self.expression(0)
        self.expect(":")
        return key, self.expression(0)

    def transform(self) -> Node:
        start = self.advance().start
        pattern = self.expression(0)
        self.expect("|")
        update, deletion = self.expression(0), None
        if self.token.symbol == ",":
            self.advance()
            deletion = self.expression(0)
        self.expect("|", operand=False)
        return Transform(pattern, update, deletion, start=start, end=self.previous_end)

    # -- what follows a left side ------------------------------------------------------------------------------------

    def binary(self, left: Node) -> Node:
        """This operator with its operands, and those of its kind that follow."""
        run = RUNS.get(self.token.symbol, frozenset())
        operators: list[str] = []
        operands = [left]
        while not operators or self.token.symbol in run:
            operators.append(self.advance().symbol)
            operands.append(self.expression(POWER[operators[-1]]))
        if len(operands) > LONGEST_TREE:
            return Chain(tuple(operators), tuple(operands), start=left.start, end=self.previous_end)
        for operator, right in zip(operators, operands[1:], strict=True):
            left = Binary(operator, left, right, start=left.start, end=max(left.end, right.end))
        return replace(left, end=self.previous_end)

    def dot(self, left: Node) -> Node:
        further = []
        while self.token.symbol == ".":
            self.advance()
            further.append(self.expression(POWER["."]))
        return assemble.joined(left, further, self.late)

    def bracket(self, left: Node) -> Node:
        opening = self.advance()
        if self.token.symbol == "]":
            self.advance(operand=False)
            return assemble.kept(left, self.previous_end)
        predicate = self.expression(0)
        self.expect("]", operand=False)
        return assemble.filtered(left, predicate, (opening.start, self.previous_end), self.late)

    def grouping(self, left: Node) -> Node:
        return assemble.grouped(left, self.object(), self.late)

    def order(self, left: Node) -> Node:
        start = self.advance().start
        self.expect("(")
        terms = self.separated(self.term, ")")
        self.expect(")", operand=False)
        return assemble.ordered(left, tuple(terms), (start, self.previous_end))

    def term(self) -> Term:
        start, descending = self.token.start, self.token.symbol == ">"
        if self.token.symbol in ("<", ">"):
            self.advance()
        expression = self.expression(0)
        return Term(expression, descending, start=start, end=max(self.previous_end, expression.end))

    def focus(self, left: Node) -> Node:
        operator, name = self.binding()
        return assemble.focused(left, name, (operator.start, self.previous_end), self.late)

    def index(self, left: Node) -> Node:
        operator, name = self.binding()
        return assemble.indexed(left, name, (operator.start, self.previous_end))

    def binding(self) -> tuple[Token, str]:
        operator = self.advance()
        place = self.token
        right = self.expression(POWER[operator.symbol])
        if not isinstance(right, Variable):
            self.errors.append(fault("S0214", (place.start, place.end), token=operator.symbol))
            return operator, ""
        return operator, right.name

    def condition(self, left: Node) -> Node:
        branches, rest = [], left
        while self.token.symbol == "?":
            self.advance()
            branches.append((rest, self.expression(0)))
            if self.token.symbol != ":":
                return Condition(tuple(branches), None, start=left.start, end=self.previous_end)
            self.advance()
            rest = self.expression(0, stop="?")
        return Condition(tuple(branches), rest, start=left.start, end=self.previous_end)

    def default(self, left: Node) -> Node:
        operator, operands = self.token.symbol, [left]
        while self.token.symbol == operator:
            self.advance()
            operands.append(self.expression(0, stop=operator))
        return Default(operator, tuple(operands), start=left.start, end=self.previous_end)

    def assignment(self, left: Node) -> Node:
        if not isinstance(left, Variable):
            shown = Token("name", assemble.named(left), left.start, left.end)
            self.report("S0212", shown)
        self.advance()
        right = self.expression(POWER[":="] - 1)
        name = left.name if isinstance(left, Variable) else ""
        return Bind(name, right, start=left.start, end=self.previous_end)

    def apply(self, left: Node) -> Node:
        functions = []
        while self.token.symbol == "~>":
            self.advance()
            functions.append(self.expression(POWER["~>"]))
        return Apply(left, tuple(functions), start=left.start, end=self.previous_end)

    def call(self, left: Node) -> Node:
        self.advance()
        arguments = self.separated(self.argument, ")")
        self.expect(")", operand=False)
        if assemble.named(left) in ("function", "λ"):
            return self.definition(left, arguments)
        return Call(left, tuple(arguments), start=left.start, end=self.previous_end)

    def argument(self) -> Node:
        if self.token.symbol == "?":
            token = self.advance()
            return Placeholder(start=token.start, end=token.end)
        return self.expression(0)

    def definition(self, left: Node, parameters: list[Node]) -> Node:
        """What follows `function(…)`: perhaps a signature, and the body."""
        for number, parameter in enumerate(parameters, 1):
            if not isinstance(parameter, Variable):
                shown = Token("name", assemble.named(parameter) or "?", parameter.start, parameter.end)
                self.report("S0208", shown, value=number)
        signature = self.signature() if self.token.symbol == "<" else None
        self.expect("{")
        body = self.expression(0)
        self.expect("}", operand=False)
        names = tuple(parameter.name for parameter in parameters if isinstance(parameter, Variable))
        return Lambda(names, body, signature, start=left.start, end=self.previous_end)

    def signature(self) -> str:
        start = self.token.start
        text = self.lexer.signature(start)
        try:
            Signature(text)
        except ExpressionError as error:
            error.start, error.end = start, self.lexer.position
            self.errors.append(error)
        self.previous_end = self.lexer.position
        self.token = self.lexer.next(operand=True)
        return text


def _named(name: str, start: int, end: int) -> Path:
    return Path((Step(Name(name, start=start, end=end), start=start, end=end),), start=start, end=end)


PREFIX: Final[dict[str, Callable[[Parser], Node]]] = {
    "-": Parser.negation,
    "(": Parser.block,
    "[": Parser.array,
    "{": Parser.object,
    "|": Parser.transform,
    "*": lambda parser: parser.sign(Wildcard),
    "**": lambda parser: parser.sign(Descendants),
    "%": lambda parser: parser.sign(Parent),
    "and": Parser.word,
    "or": Parser.word,
    "in": Parser.word,
}
INFIX: Final[dict[str, Callable[[Parser, Node], Node]]] = {
    ".": Parser.dot,
    "[": Parser.bracket,
    "{": Parser.grouping,
    "^": Parser.order,
    "@": Parser.focus,
    "#": Parser.index,
    "?": Parser.condition,
    "?:": Parser.default,
    "??": Parser.default,
    ":=": Parser.assignment,
    "~>": Parser.apply,
    "(": Parser.call,
}
