// Times jsonata on Node, one round per line of input. Usage: node node_rounds.js <folder with node_modules/jsonata> <task>
// The task file holds {"records": […], "expressions": ["…", …]}; each line read gives one number: µs per record.
const fs = require('fs');
const path = require('path');
const readline = require('readline');
const jsonata = require(path.join(process.argv[2], 'node_modules', 'jsonata'));

const { records, expressions } = JSON.parse(fs.readFileSync(process.argv[3]));
const compiled = expressions.map((text) => jsonata(text));

(async () => {
  for await (const _ of readline.createInterface({ input: process.stdin })) {
    const start = process.hrtime.bigint();
    for (const record of records) {
      for (const expression of compiled) await expression.evaluate(record);
    }
    const micros = Number(process.hrtime.bigint() - start) / 1e3;
    process.stdout.write(`${micros / records.length}\n`);
  }
})();
