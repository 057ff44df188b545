import SchemaBuilder, { BasePlugin, type PothosOutputFieldConfig, type SchemaTypes } from '@pothos/core'
import type { GraphQLFieldResolver } from 'graphql'
import { AppError } from '../src/errors.ts'
import type { Context } from './context.ts'

declare global {
  // Pothos' way of letting a plugin add options.
  export namespace PothosSchemaTypes {
    interface Plugins<Types extends SchemaTypes> {
      cleared: ClearedPlugin<Types>
    }
  }
}

/**
 * What is left of a question once all that stands around its root field has let its arguments through: to resolve it, for
 * anybody who is signed in.
 */
export type Cleared = (context: object) => unknown

/**
 * Tells whoever asks by `Context.onCleared` what is left of a question, so that the same question need not be judged for
 * each of thousands who ask it. Only for fields whose one rule is to be signed in: what stands around those depends on
 * nothing but the arguments.
 */
class ClearedPlugin<Types extends SchemaTypes> extends BasePlugin<Types> {
  override wrapResolve(
    resolve: GraphQLFieldResolver<unknown, Types['Context'], object>,
    field: PothosOutputFieldConfig<Types>,
  ): GraphQLFieldResolver<unknown, Types['Context'], object> {
    const type = this.buildCache.getTypeConfig(field.parentType)
    if (type.kind !== 'Query' || !dependsOnArgumentsOnly(type.pothosOptions, field.pothosOptions))
      return resolve
    return (source, args, context, info) => {
      if (isContext(context)) {
        context.onCleared?.((other) => {
          const isFit = isContext(other) && other.caller.signedIn !== null
          if (!isFit) throw new AppError('INTERNAL', 'A question was cleared for those who are signed in')
          return resolve(source, args, other, info)
        })
      }
      return resolve(source, args, context, info)
    }
  }
}

function isContext(context: object): context is Context {
  return 'caller' in context
}

interface Options {
  readonly authScopes?: unknown
  readonly grantScopes?: unknown
  readonly errors?: unknown
}

function dependsOnArgumentsOnly(type: Options, { authScopes, grantScopes, errors }: Options): boolean {
  const isTypeFree = type.authScopes === undefined && type.grantScopes === undefined
  const isSignedIn = JSON.stringify(authScopes) === '{"signedIn":true}'
  return isTypeFree && isSignedIn && grantScopes === undefined && errors === undefined
}

export const cleared = 'cleared'

SchemaBuilder.registerPlugin(cleared, ClearedPlugin)
