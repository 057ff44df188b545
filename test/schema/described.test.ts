import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { ABILITIES } from '../../src/access/authority.ts'
import { ACTIONS } from '../../src/audit/actions.ts'
import { type EditWorld, startEditWorld } from '../edit/world.ts'

let world: EditWorld
beforeAll(async () => void (world = await startEditWorld()))
afterAll(async () => await world?.close())

it('[6] [10] the schema lists each ability and each action with what it means', async () => {
  const admin = await world.hr.administered(
    'abilityNames { name description } auditActions { name description }',
  )
  const listed = (table: object) =>
    Object.entries(table).map(([name, description]) => ({ name, description }))
  expect(admin).toEqual({ abilityNames: listed(ABILITIES), auditActions: listed(ACTIONS) })
})

it('[10] whatever the server writes into the audit log is one of these, a subject and a verb each', () => {
  const root = new URL('../../src/', import.meta.url).pathname
  const files = readdirSync(root, { recursive: true, encoding: 'utf8' }).filter(
    (file) => file.endsWith('.ts') && !file.startsWith('generated'),
  )
  const lines = files.flatMap((file) => [
    ...readFileSync(join(root, file), 'utf8').matchAll(/\baction(?:: Action)?(?::| =) (.*'.*)$/gm),
  ])
  const written = lines.flatMap(([, line = '']) =>
    [...line.matchAll(/'(\w+\.\w+)'/g)].map(([, action = '']) => action),
  )
  expect(written.length).toBeGreaterThan(20)
  expect(written.filter((action) => !Object.hasOwn(ACTIONS, action))).toEqual([])
  for (const action of Object.keys(ACTIONS)) expect(action).toMatch(/^[a-zA-Z]+\.[a-zA-Z]+$/)
})
