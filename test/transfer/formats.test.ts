import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { joinList, rowOfCells, splitList } from '../../src/transfer/cells.ts'
import { csvLine, guarded, unguarded } from '../../src/model/csv.ts'
import { MAX_RECORD, readCsv } from '../../src/transfer/formats/csv.ts'
import { delimiterOf } from '../../src/transfer/formats/delimiters.ts'
import { decoded, EncodingDetector } from '../../src/transfer/formats/encoding.ts'
import { readJson } from '../../src/transfer/formats/json.ts'
import { rowOfJson } from '../../src/transfer/formats/json-rows.ts'
import { LdifRows } from '../../src/transfer/formats/ldif-rows.ts'
import { readLdif } from '../../src/transfer/formats/ldif.ts'
import { columnsOf } from '../../src/transfer/headers.ts'
import { joinPath, splitPath } from '../../src/transfer/paths.ts'

/** In pieces of so many, as a file comes. */
async function* pieces<T extends { readonly length: number; slice(from: number, to: number): T }>(
  whole: T,
  size: number,
) {
  for (let i = 0; i < whole.length; i += size) yield whole.slice(i, i + size)
}
async function all<T>(source: AsyncIterable<T>): Promise<T[]> {
  const list: T[] = []
  for await (const one of source) list.push(one)
  return list
}

/** 张三,销售 in GBK, and 𠮷 which only GB18030 has. */
const GBK = [0xd5, 0xc5, 0xc8, 0xfd, 0x2c, 0xcf, 0xfa, 0xca, 0xdb]
const FOUR_BYTES = [0x95, 0x34, 0xbd, 0x37]
const utf16 = (text: string, isBig: boolean) => {
  const bytes = Buffer.from(text, 'utf16le')
  return isBig ? bytes.swap16() : bytes
}

describe('[T112] the encoding of a file', () => {
  it.each([
    ['utf-8', Buffer.from('\ufeff张三,销售')],
    ['utf-8', Buffer.from('张三,销售')],
    ['utf-8', Buffer.from('plain,销售'.replace('plain', '张三'))],
    ['gb18030', Buffer.from(GBK)],
    ['utf-16le', utf16('\ufeff张三,销售', false)],
    ['utf-16be', utf16('\ufeff张三,销售', true)],
  ] as const)('%s is found out and read, wherever it is cut', async (name, bytes) => {
    for (const size of [1, 2, 3, 5, 100]) {
      const detector = new EncodingDetector()
      for await (const piece of pieces(bytes, size)) detector.add(piece)
      expect(detector.end()).toBe(name)
      expect((await all(decoded(pieces(bytes, size), name))).join('')).toBe('张三,销售')
    }
  })

  it('knows characters of four bytes', async () => {
    const bytes = Buffer.from([...GBK, ...FOUR_BYTES])
    const detector = new EncodingDetector()
    detector.add(bytes)
    expect(detector.end()).toBe('gb18030')
    expect((await all(decoded(pieces(bytes, 3), 'gb18030'))).join('')).toMatch(/^张三,销售.$/u)
  })

  it('is refused when it is none of them, and when it is not the one that was said', async () => {
    const detector = new EncodingDetector()
    detector.add(Buffer.from([0x41, 0xff, 0xff, 0x41]))
    expect(() => detector.end()).toThrow(/neither UTF-8 nor GB18030/)
    await expect(all(decoded(pieces(Buffer.from(GBK), 4), 'utf-8'))).rejects.toMatchObject({
      code: 'BAD_USER_INPUT',
    })
  })
})

