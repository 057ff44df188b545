import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Cookie, sidOf, sidsBehind } from '../../src/directory/cookie.ts'

const csn = (n: number, sid: string) =>
  `202601010000${String(n).padStart(2, '0')}.000000Z#000000#${sid}#000000`

describe('[trap 4] the cookie', () => {
  it('merges a live cookie per server id, whichever server moved', () => {
    const cookie = new Cookie(`rid=000,csn=${csn(1, '001')};${csn(1, '002')}`)
    cookie.merge(`rid=000,sid=002,csn=${csn(5, '002')}`)
    expect(cookie.text).toBe(`rid=000,csn=${csn(1, '001')};${csn(5, '002')}`)
  })

  it('never sends sid back, and drops the marks of a refresh', () => {
    const cookie = new Cookie()
    cookie.merge(`rid=000,sid=001,csn=${csn(3, '001')},delcsn=${csn(9, '001')}`)
    expect(cookie.text).toBe(`rid=000,csn=${csn(3, '001')}`)
  })

  it('is not overwritten by a cookie without csn', () => {
    const cookie = new Cookie(`rid=000,csn=${csn(3, '001')}`)
    cookie.merge('rid=000')
    cookie.merge('rid=000,sid=001')
    expect(cookie.text).toBe(`rid=000,csn=${csn(3, '001')}`)
  })

  it('of another form is kept as it is, the newest', () => {
    const cookie = new Cookie('ldap.example:389#cn=sync manager:dc=x:(objectClass=*)#12')
    cookie.merge('ldap.example:389#cn=sync manager:dc=x:(objectClass=*)#13')
    expect(cookie.text).toBe('ldap.example:389#cn=sync manager:dc=x:(objectClass=*)#13')
  })

  it('is the newest CSN of each server, in whatever order they come, and reads itself back', () => {
    const seen = fc.array(fc.tuple(fc.integer({ min: 0, max: 59 }), fc.constantFrom('000', '001', '00a')), {
      minLength: 1,
    })
    fc.assert(
      fc.property(seen, (moves) => {
        const cookie = new Cookie()
        for (const [n, sid] of moves) cookie.merge(`rid=000,csn=${csn(n, sid)}`)
        for (const [n, sid] of moves) expect((cookie.csns.get(sid) ?? '') >= csn(n, sid)).toBe(true)
        expect(new Cookie(cookie.text).text).toBe(cookie.text)
      }),
    )
  })

  it('says nothing before anything is known', () => expect(new Cookie().text).toBeNull())
})

describe('[L9] a provider', () => {
  const cookie = `rid=000,csn=${csn(5, '001')};${csn(5, '002')}`
  it.each([
    ['as far as the cookie', [csn(5, '001'), csn(5, '002')], []],
    ['ahead', [csn(6, '001'), csn(5, '002'), csn(1, '003')], []],
    ['behind in one server id', [csn(4, '001'), csn(9, '002')], ['001']],
    ['that does not know a server', [csn(5, '001')], ['002']],
  ])('%s', (_, csns, behind) => {
    const held = new Map(csns.map((c) => [sidOf(c) ?? '', c]))
    expect(sidsBehind(cookie, held)).toEqual(behind)
  })
})
