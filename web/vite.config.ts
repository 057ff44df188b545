import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import react from '@vitejs/plugin-react'
import { defineConfig, type Plugin } from 'vite'

const WORKER = new URL('service-worker.js', import.meta.url)
/** The console is large, is for a few, and does nothing without the server: no device keeps it. */
const CONSOLE = 'assets/admin-page'
const PUBLIC = ['/icon.svg', '/app.webmanifest']

const SHEETS = fileURLToPath(new URL('admin/theme/sheets.ts', import.meta.url))

/** The modules with which antd writes `<style>` elements, which the policy of the page does not allow. */
function sheetsByScript(): Plugin {
  return {
    name: 'sheets-by-script',
    enforce: 'pre',
    resolveId: (source, importer) =>
      /node_modules\/@(rc-component|ant-design)\//.test(importer ?? '') &&
      /\/(dynamicCSS|cssUtils)$/.test(source)
        ? SHEETS
        : null,
  }
}

/** Writes `sw.js`, which knows what the build has made; its bytes change when any of that does. */
function serviceWorker(): Plugin {
  return {
    name: 'service-worker',
    apply: 'build',
    // When everything else is there.
    enforce: 'post',
    generateBundle(_, bundle) {
      const files = [
        ...Object.keys(bundle)
          .filter((name) => name.startsWith('assets/') && !name.startsWith(CONSOLE))
          .map((name) => `/${name}`),
        ...PUBLIC,
      ]
      const hash = createHash('sha256')
      for (const item of Object.values(bundle))
        hash.update(item.fileName).update(item.type === 'chunk' ? item.code : item.source)
      const source = readFileSync(WORKER, 'utf8')
        .replace('__VERSION__', hash.update(readFileSync(WORKER)).digest('hex').slice(0, 16))
        .replace("['__FILES__']", JSON.stringify(files.sort()))
      this.emitFile({ type: 'asset', fileName: 'sw.js', source })
    },
  }
}

/** The app: `npm start` and `npm run serve` build it beside the compiled server. */
export default defineConfig({
  root: fileURLToPath(new URL('.', import.meta.url)),
  publicDir: 'public',
  plugins: [sheetsByScript(), react(), serviceWorker()],
  build: {
    target: 'es2023',
    outDir: '../dist/app',
    emptyOutDir: true,
    // Nothing inline: the policy of the page takes no data: and no script of its own.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    // What changes with each version of the app, and what seldom does.
    rolldownOptions: {
      output: {
        codeSplitting: { groups: [{ name: 'react', test: /node_modules\/(react|react-dom|scheduler)\// }] },
      },
    },
  },
  // A server that runs beside it: `npx vite --config web/vite.config.ts`.
  server: {
    proxy: Object.fromEntries(
      ['/graphql', '/session', '/avatars', '/chart.svg', '/uploads', '/export'].map((path) => [
        path,
        { target: 'http://127.0.0.1:4000', ws: path === '/graphql' },
      ]),
    ),
  },
})
