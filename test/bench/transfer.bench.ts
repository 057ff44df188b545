import { pause } from '../../src/clock.ts'
import { Attribute, Client as LdapClient } from 'ldapts'
import { demoLdif } from '../../src/local/demo/company.ts'
import type { Client } from '../support/client.ts'
import { operation } from '../support/device.ts'
import { startSlapd, TEST_BASE, type TestSlapd } from '../support/slapd.ts'
import { median, quantile, type Bench } from './figures.ts'
import { signedIn, startInstanceProcess } from './instance.ts'
import { startDatabase } from './world.ts'

/** Of the company before the import. */
const PEOPLE = 1000
/** Writes on their way at a time, by the import and by the yardstick. */
const HANDS = 16
const CONNECTIONS = 4
const QUERY_EVERY_MS = 50
const PATIENCE_MS = 1_800_000

interface Import {
  readonly state: string
  readonly problem: string | null
  readonly done: number
  readonly created: number
  readonly unchanged: number
  readonly failed: number
  readonly undone: number
  readonly finishedAt: string | null
}

/**
 * Issue "HR runs the company from the API", number 8: a file of people is rehearsed, imported, exported, imported again without
 * a change, and a part of it undone. The yardstick of an import is what this directory takes when a bare client adds the same
 * people, with as many writes at a time, in the same run.
 */
export const bench: Bench = async ({ isSmall, say }) => {
  const rows = isSmall ? 500 : Number(process.env['TRANSFER_ROWS'] ?? 100_000)
  const undoRows = Math.min(rows / 10, 5000)
  const ldif = [...demoLdif({ baseDn: TEST_BASE, people: PEOPLE })].join('')
  const bareSlapd = await startSlapd({ ldif })
  const bare = await bareAdds(bareSlapd, Math.min(rows, 20_000))
  await bareSlapd.stop()
  say(`a bare client adds ${Math.round(bare)} people a second`)

  const slapd = await startSlapd({ ldif })
  const database = await startDatabase()
  const instance = await startInstanceProcess(slapd, database.url)
  const hr = await signedIn(instance.url, 'hr')
  const departments = await exportedRows(hr, '/export.json?kind=department')
  const paths = departments.flatMap(({ path }) => (path === undefined ? [] : [path]))
  const type = await typeOf(hr)
  const file = fileOf(rows, 'new', paths, type)
  say(`the file has ${Math.round(file.length / 1e6)} MB`)

  const timed = async (input: Record<string, unknown>, text: string): Promise<[Import, number, string]> => {
    const uploadId = await upload(hr, text)
    const began = performance.now()
    const id = await started(hr, { uploadId, ...input })
    const end = await ended(hr, id)
    if (end.state !== 'DONE' || end.failed > 0) throw new Error(JSON.stringify(end))
    return [end, (performance.now() - began) / 1000, id]
  }
  const [, rehearsed] = await timed({ dryRun: true }, file)
  say(`rehearsed in ${rehearsed.toFixed(1)} s`)
  await instance.usage()
  const before = await instance.usage()
  const queries = new Queries(hr)
  const [real, imported] = await timed({}, file)
  const times = await queries.stop()
  const after = await instance.usage()
  say(`imported ${real.created} in ${imported.toFixed(1)} s`)

  const began = performance.now()
  const response = await hr.get('/export.csv')
  const exported = Buffer.from(await response.arrayBuffer())
  const exportTook = (performance.now() - began) / 1000
  const exportUsage = await instance.usage()
  say(`exported ${Math.round(exported.length / 1e6)} MB in ${exportTook.toFixed(1)} s`)
  const [again, againTook] = await timed({}, exported.toString('utf8'))
  if (again.done !== again.unchanged) throw new Error('what was exported is not what is there')

  const [, , undoId] = await timed({}, fileOf(undoRows, 'gone', paths, type))
  const undoBegan = performance.now()
  await hr.query(operation('UndoImport'), { id: undoId })
  const undone = await ended(hr, undoId)
  const undoTook = (performance.now() - undoBegan) / 1000
  if (undone.undone !== undoRows) throw new Error(JSON.stringify(undone))
  const last = await instance.usage()
  await instance.stop()
  await database.stop()
  await slapd.stop()
  return [
    { what: `rehearsal of ${rows} new people`, value: rows / rehearsed, unit: 'rows/s' },
    {
      what: `import of ${rows} new people, in the log and visible`,
      value: rows / imported,
      unit: 'rows/s',
      yardstick: { what: 'bare adds to the directory', value: bare },
    },
    { what: 'server CPU of an imported person', value: (after.cpuMs - before.cpuMs) / rows, unit: 'ms' },
    { what: 'longest stall of the event loop in the import', value: after.stallMs, unit: 'ms' },
    { what: 'a trivial query meanwhile, p50', value: median(times), unit: 'ms' },
    { what: 'a trivial query meanwhile, p99', value: quantile(times, 0.99), unit: 'ms' },
    { what: 'export as CSV', value: (rows + PEOPLE) / exportTook, unit: 'rows/s' },
    { what: 'longest stall of the event loop in the export', value: exportUsage.stallMs, unit: 'ms' },
    { what: 'import of what was exported: nothing changes', value: again.done / againTook, unit: 'rows/s' },
    { what: `undo of ${undoRows} new people`, value: undoRows / undoTook, unit: 'rows/s' },
    { what: 'memory of the server', value: last.rss / 2 ** 20, unit: 'MB' },
  ]
}

