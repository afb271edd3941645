import { svelte } from '@sveltejs/vite-plugin-svelte';
import { defineConfig } from 'vitest/config';

// `vite build --mode fake` builds the window over the fake host, for looking at it in a browser.
export default defineConfig(({ mode }) => ({
  plugins: [svelte()],
  clearScreen: false,
  server: { host: '127.0.0.1', port: 1420, strictPort: true },
  // The content security policy allows neither data: addresses nor inline code.
  build: { target: 'safari16', assetsInlineLimit: 0, modulePreload: { polyfill: false }, outDir: mode === 'fake' ? 'dist-fake' : 'dist' },
  resolve: process.env.VITEST ? { conditions: ['browser'] } : {},
  test: { environment: 'jsdom', include: ['tests/**/*.test.ts'], setupFiles: ['tests/setup.ts'], css: { include: [/tokens\.css/] }, restoreMocks: true, testTimeout: 60_000, hookTimeout: 60_000 },
}));
