import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { startServer, type TestServer } from '../support/server.ts'

const run = promisify(execFile)

let server: TestServer
beforeAll(async () => {
  server = await startServer()
})
afterAll(async () => await server?.close())

it('the first ten minutes of an empty directory, as the README tells them, end with somebody whom everybody sees', async () => {
  const readme = await readFile('README.md', 'utf8')
  const part = readme.slice(readme.indexOf('## The first ten minutes'))
  const script = /```sh\n([^]*?)```/.exec(part)?.[1] ?? ''
  const [first = '', ...rest] = script.split('\n')
  const { LDAP_URLS, LDAP_BASE_DN, LDAP_BIND_DN, LDAP_BIND_PASSWORD } = server.config
  const env = {
    ...process.env,
    LDAP_URLS: LDAP_URLS.join(','),
    LDAP_BASE_DN,
    LDAP_BIND_DN,
    LDAP_BIND_PASSWORD,
  }
  await run('bash', ['-c', first], { env })
  await server.until(() => [...server.instance.replica.state.all('staff')].some((s) => s.login === 'boss'))
  const { stdout } = await run('bash', ['-c', rest.join('\n').replace('http://127.0.0.1:4000', server.url)])
  const answers = stdout.trim().split(/(?<=\})\s*(?=\{"data")/)
  expect(answers.at(-1)).toContain('{"name":"Company","memberCount":1}')
  expect(answers.at(-1)).toContain('{"name":"Their Name"}')
  expect(stdout).not.toContain('message')
}, 120_000)
