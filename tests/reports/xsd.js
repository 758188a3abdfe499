// Holds XML files against a schema.
//
//     node xsd.js SCHEMA.xsd FILE...
"use strict";
const fs = require("node:fs");
const path = require("node:path");
const { validateXML } = require("xmllint-wasm");

const [schema, ...files] = process.argv.slice(2);
const read = file => ({ fileName: path.basename(file), contents: fs.readFileSync(file, "utf8") });

async function main() {
  for (const file of files) {
    const { valid, errors } = await validateXML({ xml: [read(file)], schema: [read(schema)], initialMemoryPages: 512, maxMemoryPages: 16384 });
    if (!valid) throw new Error(`${file}\n${errors.map(error => error.rawMessage).join("\n")}`);
  }
}

main().catch(error => {
  console.error(error);
  process.exit(1);
});
