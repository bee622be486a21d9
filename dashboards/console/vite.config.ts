/**
 * Builds the console into build/console: hashed file names, nothing inline, nothing from another host, so that it runs
 * under the sensor's content security policy. `npm run build:console`.
 */
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vite';

const folder = fileURLToPath(new URL('.', import.meta.url));

export default defineConfig({
  root: folder,
  base: '/',
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
  build: {
    outDir:
      process.env['CONSOLE_OUT'] ?? fileURLToPath(new URL('../../build/console', import.meta.url)),
    emptyOutDir: true,
    target: 'es2022',
    // Icons inside style sheets would become data: URLs; files are cached as well.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
    sourcemap: false,
  },
});
