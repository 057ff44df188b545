import { expect, it } from 'vitest'
import { createLogger } from '../src/log.ts'

it.each([
  'two\nlines',
  'a carriage\r\nreturn',
  '\u001b[31mred\u001b[0m',
  '"}\n{"level":"error","msg":"made up"}',
  '\u2028\u0000\u009b',
])('[T100] whatever a text holds, a line of the log is one JSON object and says it as it is: %j', (text) => {
  const lines: string[] = []
  const log = createLogger('info', { write: (line) => void lines.push(line) })
  log.info({ name: text, err: new Error(text) }, text)
  expect(lines).toHaveLength(1)
  const [line = ''] = lines
  const codes = Array.from(line.trimEnd(), (character) => character.codePointAt(0) ?? 0)
  expect(codes.filter((code) => code < 32)).toEqual([])
  expect(JSON.parse(line)).toMatchObject({ level: 'info', name: text, msg: text })
})
