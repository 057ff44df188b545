import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { createConnection, type Socket } from 'node:net'
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest'
import { demoLdif } from '../../src/local/demo/company.ts'
import { rowsOf } from '../support/apply.ts'
import { Device } from '../support/device.ts'
import { clientFor } from '../support/pass.ts'
import { Proxy } from '../support/proxy.ts'
import { startServer, type TestServer } from '../support/server.ts'
import { startSlapd, TEST_BASE, type TestSlapd } from '../support/slapd.ts'
import { Wire } from '../support/wire.ts'

/** Peers that are gone without a word: TCP alone would keep them for hours. */
let slapd: TestSlapd
let server: TestServer

beforeAll(async () => {
  slapd = await startSlapd({ ldif: [...demoLdif({ baseDn: TEST_BASE, people: 200 })].join('') })
})
afterAll(() => slapd?.stop())
beforeEach(async () => {
  // With one socket a person it shows from outside whether the server still keeps the dead one.
  server = await startServer({ slapd, limits: { pingMs: 1000, maxSocketsPerStaff: 1 } })
})
afterEach(() => server?.close())

/** Whether the person may open a socket; it is closed again. */
async function isFree(login: string): Promise<boolean> {
  const client = await clientFor(server, login)
  const wire = await Wire.open(`${server.url}/graphql`)
  wire.send({
    type: 'connection_init',
    payload: { authorization: `Bearer ${client.tokens?.accessToken}` },
  })
  const first = await Promise.race([wire.next(), wire.closed])
  if ('code' in first) return false
  await wire.close()
  return true
}

/** A process of its own that opens a socket, follows, and answers pings as long as it runs. */
async function clientProcess(url: string, token: string): Promise<ChildProcess> {
  const script = `
    import { WebSocket } from 'ws'
    const ws = new WebSocket('${url.replace('http', 'ws')}/graphql', 'graphql-transport-ws')
    ws.on('open', () => ws.send(JSON.stringify({ type: 'connection_init', payload: { authorization: 'Bearer ${token}' } })))
    ws.on('message', () => process.stdout.write('m'))
    ws.on('close', (code) => { process.stdout.write(String(code)); process.exit(0) })
    ws.on('error', () => {})`
  const child = spawn(process.execPath, ['--input-type=module', '--eval', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  await once(child.stdout, 'data')
  return child
}

it('[T47] a client that is stopped (SIGSTOP) answers no ping: its socket ends, and with it all that it held', async () => {
  const { tokens } = await clientFor(server, 'hr')
  const child = await clientProcess(server.url, tokens?.accessToken ?? '')
  expect(await isFree('hr')).toBe(false)
  child.kill('SIGSTOP')
  await expect.poll(() => isFree('hr'), { timeout: 15_000 }).toBe(true)
  // When it goes on it learns that it has been gone, and may come back.
  const exited = once(child, 'exit')
  child.kill('SIGCONT')
  await exited
  expect(await isFree('hr')).toBe(true)
})

/** Stands between client and server; once `isDown` neither hears anything of the other, not even that it is gone. */
class Abyss {
  isDown = false
  readonly proxy: Promise<Proxy>

  constructor(url: string) {
    const { port } = new URL(url)
    this.proxy = Proxy.listen((client, own) => {
      const behind = own(createConnection(Number(port), '127.0.0.1'))
      this.#pass(client, behind)
      this.#pass(behind, client)
    })
  }

  #pass(from: Socket, to: Socket): void {
    from.on('data', (chunk: Buffer) => this.isDown || to.write(chunk))
    from.on('close', () => this.isDown || to.destroy())
  }
}

it('[T47] a connection that swallows everything is ended by the server, also where an edit is on its way, and nobody else notices', async () => {
  const abyss = new Abyss(server.url)
  const proxy = await abyss.proxy
  const client = await clientFor(server, 'hr')
  const other = new Device(await clientFor(server, 'staff'))
  await other.load()
  await other.follow()
  const lost = new Device(client)
  const cursor = (await lost.load()).cursor
  const wire = await Wire.connect(`http://127.0.0.1:${proxy.port}/graphql`, client.tokens?.accessToken ?? '')
  expect(await isFree('hr')).toBe(false)
  abyss.isDown = true
  wire.ws.terminate()
  await slapd.ldapmodify(
    `dn: uid=staff,ou=people,${TEST_BASE}\nchangetype: modify\nreplace: title\ntitle: Heard by who is there\n`,
  )
  expect((await other.next()).changes.map((change) => change.staff?.title)).toEqual(['Heard by who is there'])
  await expect.poll(() => isFree('hr'), { timeout: 15_000 }).toBe(true)

  expect(lost.copy.cursor).toBe(cursor)
  await lost.follow()
  expect(JSON.stringify(rowsOf(lost.copy))).toContain('Heard by who is there')
  await Promise.all([lost.close(), other.close()])
  proxy.close()
})

it('[T47] a silent subscription that answers pings stays, however long nothing happens', async () => {
  const client = await clientFor(server, 'hr')
  const wire = await client.socket()
  for (let i = 0; i < 3; i++) await once(wire.ws, 'ping')
  expect(await isFree('hr')).toBe(false)
  wire.send({ type: 'ping' })
  expect((await wire.next()).type).toBe('pong')
  await wire.close()
})
