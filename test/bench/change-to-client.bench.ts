import { pause } from '../../src/clock.ts'
import { watch } from '../../src/directory/watch.ts'
import { demoLdif } from '../../src/local/demo/company.ts'
import { operation } from '../support/device.ts'
import { startSlapd, TEST_BASE } from '../support/slapd.ts'
import { median, quantile, type Bench } from './figures.ts'
import { signedIn, startInstanceProcess } from './instance.ts'
import { LdapLine } from './ldap-line.ts'
import { startDatabase } from './world.ts'

const PEOPLE = 1000
/** Longer than bursts are merged (P5): each change is one that comes by itself. */
const QUIET_MS = 30

/**
 * Issue 3, item 6: the way of one change from the LDAP request to a client's socket, and of the same request to the event
 * at a bare content-sync consumer. Nothing of durability is switched off.
 */
export const bench: Bench = async ({ isSmall, say }) => {
  const rounds = isSmall ? 30 : 500
  const warmUp = isSmall ? 10 : 600
  const slapd = await startSlapd({ ldif: [...demoLdif({ baseDn: TEST_BASE, people: PEOPLE })].join('') })
  const database = await startDatabase()
  const instance = await startInstanceProcess(slapd, database.url)
  const end = new AbortController()
  const line = await LdapLine.open(slapd.options)
  const seen = new Stops()

  const login = new RegExp(`^dn: (uid=hr,.*)$`, 'm')
  const dn = login.exec(await slapd.ldapsearch('(uid=hr)', '1.1'))?.[1] ?? ''
  const watching = watch(
    slapd.options,
    null,
    async (event) => {
      if (event.kind !== 'entry') return
      for (const title of event.entry.attributes.get('title') ?? []) seen.reach('consumer', title.toString())
    },
    end.signal,
  )
  const client = await signedIn(instance.url, 'hr')
  const { snapshot } = await client.query(operation('Snapshot'), { first: 1, after: null })
  const since: unknown = Reflect.get(snapshot ?? {}, 'version')
  const wire = await client.socket()
  wire.ws.removeAllListeners('message')
  const joined = new Promise<void>((resolve) => {
    wire.ws.on('message', (data: Buffer) => {
      resolve()
      const title = /"title":"(round \d+)"/.exec(data.toString('utf8'))?.[1]
      if (title !== undefined) seen.reach('client', title)
    })
  })
  wire.subscribe('live', operation('Changes'), { since })
  await joined

  const before = await instance.usage()
  const times = { consumer: [] as number[], client: [] as number[] }
  for (let round = 0; round < warmUp + rounds; round++) {
    await pause(QUIET_MS)
    const title = `round ${round}`
    const request = line.replace(dn, 'title', title)
    const started = performance.now()
    const both = seen.both(title)
    await line.send(request)
    const { consumer, client: reached } = await both
    if (round < warmUp) continue
    times.consumer.push(consumer - started)
    times.client.push(reached - started)
    if (round % 100 === 0) say(`round ${round}`)
  }
  const after = await instance.usage()
  end.abort()
  await watching
  wire.ws.terminate()
  line.close()
  await instance.stop()
  await database.stop()
  await slapd.stop()
  const yardstick = (q: number) => ({
    what: 'bare content sync',
    value: quantile(times.consumer, q),
  })
  return [
    {
      what: 'LDAP modify to delta at a socket, p50',
      value: median(times.client),
      unit: 'ms',
      yardstick: yardstick(0.5),
      limit: { atMost: 3 },
    },
    {
      what: 'LDAP modify to delta at a socket, p99',
      value: quantile(times.client, 0.99),
      unit: 'ms',
      yardstick: yardstick(0.99),
    },
    {
      what: 'server CPU of a change',
      value: (after.cpuMs - before.cpuMs) / (warmUp + rounds),
      unit: 'ms',
    },
  ]
}

/** When each round's change has reached each end. */
class Stops {
  readonly #times = new Map<string, { consumer?: number; client?: number }>()
  #waiting: { title: string; resolve: (times: { consumer: number; client: number }) => void } | null = null

  reach(end: 'consumer' | 'client', title: string): void {
    const times = { ...this.#times.get(title), [end]: performance.now() }
    this.#times.set(title, times)
    const { consumer, client } = times
    if (this.#waiting?.title !== title || consumer === undefined || client === undefined) return
    this.#waiting.resolve({ consumer, client })
  }

  both(title: string): Promise<{ consumer: number; client: number }> {
    return new Promise((resolve) => (this.#waiting = { title, resolve }))
  }
}
