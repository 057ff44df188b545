import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { auditOf, type LoggedRecord } from '../audit/log.ts'
import { type EditWorld, startEditWorld } from './world.ts'

const SCRIPT = fileURLToPath(new URL('./editor-process.ts', import.meta.url))

let world: EditWorld
beforeAll(async () => {
  world = await startEditWorld()
})
afterAll(async () => await world?.close())

let serial = 0
async function department(parentId?: string): Promise<string> {
  const { company, departmentType } = world.places
  const name = `Crashing ${++serial}`
  const made = await world.hr.edit('createDepartment', {
    name,
    typeId: departmentType,
    parentId: parentId ?? company,
  })
  return made.department?.id ?? ''
}
async function person(...departmentIds: string[]): Promise<string> {
  const made = await world.hr.edit('createStaff', {
    login: `crash${++serial}`,
    name: `Crash ${serial}`,
    typeId: world.places.staffType,
    memberships: departmentIds.map((departmentId) => ({ departmentId })),
  })
  return made.staff?.id ?? ''
}

/** A department with one below it, somebody who belongs nowhere else, and somebody who does. */
async function scenery() {
  const [id, other] = [await department(), await department()]
  const child = await department(id)
  return { id, other, child, only: await person(id), both: await person(id, other) }
}
type Scenery = Awaited<ReturnType<typeof scenery>>

/** The status and place of all of it. */
function picture({ id, other, child, only, both }: Scenery) {
  const departments = [id, other, child].map((d) => {
    const entry = world.state.get('department', d)
    return [entry?.status, entry?.parentId]
  })
  const people = [only, both].map((p) => {
    const entry = world.state.get('staff', p)
    return [entry?.status, entry?.memberships.map((m) => m.departmentId).sort()]
  })
  return { departments, people }
}

/** Runs an edit in a process that kills itself with -9 before its n-th step; resolves when it is dead. */
async function killed(edit: string, input: object, dieBefore: number, key: string): Promise<void> {
  const { urls, baseDn, bindDn, bindPassword, startTls } = world.server.slapd.options
  const hr = [...world.state.all('staff')].find((s) => s.login === 'hr')
  const argument = JSON.stringify({
    databaseUrl: world.server.database.url,
    directory: { urls, baseDn, bindDn, bindPassword, startTls, ca: null },
    staffId: hr?.id,
    key,
    edit: { [edit]: input },
    dieBefore,
  })
  const child = spawn(process.execPath, ['--import', 'tsx', SCRIPT, argument], {
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  let said = ''
  child.stderr.on('data', (data: Buffer) => (said += data.toString()))
  const [code, signal] = await once(child, 'exit')
  expect([code, signal, said]).toEqual([null, 'SIGKILL', ''])
}

async function unfinished(): Promise<number> {
  const rows = await world.server.database.sql<{ n: number }>(
    'SELECT count(*)::int AS n FROM edit WHERE finished_at IS NULL',
  )
  return rows[0]?.n ?? 0
}
const recovered = () =>
  vi.waitFor(async () => expect(await unfinished()).toBe(0), { timeout: 20_000, interval: 50 })

/** Of the edit itself, not of what made its scenery. */
function isAbout({ action, changes }: LoggedRecord, { id }: Scenery): boolean {
  return !action.endsWith('.create') && changes.some((change) => change.id === id)
}
function shapeOf(record: LoggedRecord | undefined) {
  return record?.changes.map(({ kind, fields }) => [kind, fields.map(({ field }) => field)]).sort()
}

const CASES = [
  {
    edit: 'deleteDepartment',
    inputOf: ({ id }: Scenery) => ({ id, contents: 'TRASH' }),
    steps: 4,
  },
  { edit: 'mergeDepartment', inputOf: ({ id, other }: Scenery) => ({ id, intoId: other }), steps: 5 },
]

describe.each(CASES)('[T76] $edit killed with -9', ({ edit, inputOf, steps }) => {
  it.each(Array.from({ length: steps + 1 }, (_, i) => i))(
    'before its step %i of those is finished by whoever runs on, and the answer can still be asked for',
    async (dieBefore) => {
      const crashed = await scenery()
      const key = `crash ${edit} ${dieBefore}`
      await killed(edit, inputOf(crashed), dieBefore, key)
      await recovered()
      const plain = await scenery()
      expect(await world.hr.edit(edit, inputOf(plain))).toMatchObject({ __typename: 'DepartmentEdited' })
      // The same key tells what became of it, and does nothing twice.
      const told = await world.hr.edit(edit, { ...inputOf(crashed), idempotencyKey: key })
      expect(told).toMatchObject({ __typename: 'DepartmentEdited', version: expect.any(String) })
      // What the crashed one has left looks as what the other one did.
      const names = Object.fromEntries(
        Object.entries(crashed).map(([name, id]) => [id, Reflect.get(plain, name)]),
      )
      const renamed: unknown = JSON.parse(
        JSON.stringify(picture(crashed)),
        (_, value) => names[value] ?? value,
      )
      expect(renamed).toEqual(JSON.parse(JSON.stringify(picture(plain))))
      // One record, with all that it would have had: who, from where, before and after.
      const [record, ...more] = (await auditOf(world.server.database)).filter((r) => isAbout(r, crashed))
      const [whole] = (await auditOf(world.server.database)).filter((r) => isAbout(r, plain))
      expect(more).toEqual([])
      expect(record).toMatchObject({ outcome: 'DONE', actorLogin: 'hr', address: '192.0.2.7' })
      expect(shapeOf(record)).toEqual(shapeOf(whole))
    },
  )
})

it('[T76] what cannot be finished after a crash is undone', async () => {
  const crashed = await scenery()
  const before = picture(crashed)
  await killed('deleteDepartment', { id: crashed.id, contents: 'TRASH' }, 3, 'undone')
  // Meanwhile the department goes away by other hands.
  const dn =
    /^dn: (.*)$/m.exec(await world.server.slapd.ldapsearch(`(entryUUID=${crashed.id})`, '1.1'))?.[1] ?? ''
  await world.server.slapd.ldapmodify(
    `dn: ${dn}\nchangetype: modify\nreplace: description\ndescription: mine\n`,
  )
  await recovered()
  await world.server.until(() => world.state.get('staff', crashed.only)?.status === 'ACTIVE')
  expect(picture(crashed)).toEqual(before)
  expect(await world.server.slapd.ldapsearch('(objectClass=dlrTrashEntry)', 'dlrTrashedFrom')).not.toContain(
    crashed.id,
  )
  const records = (await auditOf(world.server.database)).filter((r) => isAbout(r, crashed))
  expect(records).toMatchObject([{ action: 'department.delete', outcome: 'UNDONE', actorLogin: 'hr' }])
})
