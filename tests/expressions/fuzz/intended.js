// What CODI means to do otherwise than Node's jsonata, written as changes to the oracle: so every value is still
// compared, and nothing else is excused. Each entry: why, what to find in the library's text (exactly once), what to
// put there. What cannot be said this way is in oracle.py.
exports.changes = [
  [
    'the entries of an array are evaluated one after the other; Node starts all, and the first error may be any of them',
    /Promise\.all\(expr\.expressions\s*\.map\(/,
    'inTurn(expr.expressions, (',
  ],
  ['the same for the entries of an object', /Promise\.all\(utils\.keys\(groups\)\.map\(/, 'inTurn(utils.keys(groups), ('],
  [
    'a filter of nothing gives nothing; Node evaluates it once over undefined, and may keep a hole',
    /(async function evaluateFilter\(predicate, input, environment\) \{)/,
    '$1 if (input === undefined) return environment.base.createSequence();',
  ],
  [
    'a result that is not finite is an error at once; Node goes on with Infinity and NaN',
    /(result = lhs % rhs;\s*break;\s*\})/,
    '$1 if (!Number.isFinite(result)) throw {code: "D1001", value: result};',
  ],
  [
    'grouping an empty list does not change that list',
    /input\.push\(undefined\);/,
    'input = [undefined];',
  ],
  [
    'a grouping of a path with bound variables that leads nowhere is empty; Node evaluates it once over undefined',
    /(resultSequence = )(await evaluateGroupExpression\(expr\.group, isTupleStream)/,
    '$1!isTupleStream && expr.steps.some((step) => step.tuple) ? {} : $2',
  ],
  ['a value under two keys of a grouping is there for both; Node takes it away', /delete tuple\['@'\];/, ''],
  [
    'keeping a list does not mark the list of the input',
    /(resultSequence\.keepSingleton = true;)/,
    'if (!Object.isFrozen(resultSequence)) $1',
  ],
  [
    'an update changes objects; of anything else Node fails with an error of JavaScript',
    /(match\[prop\] = update\[prop\];)/,
    'if (typeof match === "object" && match !== null) $1',
  ],
  [
    'a percentage is that of the decimal a number prints as; Node multiplies the double',
    /value \* 100;/,
    'moved(value, 2);',
  ],
  ['the same per thousand', /value \* 1000;/, 'moved(value, 3);'],
  ['the same for an exponent', /mantissa \*= 10;/, 'mantissa = moved(mantissa, 1);'],
  ['the same for an exponent above zero', /mantissa \/= 10;/, 'mantissa = moved(mantissa, -1);'],
  [
    'a number above 10^21 has all its digits in a picture',
    /Math\.abs\(value\)\.toFixed\(dp\)/,
    '(Math.abs(value) < 1e21 ? Math.abs(value).toFixed(dp) : allDigits(value, dp))',
  ],
  [
    'what is no integer in the picture is an error; Node gives NaN',
    /(const result = matchSpec\.parse\(value\);)/,
    '$1 if (Number.isNaN(result)) throw {code: "D3030", value};',
  ],
  [
    'half hours of a zone behind UTC count in its direction',
    /(offsetHours = )Math\.floor(\(offset \/ 100\);)/,
    '$1Math.trunc$2',
  ],
];

// What the changes use; put in front of the library's text.
exports.functions = [
  async function inTurn(entries, evaluate) {
    const found = [];
    for (const [place, entry] of entries.entries()) found.push(await evaluate(entry, place));
    return found;
  },
  function moved(value, places) {
    const [digits, exponent = '0'] = String(value).split('e');
    return Number(`${digits}e${Number(exponent) + places}`);
  },
  function allDigits(value, places) {
    const options = { useGrouping: false, minimumFractionDigits: places, maximumFractionDigits: places };
    return Math.abs(value).toLocaleString('en', options);
  },
];
