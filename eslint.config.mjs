import js from '@eslint/js';
import tseslint from 'typescript-eslint';

// strictTypeChecked, with the few exceptions a byte-pushing code base needs; each says why.
export default tseslint.config(
  {
    ignores: [
      'build*/**',
      'node_modules/**',
      'sensor/xml/assembly/**',
      'sensor/xmpp/assembly/**',
      'sensor/native/hyperscan/build/**',
    ],
  },
  js.configs.recommended,
  {
    files: ['**/*.ts'],
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
