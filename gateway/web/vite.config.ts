/// <reference types="vitest/config" />
// The console's build: hashed files into ../static, which the gateway serves.
import { fileURLToPath } from 'node:url';
import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

// `npm run dev` talks to a running gateway (`./dev up`), by default on its usual port.
const gateway = process.env.PORTICO_URL ?? 'http://127.0.0.1:8640';

export default defineConfig({
  plugins: [react()],
  resolve: { alias: { '@': fileURLToPath(new URL('./src', import.meta.url)) } },
  build: {
    outDir: '../static',
    emptyOutDir: true,
    target: 'es2022',
    manifest: 'manifest.json',
    modulePreload: { polyfill: false },
    // The content security policy allows no data: style or script, and small images stay cacheable files.
    assetsInlineLimit: 0,
  },
  // Tests read the generated reference of the whole project.
  server: { fs: { allow: ['../..'] }, proxy: { '/api': { target: gateway, changeOrigin: false } } },
  test: {
    environment: 'happy-dom',
    include: ['src/**/*.test.{ts,tsx}'],
    setupFiles: ['src/test/setup.ts'],
    restoreMocks: true,
  },
});
