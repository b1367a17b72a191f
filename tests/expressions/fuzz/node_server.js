// One long-lived child that evaluates JSONata. Usage: node node_server.js <folder with node_modules/jsonata>
// In, one JSON per line: {"data": …, "expressions": ["…", …]}.
// Out, one JSON per line: [{"value": …} | {} for undefined | {"error": code}, …]; numbers JSON cannot hold become
// {"__number__": "Infinity"}.
const fs = require('fs');
const Module = require('module');
const path = require('path');
const readline = require('readline');
const { changes, functions } = require('./intended.js');

// The library with the changes of intended.js; each must find its place exactly once.
function changed(file) {
  let text = fs.readFileSync(file, 'utf8');
  for (const [why, find, put] of changes) {
    const found = text.match(new RegExp(find, 'g')) || [];
    if (found.length !== 1) throw new Error(`${found.length} places in ${file}: ${why}`);
    text = text.replace(find, put);
  }
  const library = new Module(file);
  library._compile(functions.join('\n') + text, file);
  return library.exports;
}

const jsonata = changed(path.join(process.argv[2], 'node_modules', 'jsonata', 'jsonata.js'));

const compiled = new Map();

function expression(text) {
  if (!compiled.has(text)) {
    if (compiled.size > 5000) compiled.clear();
    compiled.set(text, jsonata(text));
  }
  return compiled.get(text);
}

function plain(key, value) {
  if (typeof value === 'number' && !Number.isFinite(value)) return { __number__: String(value) };
  return typeof value === 'function' || (value && (value._jsonata_lambda || value._jsonata_function)) ? '' : value;
}

// What tries to change its input (grouping an empty list does) fails instead of changing what comes after it.
function frozen(value) {
  if (value && typeof value === 'object') Object.values(Object.freeze(value)).forEach(frozen);
  return value;
}

async function outcome(text, data) {
  try {
    const value = await expression(text).evaluate(data);
    return JSON.stringify(value === undefined || typeof value === 'function' ? {} : { value }, plain);
  } catch (error) {
    return JSON.stringify({ error: error.code || String(error.message || error) });
  }
}

(async () => {
  for await (const line of readline.createInterface({ input: process.stdin, crlfDelay: Infinity })) {
    const { data, expressions } = JSON.parse(line);
    frozen(data);
    const outcomes = [];
    for (const text of expressions) {
      outcomes.push(await outcome(text, data));
    }
    process.stdout.write(`[${outcomes.join()}]\n`);
  }
})();
