import { maxAliasesRule } from '@escape.tech/graphql-armor-max-aliases'
import { maxDepthRule } from '@escape.tech/graphql-armor-max-depth'
import { maxDirectivesRule } from '@escape.tech/graphql-armor-max-directives'
import { createComplexityRule } from '@pothos/plugin-complexity'
import {
  getOperationAST,
  GraphQLError,
  NoSchemaIntrospectionCustomRule,
  parse,
  specifiedRules,
  validate,
  type ASTVisitor,
  type DocumentNode,
  type ExecutionResult,
  type GraphQLSchema,
  type ParseOptions,
  type Source,
  type ValidationContext,
  type ValidationRule,
} from 'graphql'
import type { Plugin } from 'graphql-yoga'

/**
 * What one operation may ask for at most. Depth counts fields; a connection takes three of them a hop (field, edges,
 * node), so that this allows three hops and a leaf.
 */
export const LIMITS = {
  /** Of the text of a document: comments and spaces are no tokens, but documents are kept (T9). */
  characters: 32_768,
  tokens: 1000,
  aliases: 15,
  directives: 5,
  depth: 10,
  /** Fields after fragments have been spread. */
  breadth: 400,
  /** Fields times the rows on which they may stand (T8). */
  complexity: 5000,
  /** Errors of one answer: a request full of mistakes is not answered with a book. */
  errors: 20,
} as const

/** Parses a document of at most LIMITS.tokens tokens (T5) and LIMITS.characters characters. Throws GraphQLError. */
export function parseDocument(source: string | Source, options: ParseOptions = {}): DocumentNode {
  const { length } = typeof source === 'string' ? source : source.body
  if (length > LIMITS.characters) {
    const message = `The document is too large: it has ${length} characters, at most ${LIMITS.characters} are allowed.`
    throw refusal(new GraphQLError(message))
  }
  try {
    return parse(source, { ...options, maxTokens: LIMITS.tokens })
  } catch (error) {
    throw error instanceof GraphQLError ? refusal(error) : error
  }
}

/** The rules that depend on the document alone, beside those of GraphQL itself (T1, T2, T4). */
const documentRules: readonly ValidationRule[] = [
  armor(maxAliasesRule, { n: LIMITS.aliases, allowList: [] }, `at most ${LIMITS.aliases} aliases`),
  armor(maxDepthRule, { n: LIMITS.depth, flattenFragments: true }, `a depth of at most ${LIMITS.depth}`),
  armor(maxDirectivesRule, { n: LIMITS.directives }, `at most ${LIMITS.directives} directives`),
]

/** What is wrong with a document, whoever asks: the answer may be kept for as long as the schema lives. */
export function validateDocument(schema: GraphQLSchema, document: DocumentNode): readonly GraphQLError[] {
  const errors = validate(schema, document, [...specifiedRules, ...documentRules], {
    maxErrors: LIMITS.errors,
  })
  return errors.map(refusal)
}

export interface Operation {
  readonly schema: GraphQLSchema
  /** Valid. */
  readonly document: DocumentNode
  readonly operationName?: string | null | undefined
  readonly variableValues?: Readonly<Record<string, unknown>> | null | undefined
  readonly isAnonymous: boolean
}

/**
 * What is wrong with one operation of a valid document: none or several to choose from (T21), variables that do not fit,
 * too costly with these variables (T8), introspection by somebody anonymous (T11). To be asked before each execution,
 * over any transport; never kept.
 */
export function checkOperation(o: Operation): readonly GraphQLError[] {
  if (!getOperationAST(o.document, o.operationName)) {
    return [refusal(new GraphQLError('operationName must name one of the operations of the document.'))]
  }
  if (o.isAnonymous) {
    const errors = validate(o.schema, o.document, [NoSchemaIntrospectionCustomRule], { maxErrors: 1 })
    if (errors.length > 0)
      return [unauthenticated('Sign in to introspect; the schema is published as schema.graphql.')]
  }
  const cost = createComplexityRule({
    context: {},
    variableValues: { ...o.variableValues },
    operationName: o.operationName ?? null,
    validate: ({ breadth, complexity }, reportError) => {
      if (complexity > LIMITS.complexity) reportError(tooCostly('cost', complexity, LIMITS.complexity))
      if (breadth > LIMITS.breadth) reportError(tooCostly('breadth', breadth, LIMITS.breadth))
    },
  })
  return validate(o.schema, o.document, [cost], { maxErrors: LIMITS.errors }).map(refusal)
}

/** All limits for Yoga. `isAnonymous` reads the context of the request. */
export function limitsPlugin<C extends object>(isAnonymous: (context: C) => boolean): Plugin<C> {
  const stop = (
    operation: Omit<Operation, 'isAnonymous'>,
    context: C,
    setResult: (result: ExecutionResult) => void,
  ) => {
    const errors = checkOperation({ ...operation, isAnonymous: isAnonymous(context) })
    if (errors.length > 0) setResult({ errors: errors.map(badRequest) })
  }
  return {
    onParse: ({ setParseFn }) => setParseFn(parseDocument),
    onValidate: ({ setValidationFn }) =>
      setValidationFn((schema, document) => validateDocument(schema, document).map(badRequest)),
    onExecute: ({ args, setResultAndStopExecution }) =>
      stop(args, args.contextValue, setResultAndStopExecution),
    onSubscribe: ({ args, setResultAndStopExecution }) =>
      stop(args, args.contextValue, setResultAndStopExecution),
  }
}

interface ArmorOptions {
  readonly propagateOnRejection: boolean
  readonly onReject: ((context: ValidationContext | null) => void)[]
}

/** An armor rule that reports like any other rule instead of throwing. */
function armor<O>(
  rule: (options: O & ArmorOptions) => (context: ValidationContext) => ASTVisitor,
  options: O,
  allowed: string,
): ValidationRule {
  const onReject = (context: ValidationContext | null) =>
    context?.reportError(new GraphQLError(`The operation is too large: ${allowed}.`))
  return rule({ ...options, propagateOnRejection: false, onReject: [onReject] })
}

function tooCostly(what: string, actual: number, max: number): GraphQLError {
  return new GraphQLError(
    `The operation is too large: its ${what} is ${actual}, at most ${max} is allowed. Ask for fewer fields or smaller \`first\`.`,
  )
}

/** An error of the request: with the code of the contract and without hints at what the schema has (T12). */
function refusal(error: GraphQLError): GraphQLError {
  const { nodes = null, source = null, positions = null } = error
  const message = error.message.replace(/\s*Did you mean [^]*$/, ' [Suggestion hidden]')
  return new GraphQLError(message, { nodes, source, positions, extensions: { code: 'BAD_USER_INPUT' } })
}

function unauthenticated(message: string): GraphQLError {
  return new GraphQLError(message, { extensions: { code: 'UNAUTHENTICATED' } })
}

/** Over HTTP a request that is refused as a whole has a status that says so, whatever the client accepts. */
function badRequest(error: GraphQLError): GraphQLError {
  const status = error.extensions['code'] === 'UNAUTHENTICATED' ? 401 : 400
  error.extensions['http'] = { status, spec: false }
  return error
}
