import { pause } from '../../src/clock.ts'
import { ldifEntry } from '../../src/directory/ldif.ts'
import { demoLdif } from '../../src/local/demo/company.ts'
import { Client } from '../support/client.ts'
import { operation } from '../support/device.ts'
import { startSlapd, TEST_BASE, type TestSlapd } from '../support/slapd.ts'
import { median, quantile, type Bench } from './figures.ts'
import { signedIn, startInstanceProcess } from './instance.ts'
import { startOnline } from './online.ts'
import { startDatabase } from './world.ts'

/** Of the company before the import. */
const PEOPLE = 1000
const QUERY_EVERY_MS = 50
const PATIENCE_MS = 300_000

/**
 * Issue 3, item 10: another tool imports people into the directory while clients are online. All of them end with what a
 * fresh snapshot has, the server answers others meanwhile, and deltas are merged (P5).
 */
export const bench: Bench = async ({ isSmall, say }) => {
  const imported = isSmall ? 300 : 10_000
  const clients = isSmall ? 50 : 1000
  const slapd = await startSlapd({ ldif: [...demoLdif({ baseDn: TEST_BASE, people: PEOPLE })].join('') })
  const database = await startDatabase()
  const instance = await startInstanceProcess(slapd, database.url)
  const accounts = [await signedIn(instance.url, 'hr')]
  for (const login of await otherLogins(slapd)) {
    const client = new Client(instance.url)
    const { __typename } = await client.tryLogin(login, 'dolores')
    if (__typename === 'Session') accounts.push(client)
    if (accounts.length === (isSmall ? 5 : 20)) break
  }
  const cursors = await Promise.all(accounts.map((client) => snapshotOf(client)))
  const online = await startOnline({
    url: `${instance.url}/graphql`,
    query: operation('Changes'),
    clients,
    accounts: accounts.map((client, i) => ({
      accessToken: client.tokens?.accessToken ?? '',
      cursor: cursors[i]?.version ?? '',
    })),
  })
  say(`${clients} clients of ${accounts.length} people are online`)

  const ldif = await newPeople(slapd, imported)
  const before = await instance.usage()
  const started = performance.now()
  const queries = new Queries(accounts[0])
  await slapd.ldapmodify(ldif)
  const written = performance.now()
  say(`the import took ${Math.round(written - started)} ms`)
  await reached(instance, before.version + imported)
  const taken = performance.now()
  const fresh = await Promise.all(accounts.map((client) => snapshotOf(client)))
  await converged(
    online,
    fresh.map(({ digest }) => digest),
  )
  const over = performance.now()
  const times = await queries.stop()
  const after = await instance.usage()
  const report = await online.report()
  await online.stop()
  await instance.stop()
  await database.stop()
  await slapd.stop()
  say(`${report.cuts} connections were cut; the clients used ${Math.round(report.cpuMs)} ms of CPU`)
  return [
    {
      what: `people imported by another tool, taken into the log`,
      value: imported / ((taken - started) / 1000),
      unit: 'versions/s',
      yardstick: { what: 'the import itself', value: imported / ((written - started) / 1000) },
    },
    {
      what: `all of ${clients} clients have what a fresh snapshot has, after the import`,
      value: over - written,
      unit: 'ms',
    },
    {
      what: 'deltas of a client',
      value: median(report.deltas),
      unit: '',
      yardstick: { what: 'versions', value: imported },
      limit: { atMost: 0.1 },
    },
    { what: 'sent to all clients', value: report.megabytes, unit: 'MB' },
    { what: 'a trivial query meanwhile, p50', value: median(times), unit: 'ms' },
    { what: 'a trivial query meanwhile, p99', value: quantile(times, 0.99), unit: 'ms' },
    { what: 'longest stall of the event loop', value: after.stallMs, unit: 'ms' },
    { what: 'server CPU of an imported person', value: (after.cpuMs - before.cpuMs) / imported, unit: 'ms' },
    { what: 'memory of the server', value: after.rss / 2 ** 20, unit: 'MB' },
  ]
}

