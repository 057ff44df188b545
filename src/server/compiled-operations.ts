import {
  getArgumentValues,
  getNamedType,
  getVariableValues,
  GraphQLError,
  isAbstractType,
  isObjectType,
  Kind,
  TypeInfo,
  visit,
  visitWithTypeInfo,
  type DocumentNode,
  type GraphQLObjectType,
  type GraphQLResolveInfo,
  type GraphQLSchema,
  type OperationDefinitionNode,
} from 'graphql'
import { LRUCache } from 'lru-cache'
import type { Cleared } from '../../schema/cleared.ts'
import { compileOperation, type CompiledOperation } from '../encode/compile.ts'
import type { Keep } from '../encode/keep.ts'
import { parseJsonBody } from './body.ts'
import { checkOperation, parseDocument, validateDocument } from './limits.ts'
import { operationOf } from './operation.ts'

/** What a GraphQL request asks, as far as it is in order. */
interface Params {
  readonly query: string
  readonly operationName: string | null
  readonly variables: Readonly<Record<string, unknown>>
}

/** One question, checked and with its arguments: the root field is to be resolved with these. */
export interface Question {
  readonly compiled: CompiledOperation
  readonly args: Record<string, unknown>
  readonly info: GraphQLResolveInfo
  /** What is left to do for anybody who is signed in, once it has been asked. */
  cleared: Cleared | null
}

/** An operation of a known document. */
interface Known {
  readonly operation: OperationDefinitionNode
  /** Variables of @skip and @include: each combination of their values is compiled by itself. */
  readonly conditions: readonly string[]
  readonly variants: Map<string, CompiledOperation | null>
}

/** A document that is within all limits, by the names of the operations that were asked for. */
interface Document {
  readonly node: DocumentNode
  readonly operations: Map<string | null, Known | null>
}

export interface CompiledOptions {
  readonly schema: GraphQLSchema
  /** Bounded caches by the text of a document; the first is shared with Yoga. */
  readonly parsed: LRUCache<string, DocumentNode>
  readonly keep: Keep
}

const MAX_DOCUMENTS = 200
const MAX_QUESTIONS = 1000
const MAX_KEPT_BODY = 16_384
const KEY_BYTES = 128
const MAX_VARIANTS = 32
const PARAMETERS = new Set(['query', 'operationName', 'variables', 'extensions'])

/**
 * Queries that are answered without Yoga: one root field, whose selection is compiled. Whatever is not found here, wrong or
 * out of bounds in any way, is for Yoga to answer, so that there is one place that words refusals.
 */
export class CompiledOperations {
  readonly #o: CompiledOptions
  readonly #documents: LRUCache<string, Document | 'unfit'>
  /** By the end of the body: many clients ask the same, and a question depends on nothing but the bytes of the body. */
  readonly #questions: LRUCache<string, { readonly body: Buffer; readonly question: Question }>
  readonly #roots: readonly string[]

