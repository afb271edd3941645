import { cp, rm } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { svelte } from '@sveltejs/vite-plugin-svelte';
import { defineConfig } from 'vitest/config';

const here = (path) => fileURLToPath(new URL(path, import.meta.url));

/** The isolation app is plain files: the build only puts them where `tauri.conf.json` looks for them. */
const isolationApp = {
  name: 'isolation-app',
  apply: 'build',
  async closeBundle() {
    await rm(here('dist-isolation'), { recursive: true, force: true });
    await cp(here('isolation'), here('dist-isolation'), { recursive: true });
  },
};

// `vite build --mode fake` builds the window over the fake host, for looking at it in a browser.
export default defineConfig(({ mode }) => ({
  plugins: [svelte(), isolationApp],
  clearScreen: false,
  server: { host: '127.0.0.1', port: 1420, strictPort: true },
  // The content security policy allows neither data: addresses nor inline code.
  build: { target: 'safari16', assetsInlineLimit: 0, modulePreload: { polyfill: false }, outDir: mode === 'fake' ? 'dist-fake' : 'dist' },
  resolve: process.env.VITEST ? { conditions: ['browser'] } : {},
  test: { environment: 'jsdom', include: ['tests/**/*.test.ts'], setupFiles: ['tests/setup.ts'], css: { include: [/tokens\.css/] }, restoreMocks: true },
}));
