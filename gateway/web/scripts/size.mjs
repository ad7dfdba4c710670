// Fails when what a browser loads for the first screen exceeds the budget (gzip, JavaScript and CSS together).
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';

const BUDGET_KB = 250;
const target = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../../static');
const manifest = JSON.parse(await readFile(path.join(target, 'manifest.json'), 'utf8'));

// The first screen: the entry, the signed-in frame, the overview, and one language.
// English is what the pseudo-language is made of, too: a chunk of both, which the manifest lists by its name.
const english = Object.keys(manifest).find((key) => key.startsWith('_first-')) ?? 'src/i18n/en/first.ts';
const first = ['index.html', 'src/features/frame/frame.tsx', 'src/features/overview/overview.tsx', english];
const files = new Set();

function collect(key) {
  const chunk = manifest[key];
  if (!chunk) throw new Error(`No chunk ${key} in the manifest: correct the list in scripts/size.mjs`);
  if (files.has(chunk.file)) return;
  files.add(chunk.file);
  for (const css of chunk.css ?? []) files.add(css);
  for (const needed of chunk.imports ?? []) collect(needed);
}

first.forEach(collect);
let total = 0;
for (const file of [...files].sort()) {
  const bytes = gzipSync(await readFile(path.join(target, file)), { level: 9 }).length;
  total += bytes;
  console.log(`${(bytes / 1000).toFixed(1).padStart(7)} kB  ${file}`);
}
console.log(`${(total / 1000).toFixed(1).padStart(7)} kB  first screen, of ${BUDGET_KB} kB allowed`);
if (total > BUDGET_KB * 1000) {
  console.error('The first screen is over its budget: load a part later (React.lazy, a route of its own).');
  process.exit(1);
}