describe('[T112] CSV', () => {
  const read = async (text: string, delimiter = ',', size = 7) => {
    const source = decoded(pieces(Buffer.from(text), size), 'utf-8')
    return await all(readCsv(source, delimiter))
  }
  it.each([
    [
      'a,b\r\n1,2\r\n',
      [
        ['a', 'b'],
        ['1', '2'],
      ],
    ],
    [
      'a,b\n1,2',
      [
        ['a', 'b'],
        ['1', '2'],
      ],
    ],
    [
      'a,b\r1,2\r',
      [
        ['a', 'b'],
        ['1', '2'],
      ],
    ],
    [
      '"a ""x""","b\nc"\n\n\n1,2',
      [
        ['a "x"', 'b\nc'],
        ['1', '2'],
      ],
    ],
    ['a,b\n1', [['a', 'b'], ['1']]],
    ['a\n5" pipe', [['a'], ['5" pipe']]],
    ['', []],
  ])('reads %j', async (text, records) => {
    expect((await read(text)).map(({ cells }) => cells)).toEqual(records)
  })

  it('tells on which line of the file each row begins, as an editor counts them', async () => {
    const text = 'a,b\r\n1,2\r\n\r\n"x\r\ny\nz",3\r\n4,5\r\n6,"q'
    expect((await read(text)).map(({ line }) => line)).toEqual([1, 2, 4, 7, 8])
    expect((await all(readJson(pieces('[\n{"a":\n1},{}\n,\n{}]', 3)))).map(({ line }) => line)).toEqual([
      2, 3, 5,
    ])
    const ldif = 'version: 1\n\ndn: cn=a\ncn: a\n\n\ndn: cn=b\ncn:\n b\n'
    expect((await all(readLdif(pieces(ldif, 4)))).map(({ line }) => line)).toEqual([3, 7])
  })

  it('tells a quote that is never closed, after the rows before it', async () => {
    const records = await read('a,b\n1,2\n"x,3\n4,5\n')
    expect(records.slice(0, 2).map(({ cells }) => cells)).toEqual([
      ['a', 'b'],
      ['1', '2'],
    ])
    expect(records[2]?.problem).toMatch(/never closed/)
  })

  it('ends where a row is longer than may be, and holds no more than that', async () => {
    let given = 0
    const endless = async function* () {
      yield 'a\n"'
      for (; given < 100; given++) yield 'x'.repeat(MAX_RECORD / 8)
    }
    await expect(all(readCsv(endless(), ','))).rejects.toMatchObject({ code: 'BAD_USER_INPUT' })
    expect(given).toBeLessThan(20)
  })

  it('[T111] whatever text comes back as it was, and no cell begins like a formula', async () => {
    const text = fc.oneof(fc.string({ unit: 'grapheme' }), fc.stringMatching(/^['=+\-@＝;,"\\ a\n]{0,6}$/))
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.array(text, { minLength: 2, maxLength: 4 }), { maxLength: 5 }),
        async (rows) => {
          const file = rows.map((cells) => csvLine(['x', ...cells])).join('')
          const back = await read(file, ',', 3)
          expect(back.map(({ cells }) => cells?.slice(1).map(unguarded))).toEqual(rows)
          for (const { cells } of back)
            for (const cell of cells ?? []) expect(cell).not.toMatch(/^\s*[=+\-@\t\r\n＝＋－＠]/)
        },
      ),
    )
    expect(guarded("'tis")).toBe("'tis")
    expect(unguarded("'tis")).toBe("'tis")
  })

  it.each([
    ['a,b;c,d', 'COMMA'],
    ['a;b;c', 'SEMICOLON'],
    ['a\tb\tc,d', 'TAB'],
    ['"a,b,c,d";x', 'SEMICOLON'],
    ['single', 'COMMA'],
  ])('the delimiter of %j is %s', (head, name) => expect(delimiterOf(head)).toBe(name))

  it('does not cut characters, however long the file', async () => {
    const text = `a\n${'x'.repeat(16_381)}𠮷𠮷\n`
    expect((await all(readCsv(pieces(text, text.length), ',')))[1]?.cells).toEqual([text.slice(2, -1)])
  })

  it('lists and paths in cells come back as they were', () => {
    const item = fc
      .stringMatching(/^[a-z;\\@/；王 ]{1,8}$/)
      .map((text) => text.trim())
      .filter((text) => text !== '')
    fc.assert(
      fc.property(fc.array(item, { minLength: 1, maxLength: 4 }), (items) => {
        expect(splitList(joinList(items)).map((one) => one.replace(/\\(.)/gs, '$1'))).toEqual(items)
        const names = items.map((one) => one.replace(/\s+/g, ' '))
        expect(splitPath(joinPath(names))).toEqual(names)
      }),
    )
  })
})

