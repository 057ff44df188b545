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
})
