// Writes the types of the API, from its own document: apps/console/api/types.gen.d.ts.
require('./sources.cjs');
const { existsSync, readFileSync, renameSync, writeFileSync } = require('node:fs');
const { resolve } = require('node:path');

const file = resolve(__dirname, '../api/types.gen.d.ts');

async function main() {
  const { openApiDocument } = require('../../api/openapi-file.ts');
  const document = await openApiDocument();
  const { default: openapiTypescript, astToString } = await import('openapi-typescript');
  const text = astToString(await openapiTypescript(JSON.parse(JSON.stringify(document))));
  if (existsSync(file) && readFileSync(file, 'utf8') === text) return;
  // Whole or not at all, also when the build and a check write it at once.
  writeFileSync(`${file}.${process.pid}`, text);
  renameSync(`${file}.${process.pid}`, file);
}

main().then(
  () => process.exit(0),
  (error) => {
    console.error(error);
    process.exit(1);
  },
);
