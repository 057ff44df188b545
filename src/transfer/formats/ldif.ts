import { AppError } from '../../errors.ts'

/** A record of an LDIF file (RFC 2849). Attribute names are in lower case, without options; values are as they stand there. */
export interface LdifRecord {
  readonly dn: string
  /** Null: an entry, as it is exported. */
  readonly changeType: string | null
  readonly attributes: ReadonlyMap<string, readonly string[]>
  /** Of `changetype: modify`, in their order. */
  readonly modifications: readonly LdifModification[]
}

export interface LdifModification {
  readonly operation: string
  readonly attribute: string
  readonly values: readonly string[]
}

/** `line`: where it begins in the file, from 1. */
export type LdifRead = LdifParsed & { readonly line: number }

type LdifParsed =
  | { readonly record: LdifRecord; readonly problem: null }
  | { readonly record: null; readonly problem: string }

/** Characters of one record: a picture may stand in it, which is not taken. */
const MAX_RECORD = 8 * 1024 * 1024

/**
 * Reads LDIF record by record, in constant memory. What is wrong with a record is a problem of that record; AppError
 * BAD_USER_INPUT when one is too long. Values behind `:<` are never fetched.
 */
export async function* readLdif(text: AsyncIterable<string>): AsyncGenerator<LdifRead, void, undefined> {
  let lines: string[] = []
  let size = 0
  let count = 0
  let begin = 1
  const take = () => {
    const record = lines
    lines = []
    size = 0
    return record.length > 0 && !isVersion(record) ? [{ ...recordOf(record), line: begin }] : []
  }
  for await (const line of linesOf(text)) {
    count++
    if (lines.length === 0) begin = count
    if (line === '') {
      yield* take()
      continue
    }
    size += line.length
    if (size > MAX_RECORD)
      throw new AppError('BAD_USER_INPUT', `An entry has more than ${MAX_RECORD} characters.`)
    if (line.startsWith(' ') && lines.length > 0) lines.push(`${lines.pop() ?? ''}${line.slice(1)}`)
    else lines.push(line)
    // A version stands by itself or right above the first entry.
    if (isVersion(lines)) lines = []
  }
  yield* take()
}

function isVersion(lines: readonly string[]): boolean {
  return lines.length === 1 && /^version:/i.test(lines[0] ?? '')
}

async function* linesOf(text: AsyncIterable<string>): AsyncGenerator<string, void, undefined> {
  let rest = ''
  for await (const piece of text) {
    const lines = `${rest}${piece}`.split('\n')
    rest = lines.pop() ?? ''
    if (rest.length > MAX_RECORD)
      throw new AppError('BAD_USER_INPUT', `A line has more than ${MAX_RECORD} characters.`)
    for (const line of lines) yield line.endsWith('\r') ? line.slice(0, -1) : line
  }
  yield rest
}

class Malformed extends Error {}

function recordOf(lines: readonly string[]): LdifParsed {
  try {
    const parsed = lines.filter((line) => !line.startsWith('#')).map(lineOf)
    const [first, ...rest] = parsed.filter((line) => line !== null)
    if (!first || first.name !== 'dn') throw new Malformed('It does not begin with its dn.')
    const type =
      rest
        .find(({ name }) => name === 'changetype')
        ?.value.trim()
        .toLowerCase() ?? null
    const modifications = type === 'modify' ? modificationsOf(parsed.slice(1)) : []
    const attributes = new Map<string, string[]>()
    for (const { name, value } of type === 'modify' ? [] : rest) {
      if (name === 'changetype' || name === 'control') continue
      const values = attributes.get(name)
      if (values) values.push(value)
      else attributes.set(name, [value])
    }
    return { record: { dn: first.value, changeType: type, attributes, modifications }, problem: null }
  } catch (error) {
    if (error instanceof Malformed) return { record: null, problem: error.message }
    throw error
  }
}

interface Line {
  readonly name: string
  readonly value: string
}

/** Null: the `-` between modifications. */
function lineOf(line: string): Line | null {
  if (line === '-') return null
  const [, description = '', mark = '', value = ''] = /^([A-Za-z0-9.;-]+):([:<]?) *(.*)$/.exec(line) ?? []
  if (description === '') throw new Malformed(`Not a line of LDIF: ${line.slice(0, 60)}`)
  if (mark === '<') throw new Malformed(`Values are not fetched from elsewhere: ${description}`)
  const [name = ''] = description.toLowerCase().split(';')
  if (mark === '') return { name, value }
  if (!/^[A-Za-z0-9+/]*={0,2} *$/.test(value)) throw new Malformed(`Not base64: ${description}`)
  return { name, value: Buffer.from(value, 'base64').toString('utf8') }
}

function modificationsOf(lines: readonly (Line | null)[]): LdifModification[] {
  const modifications: { operation: string; attribute: string; values: string[] }[] = []
  let open: (typeof modifications)[number] | null = null
  for (const line of lines) {
    if (!line) open = null
    else if (open) {
      if (line.name !== open.attribute) throw new Malformed(`${line.name} stands under ${open.attribute}.`)
      open.values.push(line.value)
    } else if (line.name !== 'changetype' && line.name !== 'control') {
      open = { operation: line.name, attribute: line.value.trim().toLowerCase(), values: [] }
      modifications.push(open)
    }
  }
  return modifications
}
