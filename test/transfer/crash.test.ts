import { spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type EditWorld, startEditWorld } from '../edit/world.ts'
import { optionsSchema } from '../../src/transfer/options.ts'
import { ended, imported, plainRows, undone, upload } from './world.ts'

const SCRIPT = fileURLToPath(new URL('./import-process.ts', import.meta.url))

let world: EditWorld
beforeAll(async () => {
  world = await startEditWorld()
})
afterAll(async () => await world?.close())
const typeName = () => world.state.get('staffType', world.places.staffType)?.name ?? ''
const company = () => world.state.get('department', world.places.company)?.name ?? ''

/** New people, departments on the way, people twice, managers before and behind, and what cannot be taken. */
function fileOf(name: string): string {
  const at = `${typeName()},${company()}`
  return [
    'login,name,type,departments,title,manager',
    `${name}1,One,${at}/${name},A,${name}9`,
    `${name}2,Two,${at}/${name}/Below,A,${name}1`,
    `${name}2,,,,B,`,
    `${name}2,,,,B,`,
    `${name}3,,${at},A,`,
    `${name}4,Four,${at},A,${name}4`,
    `${name}1,Uno,,${company()},,`,
    ...Array.from({ length: 20 }, (_, i) => `${name}x${i},Many ${i},${at},A,${name}1`),
    `${name}9,Nine,${at}/${name},A,hr`,
    `${name}x3,Third,,,C,${name}9`,
  ].join('\n')
}
const options = () =>
  optionsSchema.parse({
    format: 'csv',
    kind: 'staff',
    mode: 'UPSERT',
    encoding: null,
    delimiter: null,
    mapping: [],
    emptyClears: false,
    clearWith: '@clear',
    ignoreIds: false,
    createDepartments: true,
    departmentType: world.places.departmentType,
    staffType: null,
  })

/** Put aside, so that no server takes it before it has died once. */
async function putAside(file: string): Promise<string> {
  const [id, uploadId] = [randomUUID(), await upload(world.hr.client, file)]
  const hr = [...world.state.all('staff')].find((s) => s.login === 'hr')
  await world.server.database.sql(
    `INSERT INTO import_batch (id, actor_id, upload_id, options, state, is_dry_run, held_until, expires_at)
     VALUES ('${id}', '${hr?.id}', '${uploadId}', '${JSON.stringify(options())}', 'QUEUED', false,
       now() + interval '1 day', now() + interval '1 day')`,
  )
  return id
}

/** Works on it in a process that kills itself with -9; resolves when it is dead. */
async function killed(batchId: string, at: { dieAtWrite?: number; dieAtEnd?: number }): Promise<void> {
  const { urls, baseDn, bindDn, bindPassword, startTls } = world.server.slapd.options
  const argument = JSON.stringify({
    databaseUrl: world.server.database.url,
    directory: { urls, baseDn, bindDn, bindPassword, startTls, ca: null },
    batchId,
    dieAtWrite: null,
    dieAtEnd: null,
    ...at,
  })
  const child = spawn(process.execPath, ['--import', 'tsx', SCRIPT, argument], {
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  let said = ''
  child.stderr.on('data', (data: Buffer) => (said += data.toString()))
  const [code, signal] = await once(child, 'exit')
  expect([code, signal, said]).toEqual([null, 'SIGKILL', ''])
  // Nobody holds it any more: whoever runs on takes it.
  await world.server.database.sql(`UPDATE import_batch SET held_until = now() WHERE id = '${batchId}'`)
}

/** All that the file is about, by name. */
function picture(name: string): unknown {
  const { state } = world
  const nameOf = (id: string | null) =>
    id === null ? null : (state.get('staff', id)?.login ?? '').replaceAll(name, '#')
  const people = [...state.all('staff')]
    .filter((s) => s.login.startsWith(name))
    .map((s) => [
      s.login.replaceAll(name, '#'),
      s.status,
      s.name,
      s.title,
      nameOf(s.managerId),
      s.memberships.map((m) => (state.get('department', m.departmentId)?.name ?? '').replaceAll(name, '#')),
    ])
  const departments = [...state.all('department')].filter((d) => d.name === name).map((d) => d.status)
  return { people: people.sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1)), departments }
}
const generalised = (rows: unknown[], name: string): unknown =>
  JSON.parse(JSON.stringify(rows).replaceAll(name, '#'))

