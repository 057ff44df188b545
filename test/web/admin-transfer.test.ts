import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { csvLine } from '../../src/model/csv.ts'
import type { FieldDefinition } from '../../src/model/entry.ts'
import { chineseHeaderOf, columnsOf, fileFields } from '../../src/transfer/headers.ts'
import { fieldAt, fieldName, templateHeaders } from '../../web/admin/transfer/fields.ts'
import { formatOf, tableLine } from '../../web/admin/transfer/files.ts'
import { doubled, hasKey, inputOf, NEW_PLAN } from '../../web/admin/transfer/plan.ts'

const ALL = { has: () => true, isAll: true }
const definition = (key: string, label: string): FieldDefinition => ({
  kind: 'fieldDefinition',
  id: key,
  appliesTo: 'STAFF',
  key,
  label,
  isSensitive: false,
  sortKey: '',
})
/** Labels that a header of a built-in field has too, that two have, and that a spreadsheet would run. */
const CATALOGUE = [
  definition('seat', 'Seat 座位'),
  definition('nick', '姓名'),
  definition('one', '同名'),
  definition('two', '同名'),
  definition('sum', '=SUM(A1)'),
]

describe('files that the console writes', () => {
  it('[T111] are written as the server writes its own', () => {
    const cell = fc.oneof(fc.string({ unit: 'grapheme' }), fc.stringMatching(/^['=+\-@＝;,"\\ a\n\t]{0,6}$/))
    fc.assert(
      fc.property(fc.array(cell), (cells) => {
        expect(tableLine(cells)).toBe(csvLine(cells))
      }),
    )
  })

  it.each(['en', 'zh-CN'] as const)(
    '[6] a template in %s is understood by the import, hints and all',
    (language) => {
      for (const [kind, rows] of [
        ['STAFF', 'staff'],
        ['DEPARTMENT', 'department'],
      ] as const) {
        const fields = fileFields(rows, CATALOGUE.slice(0, 1), ALL)
        const words = { language, needed: '必填', several: 'several: ;', path: 'Company/Sales' }
        const headers = templateHeaders(fields, kind, words)
        const columns = columnsOf(rows, headers, [], CATALOGUE.slice(0, 1))
        expect(columns.map(({ field }) => field)).not.toContain(null)
        expect(new Set(columns.map(({ field }) => field)).size).toBe(headers.length)
        expect(headers.length).toBeGreaterThan(3)
      }
    },
  )

  it('hold only what somebody may set', () => {
    const few = fileFields('staff', CATALOGUE, {
      has: (key) => key === 'title' || key === 'seat',
      isAll: false,
    })
    const words = { language: 'en', needed: '', several: '', path: '' } as const
    expect(templateHeaders(few, 'STAFF', words)).toEqual(['Login', 'Title', 'Seat 座位'])
  })
})

it('[6] headers in Chinese are read as the field that they are of, whatever labels custom fields have', () => {
  for (const { field } of fileFields('staff', CATALOGUE, ALL)) {
    const header = chineseHeaderOf('staff', field, CATALOGUE)
    expect([field, columnsOf('staff', [header], [], CATALOGUE)[0]?.field]).toEqual([field, field])
  }
  expect(chineseHeaderOf('staff', 'login', CATALOGUE)).toBe('登录名')
  expect(chineseHeaderOf('staff', 'metadata.seat', CATALOGUE)).toBe('Seat 座位')
  expect(chineseHeaderOf('staff', 'metadata.nick', CATALOGUE)).toBe('metadata.nick')
})

describe('columns of a file', () => {
  it('fill a field once, and say by what rows are known', () => {
    expect([...doubled(['login', null, 'name', 'login', null])]).toEqual([3])
    expect(hasKey('STAFF', ['name', null])).toBe(false)
    expect(hasKey('STAFF', ['name', 'login'])).toBe(true)
    expect(hasKey('DEPARTMENT', ['name'])).toBe(true)
    const file = { uploadId: 'u', name: 'x.csv', format: 'CSV', kind: 'STAFF' } as const
    expect(inputOf(file, { ...NEW_PLAN, fields: ['login', null] }, true).mapping).toEqual([
      { column: '#1', field: 'login' },
      { column: '#2', field: 'ignore' },
    ])
  })

  it.each([
    ['a.CSV', 'CSV'],
    ['b.ldif', 'LDIF'],
    ['c.ndjson', 'JSON'],
    ['d.xlsx', null],
    ['e', null],
  ])('%s is %s', (name, format) => expect(formatOf(name)).toBe(format))
})

it.each([
  ['departments.1', '部门'],
  ['departments.0.title', '部门职位'],
  ['metadata.seat', 'Seat 座位'],
  ['email.2', '邮箱'],
  ['', undefined],
])('[6] an error at %s is told beside its field', (path, name) => {
  const found = fieldAt(fileFields('staff', CATALOGUE, ALL), path)
  expect(found ? fieldName(found, 'zh-CN') : undefined).toBe(name)
})
