import {
  isAbstractType,
  isLeafType,
  isListType,
  isNonNullType,
  isObjectType,
  type FieldNode,
  type GraphQLAbstractType,
  type GraphQLLeafType,
  type GraphQLObjectType,
  type GraphQLOutputType,
  type GraphQLResolveInfo,
} from 'graphql'
import { collectFields, Uncompilable, type Scope } from './collect.ts'
import { quote } from './json.ts'

/** The JSON text of a value as GraphQL completes it. Throws Unencodable, or whatever a scalar throws. */
export type Write = (value: unknown) => string

/** A value that only the executor may answer for: a null that must not be one, an error, a promise, a function. */
export class Unencodable extends Error {}

/** What the compiler is given beside the selection. */
export interface Compilation extends Scope {
  /** Of the root field: for `resolveType` of unions and interfaces. */
  readonly info: GraphQLResolveInfo
}

/** One response key of an object. */
export interface CompiledField {
  /** The key with its colon: `"name":`. */
  readonly lead: string
  /** Null: `__typename`. */
  readonly name: string | null
  readonly type: GraphQLOutputType
  readonly nodes: readonly FieldNode[]
}

type Source = Readonly<Record<string, unknown>>

const NULL = 'null'

/** Compiles what stands under a field of this type. Throws Uncompilable. */
export function compileWrite(c: Compilation, type: GraphQLOutputType, nodes: readonly FieldNode[]): Write {
  if (isNonNullType(type)) return present(compileWrite(c, type.ofType, nodes))
  if (isListType(type)) return list(compileWrite(c, type.ofType, nodes))
  if (isLeafType(type)) return leaf(type)
  if (isAbstractType(type)) {
    const byName = new Map<string, Write>()
    for (const possible of c.schema.getPossibleTypes(type)) {
      byName.set(possible.name, compileObject(c, possible, nodes))
    }
    return (value) => (value == null ? NULL : pick(byName, typeName(c, type, value))(value))
  }
  return compileObject(c, type, nodes)
}

/** The name of the object type that a value of an abstract type has. */
export function typeName({ info }: Compilation, type: GraphQLAbstractType, value: unknown): string {
  const name = type.resolveType?.(value, {}, info, type)
  if (typeof name !== 'string') throw new Unencodable(`${type.name} does not tell its type`)
  return name
}

export function pick<T>(byName: ReadonlyMap<string, T>, name: string): T {
  const found = byName.get(name)
  if (found === undefined) throw new Unencodable(`there is no ${name}`)
  return found
}

/**
 * The fields of an object type. Only fields are compiled that read the property of their name and do nothing else: one
 * with a resolver, with arguments, or that a plugin has wrapped to authorise, validate or count is left to the executor.
 */
export function compiledFields(
  c: Compilation,
  type: GraphQLObjectType,
  nodes: readonly FieldNode[],
): CompiledField[] {
  if (type.isTypeOf) throw new Uncompilable(`${type.name} checks its values`)
  const sets = nodes.flatMap(({ selectionSet }) => selectionSet ?? [])
  return [...collectFields(c, type, sets)].map(([key, of]): CompiledField => {
    const name = of[0]?.name.value ?? ''
    const lead = `${quote(key)}:`
    if (name === '__typename') return { lead: `${lead}${quote(type.name)}`, name: null, type, nodes: of }
    const field = type.getFields()[name]
    if (!field || field.resolve || field.args.length > 0 || !isBare(field.extensions, name)) {
      throw new Uncompilable(`${type.name}.${name}`)
    }
    return { lead, name, type: field.type, nodes: of }
  })
}

function isBare(extensions: Readonly<Record<string, unknown>>, name: string): boolean {
  return extensions['pothosExposedField'] === name && extensions['pothosResolveWrapped'] === false
}

/** The object that a composite value is; anything that the executor would treat in another way is refused. */
export function sourceOf(value: unknown): Source {
  if (isSource(value)) return value
  throw new Unencodable('not a plain object')
}

function isSource(value: unknown): value is Source {
  return typeof value === 'object' && value !== null && !(value instanceof Error) && !('then' in value)
}

function compileObject(c: Compilation, type: GraphQLObjectType, nodes: readonly FieldNode[]): Write {
  const [first, ...rest] = compiledFields(c, type, nodes).map((field) => fieldWrite(c, field))
  if (!first) return (value) => (value == null ? NULL : '{}')
  return (value) => {
    if (value == null) return NULL
    const source = sourceOf(value)
    let text = `{${first(source)}`
    for (const write of rest) text += `,${write(source)}`
    return `${text}}`
  }
}

function fieldWrite(c: Compilation, { lead, name, type, nodes }: CompiledField): (source: Source) => string {
  if (name === null) return () => lead
  const write = compileWrite(c, type, nodes)
  return (source) => lead + write(source[name])
}

function present(write: Write): Write {
  return (value) => {
    const text = write(value)
    if (text === NULL) throw new Unencodable('null where there must be something')
    return text
  }
}

function list(write: Write): Write {
  return (value) => (value == null ? NULL : `[${itemsOf(value).map(write).join(',')}]`)
}

export function itemsOf(value: unknown): readonly unknown[] {
  if (Array.isArray(value)) return value
  throw new Unencodable('not a list')
}

function leaf(type: GraphQLLeafType): Write {
  return (value) => {
    if (value == null) return NULL
    if (typeof value === 'function' || (typeof value === 'object' && !isSource(value))) {
      throw new Unencodable(`not a ${type.name}`)
    }
    const serialized: unknown = type.serialize(value)
    if (typeof serialized === 'string') return quote(serialized)
    const text = JSON.stringify(serialized)
    if (text === undefined || text === NULL) throw new Unencodable(`nothing came of a ${type.name}`)
    return text
  }
}

export function isComposite(type: GraphQLOutputType): boolean {
  return isObjectType(type) || isAbstractType(type)
}
