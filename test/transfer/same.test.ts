import fc from 'fast-check'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { type EditWorld, startEditWorld } from '../edit/world.ts'
import { ended, plainRows, started, undone, upload } from './world.ts'

let world: EditWorld
beforeAll(async () => {
  world = await startEditWorld()
})
afterAll(async () => await world?.close())

const LOGINS = ['sa', 'sb', 'sc', 'SA', 'hr', '']
const login = fc.constantFrom(...LOGINS)
const paths = () => {
  const company = world.state.get('department', world.places.company)?.name ?? ''
  return ['', company, `${company}/Same`, `${company}/Same/Deep`, 'Nowhere', `${company};${company}/Same`]
}
const cells = () =>
  fc.record({
    login,
    name: fc.constantFrom('A', 'B', '', '@clear'),
    type: fc.constantFrom(world.places.staffType, '', 'no type'),
    departments: fc.constantFrom(...paths()),
    title: fc.constantFrom('', 'x', 'y', '@clear'),
    manager: login,
    mobile: fc.constantFrom('', '+86 139 0000', 'bad'),
    status: fc.constantFrom('', '', '', 'DISABLED', 'ACTIVE'),
  })
type Cells = Record<string, string>

function csv(rows: readonly Cells[]): string {
  const columns = ['login', 'name', 'type', 'departments', 'title', 'manager', 'mobile', 'status']
  return [columns, ...rows.map((row) => columns.map((column) => row[column] ?? ''))]
    .map((line) => line.map((cell) => `"${cell}"`).join(','))
    .join('\n')
}

/** Everything that an import may have touched, without what changes by itself. */
function picture(): unknown {
  const { state } = world
  const people = [...state.all('staff')].filter((s) => s.status !== 'TRASHED')
  const departments = [...state.all('department')].filter((d) => d.status !== 'TRASHED')
  return [...people, ...departments].toSorted((a, b) => (a.id < b.id ? -1 : 1))
}

it('[T112] whatever a file says: the dry run writes nothing and tells what the real one does, and the undo leaves nothing of it', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(cells(), { minLength: 1, maxLength: 12 }),
      fc.constantFrom('UPSERT', 'UPSERT', 'CREATE', 'UPDATE'),
      fc.boolean(),
      async (rows, mode, createDepartments) => {
        const o = { mode, createDepartments, departmentType: world.places.departmentType }
        const before = picture()
        const { version } = world.server.instance.replica
        const { client } = world.hr
        const uploadId = await upload(client, csv(rows))
        const dry = await ended(client, await started(client, { ...o, uploadId, dryRun: true }))
        expect(world.server.instance.replica.version).toBe(version)
        const real = await ended(client, await started(client, { ...o, uploadId }))
        expect(plainRows(real)).toEqual(plainRows(dry))
        const counted = ({ created, updated, unchanged, failed, incomplete }: typeof dry) => {
          const counts = { created, updated, unchanged, failed, incomplete }
          return counts
        }
        expect(counted(real)).toEqual(counted(dry))
        const back = await undone(world.hr.client, real.id)
        expect(back).toMatchObject({ kept: 0, undone: real.edits })
        expect(picture()).toEqual(before)
      },
    ),
    { numRuns: Number(process.env['HISTORIES'] ?? 15) },
  )
}, 300_000)