/** People a second that the directory takes from a client that does nothing else. */
async function bareAdds(slapd: TestSlapd, count: number): Promise<number> {
  const { bindDn, bindPassword } = slapd.options
  const clients = await Promise.all(
    Array.from({ length: CONNECTIONS }, async () => {
      const client = new LdapClient({ url: slapd.url })
      await client.bind(bindDn, bindPassword)
      return client
    }),
  )
  let next = 0
  const began = performance.now()
  const work = async (client: LdapClient | undefined) => {
    for (let n = next++; n < count; n = next++) {
      const attributes = Object.entries({
        objectClass: ['inetOrgPerson', 'dlrPerson'],
        uid: [`bare${n}`],
        cn: [`李小红 ${n}`],
        sn: [`李小红 ${n}`],
        displayName: [`李小红 ${n}`],
        title: ['Engineer'],
        mobile: [`+86 139 ${String(n).padStart(8, '0')}`],
        mail: [`bare${n}@polaris.example`],
      }).map(([type, values]) => new Attribute({ type, values }))
      await client?.add(`uid=bare${n},${slapd.layout.people}`, attributes)
    }
  }
  await Promise.all(Array.from({ length: HANDS }, (_, i) => work(clients[i % CONNECTIONS])))
  const seconds = (performance.now() - began) / 1000
  await Promise.all(clients.map((client) => client.unbind()))
  return count / seconds
}

function fileOf(rows: number, prefix: string, paths: readonly string[], type: string): string {
  const lines = ['login,name,type,departments,title,mobile,email,manager']
  for (let n = 0; n < rows; n++) {
    const path = paths[(n * 7) % paths.length] ?? ''
    const manager = n < 400 ? 'hr' : `${prefix}${Math.floor(n / 400)}`
    const phone = `+86 139 ${String(n).padStart(8, '0')}`
    lines.push(
      `${prefix}${n},李小红 ${n},${type},"${path}",Engineer,${phone},${prefix}${n}@polaris.example,${manager}`,
    )
  }
  return lines.join('\r\n')
}

async function exportedRows(client: Client, path: string): Promise<{ path?: string }[]> {
  const text = await (await client.get(path)).text()
  return JSON.parse(text) as { path?: string }[]
}

async function typeOf(client: Client): Promise<string> {
  const data = await client.query('{ admin { types { id name appliesTo } } }')
  const { types } = data['admin'] as { types: { id: string; appliesTo: string }[] }
  return types.find(({ appliesTo }) => appliesTo === 'STAFF')?.id ?? ''
}

async function upload(client: Client, text: string): Promise<string> {
  await client.login('hr', 'dolores')
  const response = await fetch(`${client.url}/uploads`, {
    method: 'POST',
    headers: { authorization: `Bearer ${client.tokens?.accessToken ?? ''}` },
    body: text,
  })
  const { id } = (await response.json()) as { id: string }
  return id
}

async function started(client: Client, input: Record<string, unknown>): Promise<string> {
  const given = { format: 'CSV', kind: 'STAFF', mode: 'UPSERT', dryRun: false, ...input }
  const { startImport } = await client.query(operation('StartImport'), { input: given })
  const { import: batch } = startImport as { import?: { id: string } }
  if (!batch) throw new Error(JSON.stringify(startImport))
  return batch.id
}

async function ended(client: Client, id: string): Promise<Import> {
  for (const deadline = Date.now() + PATIENCE_MS; ; await pause(200)) {
    const { data, errors } = await client.ask(operation('ImportReport'), { id, first: 0 })
    // Tokens last for ten minutes.
    if (!data?.['admin'] || errors.length > 0) await client.login('hr', 'dolores')
    const found = (data?.['admin'] as { import: Import } | null)?.import
    if (found && found.finishedAt !== null) return found
    if (Date.now() > deadline) throw new Error(`It did not end: ${JSON.stringify(found)}`)
  }
}

/** The same question again and again, whatever else goes on. */
class Queries {
  readonly #times: number[] = []
  readonly #work: Promise<void>
  #isOver = false

  constructor(client: Client) {
    this.#work = this.#run(client)
  }

  async stop(): Promise<readonly number[]> {
    this.#isOver = true
    await this.#work
    return this.#times
  }

  async #run(client: Client): Promise<void> {
    while (!this.#isOver) {
      const asked = performance.now()
      await client.ask('{ __typename }')
      this.#times.push(performance.now() - asked)
      await pause(QUERY_EVERY_MS)
    }
  }
}
