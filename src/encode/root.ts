import { isAbstractType, isListType, isNonNullType, isObjectType, type GraphQLOutputType } from 'graphql'
import { Uncompilable } from './collect.ts'
import { Kept, type Keep } from './keep.ts'
import {
  compiledFields,
  compileWrite,
  isComposite,
  pick,
  typeName,
  type Compilation,
  type CompiledField,
  type Write,
} from './write.ts'

/** One response key of the root value. Lists of objects are written element by element, everything else as text. */
export type Part =
  | { readonly kind: 'constant'; readonly lead: string }
  | { readonly kind: 'text'; readonly lead: string; readonly name: string; readonly write: Write }
  | ListPart

export interface ListPart {
  readonly kind: 'list'
  readonly lead: string
  readonly name: string
  readonly isNullable: boolean
  readonly element: Write
  /** Bytes of elements, each with a comma before it. */
  readonly kept: Kept<Buffer>
}

/** Compiles what stands under the root field: how a value is written, by its type. Throws Uncompilable. */
export function compileRoot(
  c: Compilation,
  type: GraphQLOutputType,
  keep: Keep,
): (value: unknown) => readonly Part[] {
  const nodes = c.info.fieldNodes
  if (!isNonNullType(type)) throw new Uncompilable('a root field that may be null')
  const root = type.ofType
  if (isObjectType(root)) {
    const parts = compiledFields(c, root, nodes).map((field) => compilePart(c, field, keep))
    return () => parts
  }
  if (!isAbstractType(root)) throw new Uncompilable('a root field that is no object')
  const byName = new Map<string, readonly Part[]>()
  for (const possible of c.schema.getPossibleTypes(root)) {
    const fields = compiledFields(c, possible, nodes)
    byName.set(
      possible.name,
      fields.map((field) => compilePart(c, field, keep)),
    )
  }
  return (value) => pick(byName, typeName(c, root, value))
}

function compilePart(c: Compilation, { lead, name, type, nodes }: CompiledField, keep: Keep): Part {
  if (name === null) return { kind: 'constant', lead }
  const isNullable = !isNonNullType(type)
  const list = isNonNullType(type) ? type.ofType : type
  if (isListType(list) && isNonNullType(list.ofType) && isComposite(list.ofType.ofType)) {
    const element = compileWrite(c, list.ofType, nodes)
    return { kind: 'list', lead, name, isNullable, element, kept: new Kept(keep) }
  }
  return { kind: 'text', lead, name, write: compileWrite(c, type, nodes) }
}
