import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type EditWorld, startEditWorld } from '../edit/world.ts'
import { imported, plainRows, undone } from './world.ts'

let world: EditWorld
beforeAll(async () => {
  world = await startEditWorld()
})
afterAll(async () => await world?.close())
const company = () => world.state.get('department', world.places.company)?.name ?? ''
const typeName = () => world.state.get('departmentType', world.places.departmentType)?.name ?? ''
const pathOf = (name: string): string[] => {
  const names: string[] = []
  for (let at = world.department(name); ;) {
    names.unshift(at.name)
    const parent = at.parentId === null ? undefined : world.state.get('department', at.parentId)
    if (!parent) return names
    at = parent
  }
}

describe('rows about departments', () => {
  it('make them by path, parents on the way when that was asked for, and change, move and disable them', async () => {
    const make = [
      '部门路径,部门类型,描述',
      `${company()}/Alpha,${typeName()},first`,
      `${company()}/Alpha/Beta,${typeName()},`,
      `${company()}/Gamma/Delta,${typeName()},`,
      `${company()}/Alpha,no such type,`,
      `${company()}/NoType,,`,
      `${company()}/Epsilon/Zeta,nor this,`,
    ].join('\n')
    const input = { kind: 'DEPARTMENT' }
    const strict = await imported(world.hr.client, make, { ...input, dryRun: true })
    expect(strict.rows.map(({ action, errors }) => [action, ...errors.map(({ path }) => path)])).toEqual([
      ['CREATE'],
      ['CREATE'],
      ['ERROR', 'parent'],
      ['ERROR', 'type'],
      ['ERROR', 'type'],
      ['ERROR', 'parent', 'type'],
    ])
    expect(strict.rows[5]?.errors.map(({ value }) => value)).toEqual([
      `${company()}/Epsilon/Zeta`,
      'nor this',
    ])
    const o = { ...input, createDepartments: true, departmentType: typeName() }
    const made = await imported(world.hr.client, make, o)
    expect(made).toMatchObject({ created: 4, failed: 2, edits: 5 })
    expect(pathOf('Delta')).toEqual([company(), 'Gamma', 'Delta'])

    const [alpha, beta, delta] = ['Alpha', 'Beta', 'Delta'].map((name) => world.department(name))
    const change = [
      'id,name,parent,description,status',
      `${beta?.id},Beta2,${company()}/Gamma,second,DISABLED`,
      `${delta?.id},,${company()},,`,
      `${alpha?.id},,${company()}/Alpha,,`,
      `${alpha?.id},Gamma,,,`,
    ].join('\n')
    const dry = await imported(world.hr.client, change, { ...input, dryRun: true })
    const real = await imported(world.hr.client, change, input)
    expect(plainRows(real)).toEqual(plainRows(dry))
    expect(real.rows.map(({ action, errors }) => [action, errors.map(({ code }) => code)])).toEqual([
      ['UPDATE', []],
      ['UPDATE', []],
      ['ERROR', ['CYCLE']],
      ['ERROR', ['INVALID_INPUT']],
    ])
    expect(pathOf('Beta2')).toEqual([company(), 'Gamma', 'Beta2'])
    expect(world.department('Beta2')).toMatchObject({ status: 'DISABLED', description: 'second' })
    expect(pathOf('Delta')).toEqual([company(), 'Delta'])

    expect(await undone(world.hr.client, real.id)).toMatchObject({ kept: 0, undone: real.edits })
    const plain = ({ sortKey: _sortKey, ...rest }: object & { sortKey?: string }) => rest
    expect(plain(world.department('Beta'))).toEqual(plain(beta ?? {}))
    expect(plain(world.department('Delta'))).toEqual(plain(delta ?? {}))
    expect(await undone(world.hr.client, made.id)).toMatchObject({ kept: 0, undone: 5 })
    for (const name of ['Alpha', 'Beta', 'Gamma', 'Delta'])
      expect(world.department(name).status).toBe('TRASHED')
  })
})