/** The same question again and again, whatever else goes on. */
class Queries {
  readonly #times: number[] = []
  readonly #work: Promise<void>
  #isOver = false

  constructor(client: Client | undefined) {
    this.#work = this.#run(client)
  }

  async stop(): Promise<readonly number[]> {
    this.#isOver = true
    await this.#work
    return this.#times
  }

  async #run(client: Client | undefined): Promise<void> {
    while (!this.#isOver) {
      const asked = performance.now()
      await client?.query('{ __typename }')
      this.#times.push(performance.now() - asked)
      await pause(QUERY_EVERY_MS)
    }
  }
}

async function reached(instance: { usage(): Promise<{ version: number }> }, version: number): Promise<void> {
  await until(`version ${version}`, async () => (await instance.usage()).version >= version)
}

async function converged(
  online: { report(): Promise<{ digests: readonly (readonly string[])[]; problems: readonly string[] }> },
  wanted: readonly string[],
): Promise<void> {
  await until('all clients have it', async () => {
    const { digests, problems } = await online.report()
    if (problems[0] !== undefined) throw new Error(`a client got something else: ${problems[0]}`)
    return digests.every((found, account) => found.length === 1 && found[0] === wanted[account])
  })
}

async function until(what: string, holds: () => Promise<boolean>): Promise<void> {
  for (const deadline = Date.now() + PATIENCE_MS; !(await holds()); await pause(100))
    if (Date.now() > deadline) throw new Error(`It did not come to hold: ${what}`)
}

async function snapshotOf(client: Client): Promise<{ version: string; digest: string }> {
  const { snapshot } = await client.query(operation('Snapshot'), { first: 1, after: null })
  return snapshot as { version: string; digest: string }
}

async function otherLogins(slapd: TestSlapd): Promise<string[]> {
  const text = await slapd.ldapsearch(
    '(&(objectClass=dlrPerson)(dlrRole=*)(!(dlrDisabled=TRUE))(!(uid=hr)))',
    'uid',
  )
  return valuesOf(text, 'uid')
}

/** People like those who are there: each takes type, departments and roles of one of them. */
async function newPeople(slapd: TestSlapd, count: number): Promise<string> {
  const text = await slapd.ldapsearch(
    '(&(objectClass=dlrPerson)(dlrType=*))',
    'dlrType',
    'dlrMembership',
    'dlrRole',
  )
  const models = text.split('\n\n').flatMap((record) => {
    const [type] = valuesOf(record, 'dlrType')
    const departments = valuesOf(record, 'dlrMembership').flatMap(
      (value) => /"departmentId":"([^"]+)"/.exec(value)?.[1] ?? [],
    )
    return type === undefined ? [] : [{ type, departments, roles: valuesOf(record, 'dlrRole') }]
  })
  const entries = Array.from({ length: count }, (_, n) => {
    const model = models[n % models.length]
    return ldifEntry(`uid=new${n},${slapd.layout.people}`, {
      objectClass: ['inetOrgPerson', 'dlrPerson'],
      uid: `new${n}`,
      cn: `李小红 ${n}`,
      sn: '李',
      displayName: `李小红 ${n}`,
      mail: `new${n}@polaris.example`,
      mobile: `+86 139 ${String(n).padStart(8, '0')}`,
      title: 'Engineer',
      dlrType: model?.type ?? '',
      dlrDepartment: model?.departments ?? [],
      dlrRole: model?.roles ?? [],
    })
  })
  return entries.join('')
}

/** Of a record of LDIF. */
function valuesOf(record: string, attribute: string): string[] {
  const lines = record.matchAll(new RegExp(`^${attribute}:(:?) (.*)$`, 'gm'))
  return [...lines].map(([, isEncoded, value = '']) =>
    isEncoded === ':' ? Buffer.from(value, 'base64').toString() : value,
  )
}
