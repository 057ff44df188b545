/// <reference lib="dom" />
import { createDirectoryClient } from '../../web/sdk/client.ts'
import { indexedDbStore } from '../../web/sdk/indexed-db-store.ts'
import { createQueries, type Queries } from '../../web/sdk/queries.ts'

/** What runs in a page of its own on the copy that the app has kept; the bench calls it by name. */
let queries: Queries | null = null

/** Milliseconds from a client without a server to what it can answer. */
export interface Opened {
  /** The departments, with their counts. */
  readonly treeMs: number
  /** The people of one of them. */
  readonly listMs: number
  /** Everybody. */
  readonly wholeMs: number
  /** How many there are then, and how many the counts said. */
  readonly people: number
  readonly counted: number
}

export async function open(url: string): Promise<Opened> {
  const { name = '' } = (await indexedDB.databases()).find((d) => d.name?.startsWith('dolores.')) ?? {}
  const start = performance.now()
  const client = createDirectoryClient({
    url,
    store: indexedDbStore(name),
    account: name.replace('dolores.', ''),
    getToken: () => new Promise(() => {}),
  })
  const asked = (queries = createQueries(client, { preparesSearch: true }))
  const until = (holds: () => boolean) =>
    new Promise<number>((resolve) => {
      const look = () => {
        if (!holds()) return
        for (const stop of stops) stop()
        resolve(performance.now() - start)
      }
      const stops = [client.onNews(look), client.onOutline(look)]
      look()
    })
  const treeMs = await until(() => asked.children(null).length > 0)
  const [top] = asked.children(null)
  const counted = asked.children(null).reduce((sum, { id }) => sum + asked.count(id), 0)
  const first = asked.children(top?.id ?? null).find(({ id }) => asked.count(id, false) > 0) ?? top
  const listMs = await until(() => asked.members(first?.id ?? '').length > 0)
  const wholeMs = await until(() => client.rows !== null)
  return { treeMs, listMs, wholeMs, people: client.rows?.staff.size ?? 0, counted }
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
