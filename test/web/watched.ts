import type { DirectoryClient, DirectoryClientOptions } from '../../web/sdk/client.ts'
import { createDirectoryClient } from '../../web/sdk/client.ts'
import type { Rows } from '../../web/sdk/copy.ts'
import type { News } from '../../web/sdk/keeper.ts'

const PATIENCE_MS = 20_000

/** Pauses short enough for a test, and everything else as it ships. */
export const QUICK = { firstRetryMs: 20, maxRetryMs: 200 }

/** A client of the SDK with all that it has told, and the operations that it has asked. */
export class Watched {
  readonly client: DirectoryClient
  readonly news: News[] = []
  /** Names of operations over HTTP, in order. */
  readonly asked: string[] = []
  /** `kind` of each status, without repetitions. */
  readonly states: string[] = []

  constructor(o: DirectoryClientOptions) {
    const ask: typeof fetch = (url, init) => {
      const body = typeof init?.body === 'string' ? init.body : ''
      this.asked.push(/(?:query|mutation) (\w+)/.exec(body)?.[1] ?? '')
      return (o.fetch ?? fetch)(url, init)
    }
    this.client = createDirectoryClient({ ...o, times: { ...QUICK, ...o.times }, fetch: ask })
    this.client.onNews((news) => this.news.push(news))
    this.client.onStatus(({ kind }) => {
      if (this.states.at(-1) !== kind) this.states.push(kind)
    })
  }

  get rows(): Rows {
    const { rows } = this.client
    if (!rows) throw new Error('nothing is shown')
    return rows
  }

  /** Waits until something holds; looks whenever the client tells anything. */
  until(holds: (client: DirectoryClient) => boolean): Promise<void> {
    return new Promise((resolve, reject) => {
      const look = () => {
        if (!holds(this.client)) return
        done()
        resolve()
      }
      const timer = setTimeout(() => {
        done()
        reject(
          new Error(`it did not come to hold: ${holds.toString()}; ${JSON.stringify(this.client.status)}`),
        )
      }, PATIENCE_MS)
      const stops = [this.client.onNews(look), this.client.onStatus(look)]
      const done = () => {
        clearTimeout(timer)
        for (const stop of stops) stop()
      }
      look()
    })
  }

  live(): Promise<void> {
    return this.until(({ status }) => status.kind === 'live')
  }

  /** Waits until the title of somebody is this. */
  untilTitle(login: string, title: string): Promise<void> {
    return this.until(() => this.person(login)?.title === title)
  }

  person(login: string) {
    return [...(this.client.rows?.staff.values() ?? [])].find((row) => row.login === login)
  }

  close(): Promise<void> {
    return this.client.close()
  }
}
