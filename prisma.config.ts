import { fileURLToPath } from 'node:url'
import { defineConfig } from 'prisma/config'

// Prisma downloads its schema engine from a host that many machines cannot reach. The same engine as WebAssembly stands
// in for it; PRISMA_ENGINE=native keeps Prisma's own download.
if (process.env['PRISMA_ENGINE'] !== 'native')
  process.env['PRISMA_SCHEMA_ENGINE_BINARY'] ??= fileURLToPath(
    new URL('./prisma/schema-engine.mjs', import.meta.url),
  )

const shadow = process.env['SHADOW_DATABASE_URL']

export default defineConfig({
  schema: 'prisma/schema.prisma',
  migrations: { path: 'prisma/migrations' },
  datasource: {
    url: process.env['DATABASE_URL'] ?? 'postgresql://postgres@127.0.0.1:5432/dolores',
    ...(shadow ? { shadowDatabaseUrl: shadow } : {}),
  },
})
