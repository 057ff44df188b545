import { readFileSync } from 'node:fs'
import { createConnection, type Socket } from 'node:net'
import { TLSSocket } from 'node:tls'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { openBoundConnection, type DirectoryOptions } from '../../src/directory/connection.ts'
import { Proxy } from '../support/proxy.ts'
import { startSlapd, type TestSlapd } from '../support/slapd.ts'
import { Follower } from './follower.ts'

const read = (name: string) =>
  readFileSync(new URL(`../support/certificates/${name}`, import.meta.url), 'utf8')
const ca = read('authority.pem')
type Certificate = 'server' | 'other-host' | 'expired'

let slapd: TestSlapd
let proxy: Proxy | null = null
beforeAll(async () => {
  slapd = await startSlapd()
})
afterEach(() => proxy?.close())
afterAll(async () => await slapd.stop())

/** The message id of the STARTTLS request is 1. */
const answer = (code: number) => Buffer.from([0x30, 12, 0x02, 1, 1, 0x78, 7, 0x0a, 1, code, 0x04, 0, 0x04, 0])

/** Gives slapd TLS: at once for ldaps, or after `answers` was sent to a STARTTLS request. */
async function secured(certificate: Certificate, answers: Buffer | null): Promise<Proxy> {
  return await Proxy.listen((client, own) => {
    const upgrade = () => {
      const secure = own(
        new TLSSocket(client, {
          isServer: true,
          cert: read(`${certificate}.pem`),
          key: read(`${certificate}.key`),
        }),
      )
      const server: Socket = own(createConnection(Number(new URL(slapd.url).port), '127.0.0.1'))
      secure.pipe(server).pipe(secure)
    }
    if (answers === null) upgrade()
    else
      client.once('data', () => {
        client.removeAllListeners('data')
        client.write(answers)
        upgrade()
      })
  })
}

async function signIn(options: Partial<DirectoryOptions>): Promise<void> {
  const all = { ...slapd.options, ca, ...options }
  const connection = await openBoundConnection(all, all.urls[0] ?? '')
  const { searchEntries } = await connection.client.search('dc=dolores,dc=test', { scope: 'base' })
  expect(searchEntries).toHaveLength(1)
  await connection.close()
}

describe.each([
  ['ldaps', null],
  ['STARTTLS', answer(0)],
] as const)('[T69] %s', (name, answers) => {
  const options = (host = '127.0.0.1') => ({
    urls: [`${answers === null ? 'ldaps' : 'ldap'}://${host}:${proxy?.port}`],
    startTls: answers !== null,
  })

  it.each(['127.0.0.1', 'localhost'])('signs in at %s when the certificate is right', async (host) => {
    proxy = await secured('server', answers)
    await signIn(options(host))
  })

  it('carries a watch', async () => {
    proxy = await secured('server', answers)
    const follower = new Follower()
    follower.start({ ...slapd.options, ca, ...options() })
    await follower.live()
    await slapd.ldapmodify(
      `dn: uid=${name},ou=people,dc=dolores,dc=test\nobjectClass: inetOrgPerson\nuid: ${name}\ncn: x\nsn: x\n`,
    )
    await follower.until(() => follower.dns().some((dn) => dn.startsWith(`uid=${name},`)))
    await follower.stop()
  })

  it.each([
    ['expired', 'expired', /expired/],
    ['of another host', 'other-host', /does not match|altnames/],
  ] as const)('refuses a certificate that is %s', async (_, certificate, reason) => {
    proxy = await secured(certificate, answers)
    await expect(signIn(options())).rejects.toThrow(reason)
  })

  it('refuses an authority that nobody has named', async () => {
    proxy = await secured('server', answers)
    await expect(signIn({ ...options(), ca: null })).rejects.toThrow(/certificate/)
  })
})

describe('[T69] STARTTLS', () => {
  it('that is refused ends the connection before the password is sent', async () => {
    const heard: Buffer[] = []
    proxy = await Proxy.listen((client) => {
      client.on('data', (chunk: Buffer) => {
        heard.push(chunk)
        client.write(answer(2))
      })
    })
    await expect(signIn({ urls: [proxy.url], startTls: true })).rejects.toThrow(/STARTTLS was refused/)
    expect(Buffer.concat(heard).includes(slapd.options.bindPassword)).toBe(false)
  })

  it('is refused by a slapd without it, and nothing is sent in clear', async () => {
    await expect(signIn({ startTls: true })).rejects.toThrow(/STARTTLS was refused/)
  })

  it('followed by data in clear is refused', async () => {
    proxy = await secured('server', Buffer.concat([answer(0), answer(0)]))
    await expect(signIn({ urls: [proxy.url], startTls: true })).rejects.toThrow(/in clear/)
  })
})
