import { connect } from 'node:net'
import { once } from 'node:events'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { demoLdif } from '../../src/local/demo/company.ts'
import { startServer, type TestServer } from '../support/server.ts'
import { TEST_BASE } from '../support/slapd.ts'

const PEOPLE = 6000

let server: TestServer
beforeAll(async () => {
  server = await startServer({ ldif: [...demoLdif({ baseDn: TEST_BASE, people: PEOPLE })].join('') })
}, 120_000)
afterAll(() => server?.close())

/** Somebody who asks for an export over a bare socket and reads nothing until told so. */
async function asking(token: string): Promise<() => Promise<string>> {
  const { hostname, port } = new URL(server.url)
  const socket = connect(Number(port), hostname)
  await once(socket, 'connect')
  socket.pause()
  socket.write(`GET /export.ldif HTTP/1.1\r\nHost: ${hostname}\r\nAuthorization: Bearer ${token}\r\n\r\n`)
  return async () => {
    const pieces: Buffer[] = []
    socket.on('error', () => {})
    socket.on('data', (data: Buffer) => {
      pieces.push(data)
      if (data.subarray(-5).toString('latin1') === '0\r\n\r\n') socket.end()
    })
    socket.resume()
    await once(socket, 'close')
    return Buffer.concat(pieces).toString('latin1')
  }
}
const people = (text: string) => text.match(/^uid::? /gm)?.length ?? 0

describe('a reader of an export who does not read', () => {
  it('[T73] gets all of it when they go on, and nobody waits for them meanwhile', async () => {
    const hr = await server.login('hr', 'dolores')
    const read = await asking(hr.tokens?.accessToken ?? '')
    expect(await hr.query('{ viewer { staff { login } } }')).toMatchObject({ viewer: expect.anything() })
    const text = await read()
    expect(text).toMatch(/\r\n0\r\n\r\n$/)
    const all = [...server.instance.replica.state.all('staff')].filter((s) => s.status !== 'TRASHED')
    expect(people(text)).toBe(all.length)
  }, 60_000)

  it('[T40] [P4] gets no more of it once their session has ended, and sees that it is not whole', async () => {
    const hr = await server.login('hr', 'dolores')
    const read = await asking(hr.tokens?.accessToken ?? '')
    // It stands still: this much the system takes for somebody who does not read.
    await hr.query('{ viewer { staff { login } } }')
    await hr.query('mutation { logout }')
    const text = await read()
    expect(text).not.toMatch(/\r\n0\r\n\r\n$/)
    expect(people(text)).toBeLessThan(PEOPLE)
  }, 60_000)
})
