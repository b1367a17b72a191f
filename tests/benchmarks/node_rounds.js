// Times jsonata on Node, one round per line of input. Usage: node node_rounds.js <folder with node_modules/jsonata> <task>
// The task file holds {"records": […], "expressions": ["…", …]}; each line read gives one number: the
// µs per record of the fastest pass over the records within 20 ms.
const fs = require('fs');
const path = require('path');
const readline = require('readline');
const jsonata = require(path.join(process.argv[2], 'node_modules', 'jsonata'));

const { records, expressions } = JSON.parse(fs.readFileSync(process.argv[3]));
const compiled = expressions.map((text) => jsonata(text));

(async () => {
  for await (const _ of readline.createInterface({ input: process.stdin })) {
    const end = process.hrtime.bigint() + 20_000_000n;
    let fastest = Infinity;
    for (let start = process.hrtime.bigint(); start < end; start = process.hrtime.bigint()) {
      for (const record of records) {
        for (const expression of compiled) await expression.evaluate(record);
      }
      fastest = Math.min(fastest, Number(process.hrtime.bigint() - start) / 1e3);
    }
    process.stdout.write(`${fastest / records.length}\n`);
  }
})();
