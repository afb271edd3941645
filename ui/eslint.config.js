import svelte from 'eslint-plugin-svelte';
import ts from 'typescript-eslint';
import svelteConfig from './svelte.config.js';

// What a response says is hostile text: it never becomes markup.
const noMarkup = ['innerHTML', 'outerHTML', 'insertAdjacentHTML'].map((property) => ({
  property,
  message: 'Hostile text never becomes markup: build text nodes.',
}));

export default ts.config(
  { ignores: ['dist', 'dist-fake', 'node_modules', 'src/lib/bindings'] },
  ...ts.configs.recommended,
  ...svelte.configs.recommended,
  {
    files: ['**/*.svelte', '**/*.svelte.ts'],
    languageOptions: { parserOptions: { parser: ts.parser, svelteConfig } },
  },
  {
    files: ['src/**', 'tests/**'],
    rules: {
      'no-restricted-imports': ['error', { patterns: [{ group: ['@tauri-apps/*'], message: 'Only lib/host talks to Tauri.' }] }],
      'no-restricted-properties': ['error', ...noMarkup],
      'svelte/no-at-html-tags': 'error',
      // A `style` attribute is blocked by the content security policy; `style:` directives go through CSSOM and are not.
      'no-restricted-syntax': ['error', { selector: 'SvelteAttribute[key.name="style"]', message: 'Use a class or a style: directive.' }],
      'svelte/prefer-svelte-reactivity': 'off',
    },
  },
  { files: ['src/lib/host/**'], rules: { 'no-restricted-imports': 'off' } },
);