const FIELD = {
  kind: 'fieldDefinition' as const,
  id: '00000000-0000-4000-8000-000000000001',
  key: 'seat',
  label: '工位',
  appliesTo: 'STAFF' as const,
  isSensitive: false,
  sortKey: '',
}

describe('headers', () => {
  it.each([
    ['姓名（必填）*', 'name'],
    ['Full Name', 'name'],
    ['EMAIL', 'email'],
    ['手机号码', 'mobile'],
    ['工位', 'metadata.seat'],
    ['seat', 'metadata.seat'],
    ['metadata.seat', 'metadata.seat'],
    ['what is this', null],
    ['', null],
  ])('%j fills %s', (header, field) => {
    expect(columnsOf('staff', [header], [], [FIELD])).toEqual([{ header, field }])
  })

  it('go by what the caller says first, by name or place; a field is filled once', () => {
    const mapping = [
      { column: 'X', field: 'login' },
      { column: '#3', field: 'ignore' },
    ]
    expect(columnsOf('staff', ['x', 'name', 'title', 'Name'], mapping, []).map(({ field }) => field)).toEqual(
      ['login', 'name', null, null],
    )
  })
})

describe('cells', () => {
  const columns = ['login', 'title', 'departments', 'departmentTitles', 'mainDepartment', 'status'].map(
    (field) => ({
      header: field,
      field,
    }),
  )
  const o = { kind: 'staff' as const, emptyClears: false, clearWith: '@clear' }
  const row = (cells: string[], more = {}) => rowOfCells(1, cells, columns, { ...o, ...more })

  it('that are empty leave the value, or take it away where that was asked; a mark always does', () => {
    expect(row(['a', '', '', '', '', '']).row).toMatchObject({ title: undefined, departments: undefined })
    expect(row(['a', '', '', '', '', ''], { emptyClears: true }).row).toMatchObject({
      title: null,
      login: 'a',
    })
    expect(row(['a', '@clear', '', '', '', '']).row).toMatchObject({ title: null })
    expect(row(['a', "'@clear", '', '', '', '']).row).toMatchObject({ title: '@clear' })
  })

  it('say several departments with titles', () => {
    expect(row(['a', '', 'A/B; C', 'x;@clear', 'C', '停用']).row).toMatchObject({
      departments: [
        { department: 'A/B', title: 'x', isMain: false },
        { department: 'C', title: null, isMain: true },
      ],
      isDisabled: true,
    })
  })

  it.each([
    [['a', '', 'A;B', 'x', '', ''], 'departmentTitles'],
    [['a', '', 'A;B', '', 'C', ''], 'mainDepartment'],
    [['a', '', '', 'x', '', ''], 'departmentTitles'],
    [['a', '', '', '', '', 'maybe'], 'status'],
    [['a', '', '', '', '', '', 'more'], ''],
  ])('%j is an error at %s', (cells, path) => {
    expect(row(cells).errors?.map((error) => [error.code, error.path])).toEqual([['MALFORMED', path]])
  })
})

