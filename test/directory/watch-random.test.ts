import { afterEach, beforeEach, expect, it } from 'vitest'
import { dn, formatRdn, parentDn, parseDn } from '../../src/directory/names.ts'
import { LdapPool } from '../../src/directory/pool.ts'
import { DirectoryWriter } from '../../src/directory/writer.ts'
import { AppError } from '../../src/errors.ts'
import { canonicalJson } from '../../src/model/canonical.ts'
import { startSlapd, type TestSlapd } from '../support/slapd.ts'
import { Follower } from './follower.ts'

const PEOPLE = 'ou=people,dc=dolores,dc=test'
const DEPARTMENTS = 'ou=departments,dc=dolores,dc=test'
const ROUNDS = 10

/** mulberry32: the same numbers for the same seed. */
function randomOf(seed: number): (below: number) => number {
  let state = seed
  return (below) => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) % below
  }
}

let slapd: TestSlapd
let pool: LdapPool
beforeEach(async () => {
  slapd = await startSlapd()
  pool = new LdapPool(slapd.options)
})
afterEach(async () => {
  await pool.close()
  await slapd.stop()
})

/** Structure without the names of the ancestors, of which a move of the ancestor alone is told. */
function contents(of: Follower): Map<string, string> {
  const text = (name: string, attributes: ReadonlyMap<string, readonly Buffer[]>) =>
    canonicalJson([
      formatRdn(parseDn(name)[0] ?? []),
      Object.fromEntries([...attributes].map(([type, values]) => [type, values.map(String)])),
    ])
  return new Map([...of.entries.values()].map((e) => [e.id, text(e.dn, e.attributes)] as const))
}

it('[trap 1] [trap 4] [T66] under random edits, cut sessions and kill -9 a follower ends where a fresh refresh does', async () => {
  const random = randomOf(20260101)
  const writer = new DirectoryWriter(pool)
  const follower = new Follower()
  let serial = 0

  const names = async (base: string): Promise<string[]> => {
    const { searchEntries } = await pool.use(
      async (client) => await client.search(base, { scope: 'children', attributes: ['1.1'], timeLimit: 0 }),
      { idempotent: true },
    )
    return searchEntries.map((e) => e.dn)
  }
  const edit = async (): Promise<unknown> => {
    const kind = random(10)
    const isPerson = random(2) === 0
    const all = await names(isPerson ? PEOPLE : DEPARTMENTS)
    const some = all[random(Math.max(all.length, 1))]
    if (kind < 4 || some === undefined) {
      const name = `n${++serial}`
      return isPerson
        ? await writer.add(dn`uid=${name},${PEOPLE}`, {
            objectClass: 'inetOrgPerson',
            uid: name,
            cn: name,
            sn: name,
          })
        : await writer.add(dn`ou=${name},${random(2) === 0 ? DEPARTMENTS : (some ?? DEPARTMENTS)}`, {
            objectClass: 'organizationalUnit',
            ou: name,
          })
    }
    if (kind < 7) {
      return await writer.modify(some, [
        { operation: 'replace', attribute: 'description', values: [`d${++serial}`] },
      ])
    }
    if (kind === 7) return await writer.remove(some)
    if (isPerson) return await writer.move(some, dn`uid=${`r${++serial}`},${PEOPLE}`)
    const target = random(3) === 0 ? parentDn(some) : (all[random(all.length)] ?? DEPARTMENTS)
    return await writer.move(some, dn`ou=${`r${++serial}`},${target}`)
  }
  /** What the directory refuses, or what was cut by the kill, is part of the game; anything else is not. */
  const edits = async (count: number): Promise<void> => {
    for (let i = 0; i < count; i++) {
      await edit().catch((e: unknown) => {
        if (!(e instanceof AppError) || e.code === 'INTERNAL') throw e
      })
    }
  }

  follower.start(slapd.options)
  await follower.live()
  for (let round = 0; round < ROUNDS; round++) {
    const writers = Promise.all([edits(40), edits(40), edits(40)])
    await edits(10)
    await follower.stop().catch(() => {})
    await edits(10)
    if (round % 2 === 1) {
      await slapd.kill9()
      await slapd.restart()
    }
    follower.start(slapd.options)
    await Promise.all([writers, follower.live()])
    await follower.stop()

    const truth = new Follower()
    truth.start(slapd.options)
    await truth.live()
    await truth.stop()
    follower.start(slapd.options)
    await follower.live()
    expect(contents(follower)).toEqual(contents(truth))
    expect(truth.entries.size).toBeGreaterThan(20)
  }
  await follower.stop()
})
