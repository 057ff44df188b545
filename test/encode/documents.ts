import fc from 'fast-check'
import {
  getNamedType,
  getNullableType,
  isAbstractType,
  isCompositeType,
  isObjectType,
  isInterfaceType,
  type GraphQLCompositeType,
  type GraphQLSchema,
} from 'graphql'

/** A document with one operation, `Op`, and what it is asked with. */
export interface Asked {
  readonly query: string
  readonly variables: Readonly<Record<string, unknown>>
}

/** Dice that fast-check throws: it shrinks what came of them. */
type Dice = (faces: number) => number

const DEPTH = 3
const CONDITIONS = [
  ['$ifA', 'Boolean!'],
  ['$ifB', 'Boolean = true'],
  ['$ifC', 'Boolean!'],
] as const
/** Response keys with which a careless writer of JSON could go wrong; each stands for one field only. */
const KEYS: Readonly<Record<string, string>> = { to: '__proto__', digest: 'constructor', id: 'toString' }

/** What a root field takes; the values come with the test. */
export const ROOTS = {
  changesSince: [
    'query',
    '$version: Version!, $first: Int, $compact: Boolean, $waitFor: Version',
    'changesSince(version: $version, first: $first, compact: $compact, waitFor: $waitFor)',
  ],
  snapshot: [
    'query',
    '$first: Int, $after: String, $waitFor: Version',
    'snapshot(first: $first, after: $after, waitFor: $waitFor)',
  ],
  changes: [
    'subscription',
    '$version: Version!, $compact: Boolean',
    'changes(since: $version, compact: $compact)',
  ],
} as const

export type RootName = keyof typeof ROOTS

/** Random selections under one root field: aliases, fragments of all kinds, merged fields, @skip and @include. */
export function operations(schema: GraphQLSchema, root: RootName): fc.Arbitrary<Asked> {
  return fc
    .tuple(
      fc.array(fc.nat(999), { minLength: 1, maxLength: 200 }),
      fc.boolean(),
      fc.option(fc.boolean(), { freq: 9 }),
      fc.boolean(),
    )
    .map(([numbers, ifA, ifB, ifC]) => {
      let i = 0
      const dice: Dice = (faces) => (numbers[i++ % numbers.length] ?? 0) % faces
      return { query: new Writer(schema, dice).operation(root), variables: { ifA, ifB, ifC } }
    })
}

class Writer {
  readonly #schema: GraphQLSchema
  readonly #dice: Dice
  readonly #fragments: string[] = []

  constructor(schema: GraphQLSchema, dice: Dice) {
    this.#schema = schema
    this.#dice = dice
  }

  operation(root: RootName): string {
    const [kind, args, call] = ROOTS[root]
    const rootType = kind === 'query' ? this.#schema.getQueryType() : this.#schema.getSubscriptionType()
    const type = rootType && getNamedType(rootType.getFields()[root]?.type)
    if (!type || !isCompositeType(type)) throw new Error(`There is no ${root}`)
    const key = this.#pick(['', 'answer: ', 'a1: '])
    const fields = [`${key}${call} ${this.#set(type, 0)}`]
    if (kind === 'query' && this.#dice(3) === 0) fields.push('__typename')
    if (kind === 'query' && this.#dice(3) === 0) fields.unshift('what: __typename')
    if (this.#dice(3) === 0) fields.push(`${key}${call} ${this.#set(type, 0)}`)
    const set = `{ ${fields.join(' ')} }`
    // graphql-js cannot validate a subscription whose root field depends on a variable.
    const spread = kind === 'query' ? this.#directive() : ''
    const body = this.#dice(4) === 0 ? `{ ${this.#spread(rootType.name, set, spread)} }` : set
    const text = `${body} ${this.#fragments.join(' ')}`
    const conditions = CONDITIONS.filter(([name]) => text.includes(name)).map((c) => `${c.join(': ')}`)
    return `${kind} Op(${[args, ...conditions].join(', ')}) ${text}`
  }

  #set(type: GraphQLCompositeType, depth: number): string {
    const parts: string[] = []
    const count = 1 + this.#dice(depth === 0 ? 5 : 3)
    for (let i = 0; i < count; i++) parts.push(this.#selection(type, depth))
    return `{ ${parts.join(' ')} }`
  }

  #selection(type: GraphQLCompositeType, depth: number): string {
    const kind = this.#dice(9)
    if (kind === 0) return `${this.#pick(['', 'kind: '])}__typename${this.#directive()}`
    if (depth >= DEPTH || (kind > 3 && isObjectType(type))) return this.#field(type, depth)
    const on = this.#pick(this.#overlapping(type))
    if (kind === 1) return `...${this.#directive()} ${this.#set(type, depth + 1)}`
    if (kind === 2) return this.#spread(on.name, this.#set(on, depth + 1), this.#directive())
    return `... on ${on.name}${this.#directive()} ${this.#set(on, depth + 1)}`
  }

  #field(type: GraphQLCompositeType, depth: number): string {
    const fields = isObjectType(type) || isInterfaceType(type) ? Object.values(type.getFields()) : []
    const plain = fields.filter((f) => f.args.length === 0 && !f.resolve)
    if (plain.length === 0) return '__typename'
    const field = this.#pick(plain)
    const under = getNamedType(getNullableType(field.type))
    const alias = this.#pick(['', '', `my_${field.name}: `, `${KEYS[field.name] ?? `x_${field.name}`}: `])
    const set = isCompositeType(under) ? ` ${this.#set(under, depth + 1)}` : ''
    return `${alias}${field.name}${this.#directive()}${set}`
  }

  #spread(on: string, set: string, directive: string): string {
    const name = `F${this.#fragments.length}`
    this.#fragments.push(`fragment ${name} on ${on} ${set}`)
    const again = this.#dice(3) === 0 ? ` ...${name}` : ''
    return `...${name}${directive}${again}`
  }

  #directive(): string {
    if (this.#dice(5) > 0) return ''
    const condition = this.#pick(['$ifA', '$ifB', '$ifC', 'true', 'false'])
    const first = `@${this.#pick(['skip', 'include'])}(if: ${condition})`
    return this.#dice(4) ? ` ${first}` : ` @skip(if: $ifB) @include(if: ${condition})`
  }

  /** Types that a fragment on this one may name. */
  #overlapping(type: GraphQLCompositeType): GraphQLCompositeType[] {
    const abstract = Object.values(this.#schema.getTypeMap()).filter(isAbstractType)
    if (isAbstractType(type)) return [type, ...this.#schema.getPossibleTypes(type)]
    return [type, ...abstract.filter((a) => this.#schema.isSubType(a, type))]
  }

  #pick<T>(items: readonly T[]): T {
    const item = items[this.#dice(items.length)]
    if (item === undefined) throw new Error('There is nothing to pick')
    return item
  }
}
