import fc from 'fast-check'
import { EqualityFilter, FilterParser } from 'ldapts'
import { describe, expect, it } from 'vitest'
import {
  dn,
  escapeFilterValue,
  filter,
  formatDn,
  InvalidDn,
  layoutOf,
  normDn,
  parentDn,
  parseDn,
} from '../../src/directory/names.ts'

const value = fc
  .oneof(
    fc.string({ unit: 'binary', minLength: 1, maxLength: 30 }),
    fc.string({
      unit: fc.constantFrom(' ', ',', '+', '"', '\\', '<', '>', ';', '=', '#', '\0', 'a', 'é', '李'),
      minLength: 1,
    }),
  )
  .map((text) => text.replace(/\p{Cs}/gu, '?'))
const rdn = fc.array(fc.record({ type: fc.constantFrom('ou', 'cn', 'uid', '2.5.4.11'), value }), {
  minLength: 1,
  maxLength: 3,
})

describe('names', () => {
  it('[T59] every name that can be written is read back as it was', () => {
    fc.assert(
      fc.property(fc.array(rdn, { maxLength: 5 }), (rdns) => {
        expect(parseDn(formatDn(rdns))).toEqual(rdns)
      }),
      { numRuns: 2000 },
    )
  })

  it('[T59] a value never becomes more than a value: the DN has as many parts as it was given', () => {
    fc.assert(
      fc.property(value, (evil) => {
        const built = dn`uid=${evil},${'ou=people,dc=x'}`
        expect(parseDn(built)).toEqual([
          [{ type: 'uid', value: evil }],
          [{ type: 'ou', value: 'people' }],
          [{ type: 'dc', value: 'x' }],
        ])
      }),
      { numRuns: 1000 },
    )
  })

  it('[T59] a value may be made of several parts', () => {
    expect(dn`cn=${'a,b'}-${'c+d'} e,${'dc=x'}`).toBe('cn=a\\2Cb-c\\2Bd e,dc=x')
  })

  it('[T59] no comma or plus sign stands in a written value: every one of them separates', () => {
    expect(formatDn([[{ type: 'cn', value: 'a,ou=evil+cn=b' }], [{ type: 'dc', value: 'x\\' }]])).toBe(
      'cn=a\\2Cou\\3Devil\\2Bcn\\3Db,dc=x\\5C',
    )
  })

  it.each([
    [
      'CN=Steve Kille,O=Isode Limited,C=GB',
      [
        ['CN', 'Steve Kille'],
        ['O', 'Isode Limited'],
        ['C', 'GB'],
      ],
    ],
    [
      'OU=Sales+CN=J. Smith,O=Widget Inc.',
      [
        ['OU', 'Sales', 'CN', 'J. Smith'],
        ['O', 'Widget Inc.'],
      ],
    ],
    [
      'CN=L. Eagle,O=Sue\\, Grabbit and Runn,C=GB',
      [
        ['CN', 'L. Eagle'],
        ['O', 'Sue, Grabbit and Runn'],
        ['C', 'GB'],
      ],
    ],
    [
      'CN=Before\\0dAfter,O=Test',
      [
        ['CN', 'Before\rAfter'],
        ['O', 'Test'],
      ],
    ],
    [
      '1.3.6.1.4.1.1466.0=#04024869,O=Test',
      [
        ['1.3.6.1.4.1.1466.0', 'Hi'],
        ['O', 'Test'],
      ],
    ],
    ['SN=Lu\\C4\\8Di\\C4\\87', [['SN', 'Lučić']]],
    [
      'O="Sue, Grabbit";C=GB',
      [
        ['O', 'Sue, Grabbit'],
        ['C', 'GB'],
      ],
    ],
    [
      ' uid = a  , dc = b ',
      [
        ['uid', 'a'],
        ['dc', 'b'],
      ],
    ],
    ['cn=a\\ ', [['cn', 'a ']]],
    ['cn=a\\\\  ', [['cn', 'a\\']]],
    ['cn=\\ \\#x', [['cn', ' #x']]],
    ['cn=', [['cn', '']]],
    ['', []],
  ])('reads the forms of RFC 4514 and RFC 2253: %j', (text, wanted) => {
    expect(parseDn(text).map((r) => r.flatMap((ava) => [ava.type, ava.value]))).toEqual(wanted)
  })

  it.each([
    'cn',
    'cn=a,',
    'cn=a,,dc=b',
    '=a',
    'cn=a\\',
    'cn="a',
    'cn=#zz',
    'cn=#0405aa',
    'cn=a<b',
    'cn=a\0',
    ',',
    'cn=a+',
  ])('refuses %j', (text) => expect(() => parseDn(text)).toThrow(InvalidDn))

  it('[T20] reads and refuses 1 MB of anything in linear time', () => {
    for (const unit of ['\\', ' ', 'a=', 'cn=a,', '+', '\\20', '"']) {
      const text = `cn=${unit.repeat(1_000_000 / unit.length)}`
      const started = performance.now()
      try {
        normDn(text)
      } catch (e) {
        expect(e).toBeInstanceOf(InvalidDn)
        expect(String(e).length).toBeLessThan(1000)
      }
      expect(performance.now() - started).toBeLessThan(3000)
    }
  })

  it('compares as a directory does: case, inner spaces, order of the parts of a name, way of escaping', () => {
    expect(normDn('OU=Sales  North+CN=A , DC=X')).toBe(normDn('cn=a+ou=sales north,dc=x'))
    expect(normDn('cn=a\\,b')).toBe(normDn('CN=A\\2cB'))
    expect(normDn('cn=ＡＢ')).toBe(normDn('cn=ab'))
    expect(normDn('cn=a,dc=x')).not.toBe(normDn('cn=a\\,dc=x'))
  })

  it('a comparison key ends with that of its base only below it', () => {
    fc.assert(
      fc.property(rdn, fc.array(rdn, { minLength: 1, maxLength: 2 }), (name, base) => {
        expect(normDn([name, ...base]).endsWith(`,${normDn(base)}`)).toBe(true)
        const inside = [[{ type: 'cn', value: `x,${formatDn(base)}` }]]
        expect(normDn(inside).endsWith(`,${normDn(base)}`)).toBe(false)
      }),
    )
  })

  it('gives the parent', () => {
    expect(parentDn('cn=a\\,b,ou=c,dc=x')).toBe('ou=c,dc=x')
    expect(parentDn('dc=x')).toBe('')
  })

  it('lays the rooms out under the base', () => {
    expect(layoutOf('DC = dolores , dc=test').people).toBe('ou=people,DC=dolores,dc=test')
  })
})