  constructor(options: CompiledOptions) {
    this.#o = options
    this.#roots = plainRoots(options.schema)
    this.#documents = new LRUCache({
      max: MAX_DOCUMENTS,
      maxSize: options.parsed.maxSize,
      sizeCalculation: (_, text) => text.length + 1,
    })
    this.#questions = new LRUCache({ max: MAX_QUESTIONS })
  }

  /** The question in the body of a request by somebody who is signed in. */
  find(body: Buffer): Question | null {
    // The variables stand at the end as a rule; to hash all of the document would take longer than to compare it.
    const end = body.toString('latin1', Math.max(0, body.length - KEY_BYTES))
    const known = this.#questions.get(end)
    if (known?.body.equals(body)) return known.question
    const parsed = parseJsonBody(body.toString('utf8'))
    const question = parsed.kind === 'json' ? this.#read(parsed.value) : null
    if (question && body.length <= MAX_KEPT_BODY) {
      this.#questions.set(end, { body: Buffer.from(body), question })
    }
    return question
  }

  #read(body: object): Question | null {
    const params = paramsOf(body)
    const document = params && this.#document(params.query)
    const known = document && this.#operation(document, params.operationName)
    return known ? this.#question(document, known, params) : null
  }

  #document(text: string): Document | null {
    let document = this.#documents.get(text)
    if (!document) {
      document = this.#learn(text) ?? 'unfit'
      this.#documents.set(text, document)
    }
    return document === 'unfit' ? null : document
  }

  #learn(text: string): Document | null {
    const { schema, parsed } = this.#o
    // Documents of Yoga's are not parsed and validated twice.
    if (!this.#roots.some((name) => text.includes(name))) return null
    const node = parsed.get(text) ?? parseOrNull(text)
    if (!node) return null
    parsed.set(text, node)
    const isFit = hasFixedCost(schema, node) && validateDocument(schema, node).length === 0
    return isFit ? { node, operations: new Map() } : null
  }

  #operation(document: Document, name: string | null): Known | null {
    const known = document.operations.get(name)
    if (known !== undefined) return known
    const operation = operationOf(document.node, name)
    // Names that are not there are not kept: anybody can make up more of them.
    if (!operation) return null
    const made = operation.operation === 'query' ? knownOf(document.node, operation) : null
    document.operations.set(name, made)
    return made
  }

  #question(document: Document, known: Known, params: Params): Question | null {
    const { schema } = this.#o
    const definitions = known.operation.variableDefinitions ?? []
    const { coerced } = getVariableValues(schema, definitions, params.variables)
    const compiled = coerced && this.#variant(document, known, params, coerced)
    if (!compiled) return null
    const { field, info } = compiled
    const [node] = info.fieldNodes
    try {
      const args = node ? getArgumentValues(field, node, coerced) : {}
      return { compiled, args, info: { ...info, variableValues: coerced }, cleared: null }
    } catch (error) {
      if (error instanceof GraphQLError) return null
      throw error
    }
  }

  #variant(
    document: Document,
    { conditions, variants }: Known,
    { operationName, variables: variableValues }: Params,
    coerced: Record<string, unknown>,
  ): CompiledOperation | null {
    const key = conditions.map((name) => String(coerced[name])).join()
    const known = variants.get(key)
    if (known !== undefined) return known
    const { schema, keep } = this.#o
    const operation = { schema, document: document.node, operationName }
    // The cost does not depend on the variables, so once is enough.
    const isRefused = checkOperation({ ...operation, variableValues, isAnonymous: false }).length > 0
    const compiled = isRefused ? null : compileOperation({ ...operation, variables: coerced, keep })
    if (variants.size < MAX_VARIANTS) variants.set(key, compiled)
    return compiled
  }
}

function knownOf(document: DocumentNode, operation: OperationDefinitionNode): Known {
  const conditions = new Set<string>()
  visit(document, {
    Directive: ({ arguments: [argument] = [] }) => {
      if (argument?.value.kind === Kind.VARIABLE) conditions.add(argument.value.name.value)
    },
  })
  return { operation, conditions: [...conditions], variants: new Map() }
}

function paramsOf(body: object): Params | null {
  if (!isRecord(body) || !Object.keys(body).every((name) => PARAMETERS.has(name))) return null
  const { query, operationName = null, variables = null, extensions = null } = body
  const isFit =
    typeof query === 'string' &&
    (operationName === null || typeof operationName === 'string') &&
    (variables === null || isRecord(variables)) &&
    (extensions === null || isRecord(extensions))
  return isFit ? { query, operationName, variables: variables ?? {} } : null
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function parseOrNull(text: string): DocumentNode | null {
  try {
    return parseDocument(text)
  } catch {
    return null
  }
}

/** Root fields whose answers are made of plain properties; in the text of another document there is nothing to compile. */
function plainRoots(schema: GraphQLSchema): string[] {
  const isPlain = (type: GraphQLObjectType) =>
    Object.values(type.getFields()).every((field) => !field.resolve)
  return Object.values(schema.getQueryType()?.getFields() ?? {}).flatMap(({ name, type: of }) => {
    const type = getNamedType(of)
    const types = isAbstractType(type) ? schema.getPossibleTypes(type) : [type]
    return types.every((t) => isObjectType(t) && isPlain(t)) ? [name] : []
  })
}

/** Whether all fields cost the same whatever their arguments, and each of them is one of the schema. */
function hasFixedCost(schema: GraphQLSchema, document: DocumentNode): boolean {
  const types = new TypeInfo(schema)
  let isFixed = true
  visit(
    document,
    visitWithTypeInfo(types, {
      Field: () => {
        if (typeof types.getFieldDef()?.extensions['complexity'] === 'function') isFixed = false
      },
    }),
  )
  return isFixed
}