describe('JSON', () => {
  const read = async (text: string, size = 5) => await all(readJson(pieces(text, size)))
  it.each([
    ['[{"a":"}"},{"b":[{"c":"\\""}]}]', [{ a: '}' }, { b: [{ c: '"' }] }]],
    ['{"a":1}\n{"b":2}\n', [{ a: 1 }, { b: 2 }]],
    ['[]', []],
    ['', []],
  ])('reads %j', async (text, values) => {
    for (const size of [1, 4, 100]) expect((await read(text, size)).map(({ value }) => value)).toEqual(values)
  })

  it.each(['[1]', 'null', '"x"', '<html>'])('refuses %j as a whole', async (text) => {
    await expect(read(text)).rejects.toMatchObject({ code: 'BAD_USER_INPUT' })
  })

  it('tells what is wrong with one object', async () => {
    expect((await read('{"a":}{"b":1}{"c"'))?.map(({ problem }) => problem !== null)).toEqual([
      true,
      false,
      true,
    ])
    expect((await read(`{"a":${'['.repeat(20)}${']'.repeat(20)}}`))[0]?.problem).toMatch(/deeper/)
    await expect(read(`{"a":"${'x'.repeat(300_000)}"}`, 50_000)).rejects.toMatchObject({
      code: 'BAD_USER_INPUT',
    })
  })

  it('has no fields that rows have not', () => {
    const value = { kind: 'staff', login: 'a', roleIds: ['x'] }
    expect(rowOfJson(1, { value, problem: null }, 'staff').errors?.[0]?.code).toBe('MALFORMED')
    const good = { login: 'a', metadata: { seat: '1', gone: null } }
    expect(rowOfJson(1, { value: good, problem: null }, 'staff').row).toMatchObject({
      kind: 'staff',
      metadata: [
        { key: 'seat', value: '1' },
        { key: 'gone', value: null },
      ],
    })
  })
})

describe('LDIF', () => {
  const rows = async (text: string) => {
    const ldif = new LdifRows()
    const read = await all(readLdif(pieces(text, 9)))
    return read.map(({ record, problem }, i) => (record ? ldif.row(i + 1, record) : { row: null, problem }))
  }

  it('reads folded lines, base64, comments and departments by their names', async () => {
    const list = await rows(
      [
        'version: 1',
        'dn: ou=Old,ou=departments,dc=x',
        'objectClass: organizationalUnit',
        'displayName: New',
        '',
        '# a comment',
        'dn: ou=Below,ou=Old,ou=departments,dc=x',
        'objectClass: organizationalUnit',
        '',
        'dn: uid=zs,ou=people,dc=x',
        'objectClass: inetOrgPerson',
        `cn:: ${Buffer.from('张三').toString('base64')}`,
        'title: long',
        '  title',
        'dlrMeta: seat=1',
        '',
      ].join('\r\n'),
    )
    expect(list.map(({ row }) => row)).toMatchObject([
      { kind: 'department', path: 'New' },
      { kind: 'department', path: 'New/Below' },
      {
        kind: 'staff',
        login: 'zs',
        name: '张三',
        title: 'long title',
        metadata: [{ key: 'seat', value: '1' }],
      },
    ])
  })

  it('takes modify with replace, and says what it does not take', async () => {
    const list = await rows(
      [
        'dn: uid=a,ou=people,dc=x\nchangetype: modify\nreplace: title\ntitle: Boss\n-\nreplace: mobile\n-\n',
        'dn: uid=a,ou=people,dc=x\nchangetype: modify\nadd: mail\nmail: a@b\n-\n',
        'dn: uid=a,ou=people,dc=x\nchangetype: delete\n',
        'dn: cn=r,ou=roles,dc=x\nobjectClass: dlrRoleEntry\ncn: r\n',
        'dn: uid=a,ou=people,dc=x\njpegPhoto:< file:///etc/passwd\n',
        'cn: no dn\n',
      ].join('\n'),
    )
    expect(list[0]).toMatchObject({ row: { login: 'a', title: 'Boss', mobile: null } })
    expect(list.slice(1).map((one) => ('errors' in one ? one.errors?.[0]?.code : 'MALFORMED'))).toEqual([
      'UNSUPPORTED',
      'UNSUPPORTED',
      'UNSUPPORTED',
      'MALFORMED',
      'MALFORMED',
    ])
  })
})
