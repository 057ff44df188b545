import { fileURLToPath } from 'node:url'
import react from '@vitejs/plugin-react'
import { defineConfig } from 'vite'

/** The app: `npm start` and `npm run serve` build it beside the compiled server. */
export default defineConfig({
  root: fileURLToPath(new URL('.', import.meta.url)),
  publicDir: 'public',
  plugins: [react()],
  build: {
    target: 'es2023',
    outDir: '../dist/app',
    emptyOutDir: true,
    // Nothing inline: the policy of the page takes no data: and no script of its own.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
  // A server that runs beside it: `npx vite --config web/vite.config.ts`.
  server: {
    proxy: Object.fromEntries(
      ['/graphql', '/session', '/avatars', '/chart.svg', '/uploads'].map((path) => [
        path,
        { target: 'http://127.0.0.1:4000', ws: path === '/graphql' },
      ]),
    ),
  },
})
