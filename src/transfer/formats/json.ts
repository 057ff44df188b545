import { AppError } from '../../errors.ts'

/** Characters of one object. */
const MAX_OBJECT = 256 * 1024
/** Nesting of one object. */
const MAX_DEPTH = 8

/** An object of the file, or why it is none. `line`: where it begins, from 1. */
export type JsonRecord = JsonValue & { readonly line: number }

type JsonValue =
  | { readonly value: unknown; readonly problem: null }
  | { readonly value: null; readonly problem: string }

/**
 * Reads a JSON array of objects, or one object after the other (NDJSON), object by object, in constant memory. AppError
 * BAD_USER_INPUT where there is something else.
 */
export async function* readJson(text: AsyncIterable<string>): AsyncGenerator<JsonRecord, void, undefined> {
  let object = ''
  let depth = 0
  let deepest = 0
  let isString = false
  let isEscaped = false
  let line = 1
  let begin = 1
  for await (const piece of text) {
    let start = 0
    for (let i = 0; i < piece.length; i++) {
      const char = piece[i]
      if (char === '\n') line++
      if (depth === 0) {
        if (char === '{') {
          depth = 1
          begin = line
          start = i
        } else if (!/[\s[\],\ufeff]/.test(char ?? ''))
          throw new AppError('BAD_USER_INPUT', 'The file must be a list of JSON objects.')
      } else if (isEscaped) isEscaped = false
      else if (isString) {
        if (char === '\\') isEscaped = true
        else if (char === '"') isString = false
      } else if (char === '"') isString = true
      else if (char === '{' || char === '[') deepest = Math.max(deepest, ++depth)
      else if ((char === '}' || char === ']') && --depth === 0) {
        object += piece.slice(start, i + 1)
        yield { ...recordOf(object, deepest), line: begin }
        object = ''
        deepest = 0
      }
    }
    if (depth === 0) continue
    object += piece.slice(start)
    if (object.length > MAX_OBJECT)
      throw new AppError('BAD_USER_INPUT', `An object has more than ${MAX_OBJECT} characters.`)
  }
  if (depth > 0) yield { value: null, problem: 'The last object does not end.', line: begin }
}

function recordOf(text: string, depth: number): JsonValue {
  if (depth > MAX_DEPTH) return { value: null, problem: `It is nested deeper than ${MAX_DEPTH} levels.` }
  try {
    return { value: JSON.parse(text), problem: null }
  } catch {
    return { value: null, problem: 'It is not valid JSON.' }
  }
}
