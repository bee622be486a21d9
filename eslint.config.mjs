import js from '@eslint/js';
import tseslint from 'typescript-eslint';

// strictTypeChecked, with the few exceptions a byte-pushing code base needs; each says why.
export default tseslint.config(
  {
    ignores: [
      'build*/**',
      'node_modules/**',
      'sensor/detect/assembly/**',
      'sensor/xml/assembly/**',
      'sensor/xmpp/assembly/**',
      'sensor/native/hyperscan/build/**',
    ],
  },
  js.configs.recommended,
  {
    files: ['**/*.ts', '**/*.tsx'],
    extends: [...tseslint.configs.strictTypeChecked],
    languageOptions: {
      parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname },
    },
    rules: {
      '@typescript-eslint/no-floating-promises': [
        'error',
        {
          allowForKnownSafeCalls: [
            { from: 'package', package: 'node:test', name: ['describe', 'it', 'test', 'suite'] },
          ],
        },
      ],
      // Numbers in messages are the point of most of our messages.
      '@typescript-eslint/restrict-template-expressions': [
        'error',
        { allowNumber: true, allowBoolean: true },
      ],
      '@typescript-eslint/explicit-module-boundary-types': 'error',
      '@typescript-eslint/consistent-type-imports': 'error',
      // State machines loop until a break.
      '@typescript-eslint/no-unnecessary-condition': [
        'error',
        { allowConstantLoopConditions: true },
      ],
      'no-restricted-syntax': [
        'error',
        { selector: 'ExportDefaultDeclaration', message: 'Named exports only (style.md habit 4).' },
        {
          selector: 'ExportAllDeclaration',
          message: 'A door names what it exports (style.md habit 4).',
        },
      ],
      // Hostile bytes are matched on purpose.
      'no-control-regex': 'off',
    },
  },
  {
    // The console shows what strangers wrote: nothing of it may become markup.
    files: ['dashboards/console/**/*.ts', 'dashboards/console/**/*.tsx'],
    rules: {
      'no-restricted-syntax': [
        'error',
        {
          selector:
            ':matches(JSXAttribute[name.name="dangerouslySetInnerHTML"], Property[key.name="dangerouslySetInnerHTML"])',
          message: 'Text goes through ui/text.tsx.',
        },
        {
          selector:
            'MemberExpression[property.name=/^(innerHTML|outerHTML|insertAdjacentHTML|srcdoc|write|writeln|DOMParser)$/]',
          message: 'Text goes through ui/text.tsx.',
        },
        { selector: 'ExportDefaultDeclaration', message: 'Named exports only (style.md habit 4).' },
        { selector: 'ExportAllDeclaration', message: 'Name what is exported (style.md habit 4).' },
      ],
      'no-restricted-globals': [
        'error',
        'process',
        'Buffer',
        'global',
        'setTimeout',
        'setInterval',
      ],
    },
  },
  {
    // Vite asks for a default export, and runs in Node.
    files: ['dashboards/console/vite.config.ts'],
    rules: { 'no-restricted-syntax': 'off', 'no-restricted-globals': 'off' },
  },
  {
    // The wall clock belongs to core/clock.ts: a replay must give the same alerts every time.
    files: ['sensor/**/*.ts'],
    ignores: ['sensor/core/clock.ts'],
    rules: {
      'no-restricted-properties': [
        'error',
        { object: 'Date', property: 'now', message: 'Use core/clock.ts.' },
      ],
      'no-console': 'error',
    },
  },
  {
    files: ['**/*.mjs'],
    languageOptions: {
      globals: {
        process: 'readonly',
        console: 'readonly',
        URL: 'readonly',
        Buffer: 'readonly',
        setTimeout: 'readonly',
        performance: 'readonly',
      },
    },
  },
);
