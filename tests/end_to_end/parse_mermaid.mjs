// Reads a JSON list of charts from the input and writes for each whether Mermaid's own parser takes it.
import { readFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';

const load = async (file) => (await import(pathToFileURL(`${process.argv[2]}/node_modules/${file}`))).default;

const purify = await load('dompurify/dist/purify.es.mjs'); // needs a browser's document, which the grammar does not
purify.addHook ??= () => {};
purify.sanitize ??= (text) => text;
const mermaid = await load('mermaid/dist/mermaid.core.mjs');

const taken = [];
for (const chart of JSON.parse(readFileSync(0, 'utf8'))) {
  taken.push((await mermaid.parse(chart, { suppressErrors: true })) !== false);
}
process.stdout.write(JSON.stringify(taken));
