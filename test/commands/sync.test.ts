import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { World } from '../projector/world.ts'

const run = promisify(execFile)
const SCRIPT = fileURLToPath(new URL('../../src/commands/sync.ts', import.meta.url))

let world: World

beforeEach(async () => {
  world = await World.start()
})

afterEach(() => world.close())

async function sync(...args: string[]): Promise<string> {
  const env = { ...process.env, DATABASE_URL: world.db.url }
  const { stdout } = await run(process.execPath, ['--import', 'tsx', SCRIPT, ...args], { env })
  return stdout
}

const dnOf = (n: number) => `uid=p${n},${world.slapd.layout.people}`

const person = (n: number) =>
  `dn: ${dnOf(n)}\nobjectClass: inetOrgPerson\nuid: p${n}\ncn: p${n}\nsn: p${n}\n\n`

const people = Array.from({ length: 20 }, (_, n) => n)

describe('npm run sync', () => {
  it('[L6][T64] tells why nothing is taken any more, and --confirm lets it pass', async () => {
    await world.slapd.ldapmodify(people.map(person).join(''))
    const running = world.project()
    await world.consumed()
    const removals = people.slice(0, 15).map((n) => `dn: ${dnOf(n)}\nchangetype: delete\n\n`)
    await world.slapd.ldapmodify(removals.join(''))
    await vi.waitFor(() => expect(running.projector.status.state).toBe('stopped'), { timeout: 10_000 })

    expect(await sync()).toMatch(/takes nothing from the directory\. mass: .* of 20 people/)
    expect(await sync('--confirm')).toMatch(/^Confirmed: mass: .*\nThe log follows the directory again\.\n$/)
    await world.consumed()
    await world.expectAgreement()
    expect(await sync('--confirm')).toBe('Nothing waits for a confirmation.\n')
  })

  it('--full has everything compared; --status names what is malformed', async () => {
    world.project()
    await world.slapd.ldapmodify(
      `dn: cn=bad,${world.slapd.layout.types}\nobjectClass: dlrTypeEntry\ncn: bad\ndlrAppliesTo: MOON\n`,
    )
    await world.consumed()
    expect(await sync('--full')).toBe('Everything was compared with the directory.\n')
    expect(await sync('--status')).toMatch(/Projector: at work\n[^]*left out: 1\n {2}cn=bad \(.*\): .*MOON/)
  })

  it('says what to do when it is asked for something that it does not know', async () => {
    await expect(sync('--bogus')).rejects.toMatchObject({
      code: 1,
      stderr: expect.stringContaining('--bogus'),
    })
  })
})
