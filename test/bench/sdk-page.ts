/// <reference lib="dom" />
import { createDirectoryClient } from '../../web/sdk/client.ts'
import { indexedDbStore } from '../../web/sdk/indexed-db-store.ts'
import { createQueries, type Queries } from '../../web/sdk/queries.ts'

/** What runs in a page of its own on the copy that the app has kept; the bench calls it by name. */
let queries: Queries | null = null

/** Milliseconds from a client without a server to the answer of the first question, and how many people it then shows. */
export async function open(url: string): Promise<{ readonly ms: number; readonly people: number }> {
  const { name = '' } = (await indexedDB.databases()).find((d) => d.name?.startsWith('dolores.')) ?? {}
  const start = performance.now()
  const client = createDirectoryClient({
    url,
    store: indexedDbStore(name),
    account: name.replace('dolores.', ''),
    getToken: () => new Promise(() => {}),
  })
  await new Promise<void>((resolve) => {
    const stop = client.onNews(() => {
      stop()
      resolve()
    })
  })
  queries = createQueries(client, { preparesSearch: true })
  if (queries.children(null).length === 0) throw new Error('nothing is shown')
  return { ms: performance.now() - start, people: client.rows?.staff.size ?? 0 }
}

/** Milliseconds for each answer, as somebody types; what is typed, then with one character more. */
export function search(texts: readonly string[]): number[] {
  return texts.flatMap((text) =>
    Array.from(text, (_, i) => {
      const start = performance.now()
      queries?.search(text.slice(0, i + 1), 50)
      return performance.now() - start
    }),
  )
}
