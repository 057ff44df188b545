import { randomUUID } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { isUsablePassword } from '../../src/identity/passwords.ts'
import {
  formatRefreshToken,
  newRefreshToken,
  parseRefreshToken,
  Successors,
} from '../../src/identity/refresh-tokens.ts'

describe('refresh tokens', () => {
  it('come back as they went out', () => {
    fc.assert(
      fc.property(fc.uuid(), (id) => {
        const token = newRefreshToken(id)
        expect(parseRefreshToken(formatRefreshToken(token))).toEqual(token)
      }),
    )
  })

  it('are nothing but what we gave out: no other text is read', () => {
    const text = formatRefreshToken(newRefreshToken(randomUUID()))
    for (const other of [
      '',
      'x',
      `${text}A`,
      text.slice(1),
      `${text.slice(0, -1)}_`,
      text.replace(/./, '+'),
      '\0'.repeat(107),
    ]) {
      if (other !== text) expect(parseRefreshToken(other)).toBeNull()
    }
    fc.assert(fc.property(fc.string(), (other) => parseRefreshToken(other) === null))
  })

  it('have a successor that every instance agrees on and nobody else can make', () => {
    const token = newRefreshToken(randomUUID())
    const next = new Successors('a'.repeat(32)).after(token)
    expect(new Successors('a'.repeat(32)).after(token)).toEqual(next)
    expect(new Successors('b'.repeat(32)).after(token).generation).not.toEqual(next.generation)
    expect(next.generation).not.toEqual(token.generation)
    expect(next.family).toEqual(token.family)
  })
})

describe('passwords', () => {
  it('[T61][T92] are tried only when they are one, and of a sane length', () => {
    for (const password of [
      '',
      '\0',
      '\0abc',
      'abc\0',
      'x'.repeat(129),
      '汉'.repeat(128).concat('x'),
      '🙂'.repeat(129),
    ]) {
      expect(isUsablePassword(password)).toBe(false)
    }
    for (const password of [' ', 'x', 'x'.repeat(128), '🙂'.repeat(128)])
      expect(isUsablePassword(password)).toBe(true)
    expect(isUsablePassword('👨‍👩‍👧‍👦'.repeat(22))).toBe(false)
  })
})
