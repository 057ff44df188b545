import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type EditWorld, startEditWorld } from '../edit/world.ts'
import { runTool, startSlapd } from '../support/slapd.ts'
import { exportText, imported } from './world.ts'

const NASTY = [
  '=HYPERLINK("http://evil","click")',
  '+1+1',
  "'=quoted",
  "''@twice",
  '-5',
  '@clear',
  'a "quoted", comma; semicolon\\ backslash',
  '＝ｆｕｌｌ',
  "'plain",
  '王小明',
  '#hash, dn=x+y',
]

let world: EditWorld
beforeAll(async () => {
  world = await startEditWorld()
  const { company, departmentType, staffType } = world.places
  for (const [i, name] of NASTY.entries()) {
    const made = await world.hr.edit('createDepartment', {
      name: `${name} /`,
      typeId: departmentType,
      parentId: company,
      description: `${name}\nsecond line`,
    })
    const departmentId = made.department?.id ?? ''
    await world.hr.edit('createStaff', {
      login: `nasty${i}`,
      name,
      typeId: staffType,
      title: name,
      nickname: name,
      memberships: [
        { departmentId, title: i % 2 === 0 ? name : null, sortKey: name, isLeader: i % 3 === 0 },
        ...(i % 2 === 0 ? [{ departmentId: company, isMain: true }] : []),
      ],
    })
  }
  const [first] = [...world.state.all('staff')].filter((s) => s.login === 'nasty1')
  await world.hr.edit('updateStaff', { id: first?.id, isDisabled: true })
})
afterAll(async () => await world?.close())

const CASES = [
  ['/export.csv', { format: 'CSV', kind: 'STAFF' }],
  ['/export.csv?kind=department', { format: 'CSV', kind: 'DEPARTMENT' }],
  ['/export.csv?headers=zh', { format: 'CSV', kind: 'STAFF' }],
  ['/export.csv?kind=department&headers=zh', { format: 'CSV', kind: 'DEPARTMENT' }],
  ['/export.json', { format: 'JSON' }],
  ['/export.ldif', { format: 'LDIF' }],
] as const

describe('what is exported', () => {
  it.each(CASES)('[T111] [T112] %s changes nothing when it is imported again', async (path, input) => {
    const text = await exportText(world.hr.client, path)
    const before = world.server.instance.replica.version
    const { state, problem, rows, total } = await imported(world.hr.client, text, input)
    expect({ state, problem }).toEqual({ state: 'DONE', problem: null })
    expect(rows.filter(({ action }) => action !== 'UNCHANGED')).toEqual([])
    expect(total).toBeGreaterThan(20)
    expect(world.server.instance.replica.version).toBe(before)
  })

  it('[T111] has no cell that a spreadsheet takes for a formula', async () => {
    const text = await exportText(world.hr.client, '/export.csv')
    expect(text.startsWith('\ufeff')).toBe(true)
    const cells = text.slice(1).split(/[,\r\n]/)
    expect(cells.filter((cell) => /^"?[=+@＝＋－＠-]/.test(cell))).toEqual([])
    expect(text).toContain(`'=HYPERLINK`)
  })

  it('is taken by ldapadd into an empty directory, with its ids and without', async () => {
    for (const [path, args] of [
      ['/export.ldif', ['-e', '!relax']],
      ['/export.ldif?ids=none', []],
    ] as const) {
      const empty = await startSlapd()
      const text = await exportText(world.hr.client, path)
      const { bindDn, bindPassword } = empty.options
      const bind = ['-x', '-H', empty.url, '-D', bindDn, '-w', bindPassword]
      await runTool(empty.local.binary, 'ldapadd', [...bind, ...args], text)
      const found = await empty.ldapsearch('(objectClass=dlrPerson)', 'entryUUID', 'uid')
      await empty.stop()
      const people = [...world.state.all('staff')].filter((s) => s.status !== 'TRASHED')
      expect(found.match(/^uid::?/gm)).toHaveLength(people.length)
      expect(people.every(({ id }) => found.includes(id))).toBe(args.length > 0)
    }
  })
})
