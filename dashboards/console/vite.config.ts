/**
 * Builds the console into build/console: hashed file names, nothing inline, nothing from another host, so that it runs
 * under the sensor's content security policy. `npm run build:console`.
 */
import { join, resolve, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vite';

const folder = fileURLToPath(new URL('.', import.meta.url));
/** The folder is emptied first: it must not be the one of the sources, as an empty or relative path would make it. */
const chosen = process.env['CONSOLE_OUT'] ?? '';
const outDir = chosen === '' ? join(folder, '..', '..', 'build', 'console') : resolve(chosen);
if (folder.startsWith(join(outDir, sep)))
  throw new Error(`CONSOLE_OUT ${outDir} holds the sources`);

export default defineConfig({
  root: folder,
  base: '/',
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
  build: {
    outDir,
    emptyOutDir: true,
    target: 'es2022',
    // Icons inside style sheets would become data: URLs; files are cached as well.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
    sourcemap: false,
  },
});