describe('filters', () => {
  it('[T58] a value stays a value', () => {
    expect(filter`(uid=${'*)(uid=*))(|(uid=*'})`).toBe('(uid=\\2A\\29\\28uid=\\2A\\29\\29\\28|\\28uid=\\2A)')
    expect(escapeFilterValue('a\\b\0c')).toBe('a\\5Cb\\00c')
  })

  it('[T60] no value nests a filter, however deep it is written: it is one comparison with the value', () => {
    const part = fc.constantFrom(
      '(',
      ')',
      '(&',
      '(|',
      '(!',
      '*',
      '=',
      '\\',
      '\0',
      'uid',
      ':=',
      '~=',
      'a',
      '李',
    )
    const nested = fc.nat({ max: 5000 }).map((depth) => `${'(&(!'.repeat(depth)}(a=b)${'))'.repeat(depth)}`)
    const values = fc.oneof(
      fc.array(part, { minLength: 1, maxLength: 40 }).map((parts) => parts.join('')),
      nested,
      value,
    )
    fc.assert(
      fc.property(values, (login) => {
        const parsed = FilterParser.parseString(filter`(uid=${login})`)
        expect(parsed).toBeInstanceOf(EqualityFilter)
        expect(parsed).toMatchObject({ attribute: 'uid', value: login })
      }),
      { numRuns: 300 },
    )
  })
})
