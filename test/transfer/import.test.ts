import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type EditWorld, startEditWorld } from '../edit/world.ts'
import { ended, exportText, imported, plainRows, report, started, undone, upload } from './world.ts'

let world: EditWorld
beforeAll(async () => {
  world = await startEditWorld()
})
afterAll(async () => await world?.close())
const hr = () => world.hr.client
const type = 'Employee'
const staffTypeName = () => world.state.get('staffType', world.places.staffType)?.name ?? ''
const personOf = (login: string) => [...world.state.all('staff')].find((s) => s.login === login)

describe('an import of people', () => {
  it('[T112] makes, changes and leaves people as rows say, and a dry run says the same before', async () => {
    const company = world.state.get('department', world.places.company)?.name ?? ''
    const file = [
      '登录名,姓名,员工类型,部门,手机,直属上级',
      `imp1,张三,${staffTypeName()},${company},+86 139 0000 0001,imp2`,
      `imp2,李四,${staffTypeName()},${company},,hr`,
      `imp2,李四四,,,,`,
      `imp3,,${staffTypeName()},${company},,`,
      `imp4,王五,${staffTypeName()},${company}/没有,,`,
      `imp5,赵六,${staffTypeName()},${company},not a number,`,
    ].join('\r\n')
    const dry = await imported(hr(), file, { dryRun: true })
    expect(dry).toMatchObject({ state: 'DONE', problem: null })
    expect(personOf('imp1')).toBeUndefined()
    const real = await imported(hr(), file)
    expect(plainRows(real)).toEqual(plainRows(dry))
    expect(real.rows.map(({ action, errors }) => [action, errors.map((e) => [e.code, e.path])])).toEqual([
      ['CREATE', []],
      ['CREATE', []],
      ['UPDATE', []],
      ['ERROR', [['INVALID_INPUT', 'name']]],
      ['ERROR', [['NOT_FOUND', 'departments.0']]],
      ['ERROR', [['INVALID_INPUT', 'mobile']]],
    ])
    expect(real.rows[4]?.errors[0]?.message).toMatch(/from the top.*createDepartments/)
    expect(real.rows[2]?.changes).toEqual([{ field: 'name', before: ['李四'], after: ['李四四'] }])
    expect(personOf('imp1')).toMatchObject({ name: '张三', managerId: personOf('imp2')?.id })
    expect(personOf('imp2')).toMatchObject({ name: '李四四', managerId: personOf('hr')?.id })
    const back = await undone(hr(), real.id)
    expect(back).toMatchObject({ state: 'UNDONE', kept: 0 })
    expect(personOf('imp1')).toMatchObject({ status: 'TRASHED' })
    void [ended, exportText, report, started, upload, type]
  })

  it('[6] tells all that is wrong with a row, on which line, and what stands there', async () => {
    const version = world.server.instance.replica.version
    const file = [
      '登录名,姓名,员工类型,部门,手机,邮箱,直属上级,虚线上级',
      '',
      'many.wrong,,Astronaut,没有;也没有,not a number,good@polaris.example;bad,nobody.here,hr;ghost',
      `"two
lines",X,${staffTypeName()},,,,,`,
      'hr,,,没有,12,,,',
    ].join('\r\n')
    const options = { createDepartments: true, departmentType: 'Team' }
    const { rows } = await imported(hr(), file, { dryRun: true })
    expect(rows.map(({ number, line, action }) => [number, line, action])).toEqual([
      [1, 3, 'ERROR'],
      [2, 4, 'ERROR'],
      [3, 6, 'ERROR'],
    ])
    const told = ({ errors }: (typeof rows)[number]) =>
      Object.fromEntries(errors.map(({ path, code, value }) => [path, [code, value]]))
    const many = rows[0]
    expect(many && told(many)).toEqual({
      name: ['INVALID_INPUT', null],
      type: ['INVALID_INPUT', 'Astronaut'],
      'departments.0': ['NOT_FOUND', '没有'],
      'departments.1': ['NOT_FOUND', '也没有'],
      mobile: ['INVALID_INPUT', 'not a number'],
      'email.1': ['INVALID_INPUT', 'bad'],
      manager: ['NOT_FOUND', 'nobody.here'],
      'dottedManagers.1': ['NOT_FOUND', 'ghost'],
    })
    expect(rows[2] && told(rows[2])).toEqual({
      'departments.0': ['NOT_FOUND', '没有'],
      mobile: ['INVALID_INPUT', '12'],
    })
    // Where departments would be made, none is made for a row that cannot be taken.
    const real = await imported(hr(), file, options)
    expect(real).toMatchObject({ created: 0, updated: 0, failed: 3, edits: 0 })
    expect(world.server.instance.replica.version).toBe(version)
  })
})
