/// <reference lib="dom" />
import { createDirectoryClient } from '../../web/sdk/client.ts'
import { indexedDbStore } from '../../web/sdk/indexed-db-store.ts'
import { createQueries, type LiveQueries } from '../../web/sdk/queries.ts'

/** What runs in a page of its own on the copy that the app has kept; the bench calls it by name. */
let queries: LiveQueries | null = null

/** Milliseconds from a client without a server to what it can answer. */
export interface Opened {
  /** The departments, with their counts. */
  readonly treeMs: number
  /** Who comes first in the longest of them, and all people of one as most are, asked for at the same time. */
  readonly firstMs: number
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
  const counted = asked.children(null).reduce((sum, { id }) => sum + asked.count(id), 0)
  const all = [...(client.outline?.departments.keys() ?? [])]
  const own = (id: string) => asked.count(id, false)
  const long = all.reduce((most, id) => (own(id) > own(most) ? id : most), '')
  const usual = all.find((id) => own(id) > 10 && own(id) <= 30) ?? long
  asked.members(usual)
  const first = until(() => asked.members(long).length > 0)
  const list = until(() => asked.members(usual).length === own(usual))
  const [firstMs, listMs] = [await first, await list]
  const wholeMs = await until(() => client.rows !== null)
  return { treeMs, firstMs, listMs, wholeMs, people: client.rows?.staff.size ?? 0, counted }
}

/** Milliseconds to each answer, as somebody types; what is typed, then with one character more. */
export async function search(texts: readonly string[]): Promise<number[]> {
  const times: number[] = []
  for (const text of texts)
    for (let length = 1; length <= text.length; length++) {
      const start = performance.now()
      await queries?.seek(text.slice(0, length), 50, new AbortController().signal)
      times.push(performance.now() - start)
    }
  return times
}