const DEATHS = [
  { dieAtWrite: 0 },
  { dieAtWrite: 1 },
  { dieAtWrite: 2 },
  { dieAtWrite: 3 },
  { dieAtWrite: 5 },
  { dieAtWrite: 12 },
  { dieAtWrite: 24 },
  { dieAtEnd: 0 },
  { dieAtEnd: 1 },
  { dieAtEnd: 2 },
  { dieAtEnd: 3 },
  { dieAtEnd: 4 },
  { dieAtEnd: 5 },
  { dieAtEnd: 6 },
  { dieAtEnd: 7 },
  { dieAtEnd: 8 },
]

describe('[T76] an import killed with -9', () => {
  let plain: { rows: unknown; picture: unknown; edits: number }
  beforeAll(async () => {
    const dry = await imported(world.hr.client, fileOf('plain'), {
      dryRun: true,
      createDepartments: true,
      departmentType: world.places.departmentType,
    })
    const real = await imported(world.hr.client, fileOf('plain'), {
      createDepartments: true,
      departmentType: world.places.departmentType,
    })
    expect(plainRows(real)).toEqual(plainRows(dry))
    plain = { rows: generalised(plainRows(real), 'plain'), picture: picture('plain'), edits: real.edits }
    expect(real).toMatchObject({ failed: 2, incomplete: 0 })
  }, 60_000)

  it.each(DEATHS)(
    '%o is finished by whoever runs on: each row once, with the same report, and one undo takes all back',
    async (at) => {
      const name = `k${Object.keys(at)[0] === 'dieAtWrite' ? 'w' : 'e'}${Object.values(at)[0]}z`
      const id = await putAside(fileOf(name))
      await killed(id, at)
      const real = await ended(world.hr.client, id)
      expect(real).toMatchObject({ state: 'DONE', problem: null })
      expect(generalised(plainRows(real), name)).toEqual(plain.rows)
      expect(generalised([picture(name)], 'plain')).toEqual(generalised([plain.picture], name))
      const back = await undone(world.hr.client, id)
      expect(back).toMatchObject({ kept: 0, undone: plain.edits, leftByUndo: [] })
      const left = [...world.state.all('staff')].filter(
        (s) => s.login.startsWith(name) && s.status !== 'TRASHED',
      )
      expect(left).toEqual([])
      const departments = [...world.state.all('department')].filter((d) => d.name === name)
      expect(departments.map((d) => d.status)).toEqual(['TRASHED'])
    },
    60_000,
  )

  it.each([{ dieAtWrite: 0 }, { dieAtWrite: 5 }, { dieAtWrite: 30 }, { dieAtEnd: 0 }, { dieAtEnd: 2 }])(
    'its undo killed at %o is finished, and nothing is taken back twice',
    async (at) => {
      const name = `n${Object.keys(at)[0] === 'dieAtWrite' ? 'w' : 'e'}${Object.values(at)[0]}z`
      const { id } = await imported(world.hr.client, fileOf(name), {
        createDepartments: true,
        departmentType: world.places.departmentType,
      })
      const hr = [...world.state.all('staff')].find((s) => s.login === 'hr')
      await world.server.database.sql(
        `UPDATE import_batch SET state = 'UNDOING', undo_actor_id = '${hr?.id}', finished_at = NULL,
           held_until = now() + interval '1 day' WHERE id = '${id}'`,
      )
      await killed(id, at)
      const back = await ended(world.hr.client, id)
      expect(back).toMatchObject({ state: 'UNDONE', kept: 0, undone: plain.edits })
      const left = [...world.state.all('staff')].filter(
        (s) => s.login.startsWith(name) && s.status !== 'TRASHED',
      )
      expect(left).toEqual([])
    },
    60_000,
  )
})
