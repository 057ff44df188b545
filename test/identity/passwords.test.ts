import { describe, expect, it } from 'vitest'
import { faultOf } from '../../src/identity/passwords.ts'

const WORDS = ['dolores', '李娜', 'li.na', 'li na', 'li.na@polaris.example']
const STRONG = 'vexing-otter-lamp-quilt'

describe('a password that is chosen', () => {
  it.each([
    ['a common one', 'password1', 'GUESSABLE'],
    ['a name and a year', 'lina2026', 'NAMES'],
    ['the mail address', 'li.na@polaris.example', 'NAMES'],
    ['one letter for long', 'a'.repeat(128), 'GUESSABLE'],
    ['a row of the keyboard', 'qwertyuiop', 'GUESSABLE'],
  ])('is refused when it is guessed at once: %s', async (_, password, fault) => {
    const message = expect.stringContaining('guessed too easily')
    expect(await faultOf(password, WORDS)).toEqual({ fault, message })
  })

  it.each([STRONG, '山高月小水落石出之夜', 'gT7!mmw2Lq'])('is taken: %s', async (password) => {
    expect(await faultOf(password, WORDS)).toBeNull()
  })

  it('has 8 to 128 characters', async () => {
    const short = { fault: 'TOO_SHORT', message: expect.stringContaining('8 characters') }
    expect(await faultOf('gT7!mmw', WORDS)).toEqual(short)
    const long = { fault: 'TOO_LONG', message: expect.stringContaining('at most 128') }
    expect(await faultOf(`${STRONG}${'x'.repeat(128)}`, WORDS)).toEqual(long)
  })

  it('[T92] is judged by its beginning, so that a long one holds nobody up', async () => {
    expect(await faultOf(`${'a'.repeat(32)}${STRONG}`, WORDS)).toMatchObject({ fault: 'GUESSABLE' })
    expect(await faultOf(`${STRONG}${'a'.repeat(90)}`, WORDS)).toBeNull()
  })
})
