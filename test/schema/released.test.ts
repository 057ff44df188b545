import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import {
  buildSchema,
  findBreakingChanges,
  getNamedType,
  isLeafType,
  isObjectType,
  isUnionType,
  printType,
  type GraphQLNamedType,
} from 'graphql'
import { describe, expect, it } from 'vitest'
import { isTooOld, OLDEST_PROTOCOL, PROTOCOL } from '../../schema/protocol.ts'
import { schema } from '../../schema/schema.ts'
import { mayBreak, RELEASED_FILE, releasedVersion } from '../../src/commands/released.ts'
import { PROTOCOL as SPOKEN } from '../../web/sdk/protocol.ts'

const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string }
const released = readFileSync(RELEASED_FILE, 'utf8')

/** What each number of the protocol looks like on the wire. One that is served is never changed: a new form is a new number. */
const SHAPES: Readonly<Record<number, string>> = {
  1: 'fd643bdba9377bd8',
}

/** All types that a delta or a snapshot consists of. */
function wireTypes(): string {
  const found = new Map<string, GraphQLNamedType>()
  const add = (type: GraphQLNamedType) => {
    if (found.has(type.name) || isLeafType(type)) return void (isLeafType(type) && found.set(type.name, type))
    found.set(type.name, type)
    if (isUnionType(type)) for (const member of type.getTypes()) add(member)
    if (isObjectType(type)) for (const field of Object.values(type.getFields())) add(getNamedType(field.type))
  }
  for (const name of ['ChangesResult', 'SnapshotResult']) {
    const type = schema.getType(name)
    if (type) add(type)
  }
  // What is said of them in words may be said better.
  const plain = (type: GraphQLNamedType) =>
    printType(type)
      .replace(/"""[^]*?"""\n?/g, '')
      .replace(/\n\s*\n/g, '\n')
  return [...found.values()].map(plain).sort().join('\n')
}

describe('[4] the contract', () => {
  it('breaks no client of the released one, unless the version says so', () => {
    const breaking = findBreakingChanges(buildSchema(released), schema).map(({ description }) => description)
    if (!mayBreak(releasedVersion(released), version)) expect(breaking).toEqual([])
  })

  it('finds out what breaks', () => {
    const less = buildSchema(released.replace(/^ {2}deleteWebhook\(/m, '  forgetWebhook('))
    const kinds = findBreakingChanges(buildSchema(released), less).map(({ type }) => String(type))
    expect(kinds).toContain('FIELD_REMOVED')
  })

  it.each([
    ['0.1.0', '0.1.1', false],
    ['0.1.0', '0.2.0', true],
    ['0.9.0', '1.0.0', true],
    ['1.0.0', '1.1.0', false],
    ['1.9.9', '2.0.0', true],
    ['2.0.0', '1.0.0', false],
  ])('%s to %s may break: %s', (from, to, may) => {
    expect(mayBreak(from, to)).toBe(may)
  })

  it('[W1] what copies are made of has the form that the number of the protocol stands for', () => {
    const shape = createHash('sha256').update(wireTypes()).digest('hex').slice(0, 16)
    expect(SPOKEN).toBe(PROTOCOL)
    expect(OLDEST_PROTOCOL).toBeLessThanOrEqual(PROTOCOL)
    const why =
      'rows, deltas or snapshots have another form: count PROTOCOL up where older clients would get it wrong, and note the new form here'
    expect(SHAPES[PROTOCOL], why).toBe(shape)
  })

  it('[W1] only a number that is too small is too old', () => {
    expect([0, '0', -1].map(isTooOld)).toEqual([true, true, true])
    expect([OLDEST_PROTOCOL, String(PROTOCOL), 99, undefined, null, '', 'x', {}].map(isTooOld)).toEqual(
      Array(8).fill(false),
    )
  })
})
