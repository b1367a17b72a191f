"""Calls of built-in functions for made-up expressions: odd arguments as well as sensible ones."""

from __future__ import annotations

from random import Random

ONE = (
    "string", "count", "sum", "max", "min", "exists", "not", "boolean", "type", "keys", "distinct", "reverse",
    "uppercase", "lowercase", "length", "number", "round", "average", "spread", "merge", "sort", "abs", "trim",
    "floor", "ceil", "base64encode", "encodeUrlComponent", "encodeUrl", "zip", "toMillis",
)  # fmt: skip
SEVERAL = (  # X and Y are any expressions, Z a small one
    "$append(X, Y)", "$join(X, Z)", "$join(X)", "$zip(X, Y)", "$zip(X, Y, Z)", "$contains(X, Z)", "$contains(X, /a|1/)",
    "$split(X, Z)", "$split(X, /[a-e-]/)", '$split(X, "", 2)', "$lookup(X, Z)", '$lookup(X, "a")',
    "$substringBefore(X, Z)", "$substringAfter(X, Z)", "$substring(X, Z)", "$substring(X, -2)", "$substring(X, 1, Z)",
    "$substring($string(X), 1.5, 2.5)", "$pad(X, 7)", '$pad($string(X), 5, "ab")', "$pad($string(X), -4, Z)",
    "$replace(X, Z, Y)", '$replace($string(X), /[a-c]/, "<$0>")', '$replace($string(X), "1", "$", 1)',
    "$replace($string(X), /(.)(.)/, function($m) {$m.groups[1] & $m.groups[0]})", "$match(X, /[a-z]/)",
    "$match($string(X), /(\\d)(\\d?)/, 2)", "$round(X, Z)", "$round(X, 1)", "$power(X, 2)", "$power(2, 0.5)",
    "$formatBase(X, 16)", "$formatBase(X, Z)", "$sqrt(X)", "$merge([X, Y])", "$sift(X)", "$distinct([X, Y])",
    "$append([X], [Y])", "$count([X, Y])", "$string(X, true)", "$formatNumber($number(Z), \"0.00\")", "$single(X)",
    "$each($, function($v, $k) {$k & $string($v)})", "$sift($, function($v, $k) {$k = \"a\" or $v = X})",
    "$spread(X)", "$merge($spread(X))", "$keys([X, Y])", "$reverse([X, Y])", "$max([X, Z])", "$sum([X, Z])",
    "$map([X], $string)", "$filter([X, Y], $boolean)", "$reduce([X, Y, Z], $append)", "$eval($string(X))",
    "$sort([X, Z])", "$type([X])", "$exists([X])", "$not(X = Y)", "$boolean([X, Y])", "$clone(X)",
)  # fmt: skip
NUMBER_PICTURES = (
    "0", "#,##0.00", "00.0##", "#.##e0", "0.0%", "0.00‰", "-0;(0)", "000", "0,0.0", "#", "x0y", "##0.0e00",
)  # fmt: skip
DATE_PICTURES = (
    "[Y]-[M01]-[D01]", "[D1o] [MNn] [Y]", "[FNn], [D] [MNn,3-3]", "[H01]:[m01]:[s01].[f001]", "[h]:[m01] [P]",
    "[d] [F0]", "[Y0001]-[M01]-[D01]T[H01]:[m01]:[s01][Z]", "[YI] [MI]", "[Dw] [YWw]", "[X0001]-W[W01]-[F1]",
    "[W] [w]", "[[x]] [E]", "[M,2-2]/[D,2-2]/[Y,2]",
)  # fmt: skip
INTEGER_PICTURES = ("0", "000", "#,##0", "w", "Ww", "W", "w;o", "1;o", "I", "i", "A", "a", "00;c")


def pictures(random: Random, value: str) -> str:
    """A call with a picture."""
    number = random.choice((value, "12345.678", "-3", "0", "0.5", "1999", "4", "1e21", "0.0005", "-1234567"))
    millis = random.choice((value, "0", "1700000000000", "-1", "951782400000", "253402300799999", "1.5"))
    whole = random.choice((f"$length($string({value}))", "12345", "-3", "0", "1999", "4", "-1234567", "77.5"))
    integer, date = random.choice(INTEGER_PICTURES), random.choice(DATE_PICTURES)
    return random.choice((
        f'$formatNumber({number}, "{random.choice(NUMBER_PICTURES)}")',
        f'$formatInteger({whole}, "{random.choice(INTEGER_PICTURES)}")',
        f'$parseInteger($formatInteger($abs({whole}), "{integer}"), "{integer}")',
        f'$fromMillis({millis}, "{random.choice(DATE_PICTURES)}")',
        f'$fromMillis({millis}, "{random.choice(DATE_PICTURES)}", "{random.choice(("+1000", "-0330", "+0000"))}")',
        f'$toMillis($fromMillis({millis}, "{date}"), "{date}")'
        if "[M" in date and "[D" in date
        else f'$fromMillis({millis}, "{date}")',
        f'$parseInteger("{random.choice(("12", "one", "XIV", "b", "1,234", "-5", ""))}", "{random.choice("0wWIi")}")',
        f"$fromMillis({millis})",
    ))  # fmt: skip
