import pg from 'pg'
import { pause } from '../../../src/clock.ts'
import type { Past } from './past.ts'

const LOCK_NOT_AVAILABLE = '55P03'

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
      while (!(await this.#holdsWriters(client))) await pause(5)
      await past.read()
      // As pg_restore does: what is put back was checked when it was written.
      await client.query('SET LOCAL session_replication_role = replica')
      for (const name of this.#tables) {
        await client.query(`DELETE FROM public.${name}`)
        await client.query(`INSERT INTO public.${name} TABLE backup.${name}`)
      }
      await client.query('COMMIT')
    })
  }

  /**
   * Begins the transaction in which nobody else writes to any table, as pg_restore's DROP TABLE would see to it. Refused
   * while somebody writes: who waited for them with half of the locks could stand in their way.
   */
  async #holdsWriters(client: pg.Client): Promise<boolean> {
    const tables = this.#tables.map((name) => `public.${name}`).join(', ')
    await client.query('BEGIN')
    try {
      await client.query(`LOCK TABLE ${tables} IN EXCLUSIVE MODE NOWAIT`)
      return true
    } catch (error) {
      await client.query('ROLLBACK')
      if (error instanceof pg.DatabaseError && error.code === LOCK_NOT_AVAILABLE) return false
      throw error
    }
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
