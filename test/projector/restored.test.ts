import { afterEach, beforeEach, it } from 'vitest'
import { World } from './world.ts'

const TABLES = ['log_head', 'log_version', 'log_change', 'entry', 'node', 'source', 'lease']

let world: World

beforeEach(async () => {
  world = await World.start()
  // The restore is over long before the lease would run out: nothing but the log tells of it.
  world.project({ timing: { leaseMs: 60_000 } })
  await world.consumed()
})

afterEach(() => world.close())

const at = (uid: string) => `uid=${uid},${world.slapd.layout.people}`

const person = (uid: string) =>
  `dn: ${at(uid)}\nchangetype: add\nobjectClass: inetOrgPerson\nobjectClass: dlrPerson\nuid: ${uid}\ncn: ${uid}\nsn: ${uid}\n\n`

/** A backup of everything, and the way back to it in one transaction. */
async function backup(): Promise<() => Promise<void>> {
  for (const table of TABLES) await world.sql(`CREATE TABLE backup_${table} AS TABLE ${table}`)
  return async () => {
    await world.db.prisma.$transaction(async (tx) => {
      for (const table of TABLES) {
        await tx.$executeRawUnsafe(`DELETE FROM ${table}`)
        await tx.$executeRawUnsafe(`INSERT INTO ${table} TABLE backup_${table}`)
      }
    })
  }
}

it.each(['and nothing happens in the directory', 'and the directory goes on at once'])(
  '[L1][L9] the database is restored under a projector, %s: what was lost comes again',
  async (situation) => {
    await world.slapd.ldapmodify(person('ann'))
    await world.consumed()
    const restore = await backup()
    await world.slapd.ldapmodify(person('ben'))
    await world.slapd.ldapmodify(`dn: ${at('ann')}\nchangetype: modify\nreplace: title\ntitle: Head\n`)
    await world.consumed()
    await restore()
    if (situation.includes('goes on')) await world.slapd.ldapmodify(person('cia'))
    await world.consumed()
    await world.expectAgreement()
  },
)
