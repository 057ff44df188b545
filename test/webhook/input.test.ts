import { expect, it } from 'vitest'
import { InvalidInput } from '../../src/edit/failures.ts'
import { parseNumber, parseUrl } from '../../src/webhook/input.ts'

it.each([
  ['https://example.com', false, 'https://example.com/'],
  ['https://example.com/a?b=c#d', false, 'https://example.com/a?b=c'],
  ['http://10.0.0.1/hook', true, 'http://10.0.0.1/hook'],
  ['HTTPS://EXAMPLE.com:443/x', false, 'https://example.com/x'],
])('%s is an address (http allowed: %s)', (text, isPlainAllowed, url) => {
  expect(parseUrl(text, isPlainAllowed)).toBe(url)
})

it('[T114] without networks of the operator http is refused before anything is sent, and the message says what to do', () => {
  expect(() => parseUrl('http://example.com/', false)).toThrow(InvalidInput)
  expect(() => parseUrl('http://example.com/', false)).toThrow(/WEBHOOK_NETWORKS/)
})

it.each([
  ['12', 12n],
  ['', null],
  ['-1', null],
  ['1e3', null],
  ['9'.repeat(30), null],
])('%j is the number %s', (text, number) => {
  expect(parseNumber(text)).toBe(number)
})
