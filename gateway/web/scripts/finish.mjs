// After the build: adds the API documentation's files and precompresses what the gateway serves.
import { createReadStream, createWriteStream } from 'node:fs';
import { copyFile, mkdir, readdir, stat } from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import { fileURLToPath } from 'node:url';
import { constants, createBrotliCompress, createGzip } from 'node:zlib';

const here = path.dirname(fileURLToPath(import.meta.url));
const target = path.resolve(here, '../../static');
const swagger = path.dirname(createRequire(import.meta.url).resolve('swagger-ui-dist/package.json'));

async function addSwagger() {
  const folder = path.join(target, 'swagger');
  await mkdir(folder, { recursive: true });
  for (const name of ['swagger-ui.css', 'swagger-ui-bundle.js']) {
    await copyFile(path.join(swagger, name), path.join(folder, name));
  }
  await copyFile(path.join(here, 'swagger-init.js'), path.join(folder, 'init.js'));
}

async function* filesBelow(folder) {
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    const full = path.join(folder, entry.name);
    if (entry.isDirectory()) yield* filesBelow(full);
    else yield full;
  }
}

async function compress(file) {
  const { size } = await stat(file);
  // Quality 6: a third of the time of 11 for a few per cent more bytes.
  const brotli = { params: { [constants.BROTLI_PARAM_QUALITY]: 6, [constants.BROTLI_PARAM_SIZE_HINT]: size } };
  await pipeline(createReadStream(file), createBrotliCompress(brotli), createWriteStream(`${file}.br`));
  await pipeline(createReadStream(file), createGzip({ level: 9 }), createWriteStream(`${file}.gz`));
}

await addSwagger();
for await (const file of filesBelow(target)) {
  // index.html carries a nonce per answer and is therefore never precompressed.
  if (/\.(js|css|svg|json|webmanifest)$/.test(file)) await compress(file);
}
