import pg from 'pg'
import { pause } from '../../../src/clock.ts'
import type { Past } from './past.ts'

/** What a dump holds: every table as of one moment, taken while everybody works on. */
export class Backup {
  readonly #url: string
  #tables: readonly string[] = []

  constructor(url: string) {
    this.#url = url
  }

  get isTaken(): boolean {
    return this.#tables.length > 0
  }

  async take(): Promise<void> {
    await this.#work(async (client) => {
      await client.query('DROP SCHEMA IF EXISTS backup CASCADE')
      await client.query('CREATE SCHEMA backup')
      await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ')
      const { rows } = await client.query<{ name: string }>(
        `SELECT tablename AS name FROM pg_tables WHERE schemaname = 'public' AND tablename <> '_prisma_migrations'`,
      )
      for (const { name } of rows) await client.query(`CREATE TABLE backup.${name} AS TABLE public.${name}`)
      await client.query('COMMIT')
      this.#tables = rows.map(({ name }) => name)
    })
  }

  /** Back to what was taken, in one moment; `past` has read all that is lost. */
  async restore(past: Past): Promise<void> {
    await this.#work(async (client) => {
      for (;;) {
        await past.read()
        await client.query('BEGIN')
        const { rows } = await client.query<{ version: string }>('SELECT version FROM log_head FOR UPDATE')
        if (Number(rows[0]?.version) === past.head.version) break
        await client.query('ROLLBACK')
        await pause(5)
      }
      // As pg_restore does: what is put back was checked when it was written.
      await client.query('SET LOCAL session_replication_role = replica')
      for (const name of this.#tables) {
        await client.query(`DELETE FROM public.${name}`)
        await client.query(`INSERT INTO public.${name} TABLE backup.${name}`)
      }
      await client.query('COMMIT')
    })
  }

  async #work(work: (client: pg.Client) => Promise<void>): Promise<void> {
    const client = new pg.Client({ connectionString: this.#url })
    await client.connect()
    try {
      await work(client)
    } finally {
      await client.end()
    }
  }
}
