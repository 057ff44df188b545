import SchemaBuilder, {
  BasePlugin,
  PothosSchemaError,
  type PothosOutputFieldConfig,
  type SchemaTypes,
} from '@pothos/core'

declare global {
  // Pothos' way of letting a plugin add options.
  export namespace PothosSchemaTypes {
    interface Plugins<Types extends SchemaTypes> {
      denyByDefault: DenyByDefault<Types>
    }

    interface FieldOptions {
      /** Why anybody may ask this field, with or without a session. Every guarded field has this or `authScopes`. */
      public?: string
    }
  }
}

/** Where a request comes in, and what speaks of the caller whatever the view says (V8). All else is reached through these. */
const GUARDED = new Set(['Query', 'Mutation', 'Subscription', 'Viewer', 'Session'])

/** What whoever keeps a copy tells of it, an integration too. */
const OF_A_COPY = new Set(['acknowledgePurge', 'reportDigest'])

function isForAnybodySignedIn(authScopes: unknown): boolean {
  return typeof authScopes === 'object' && authScopes !== null && 'signedIn' in authScopes
}

/** A field without a rule does not build (T41): neither the server nor the tests nor the printed schema start. */
class DenyByDefault<Types extends SchemaTypes> extends BasePlugin<Types> {
  override onOutputFieldConfig(field: PothosOutputFieldConfig<Types>): PothosOutputFieldConfig<Types> {
    const parent = this.buildCache.getTypeConfig(field.parentType).name
    const { authScopes, public: reason } = field.pothosOptions
    const isDecided = authScopes !== undefined || (typeof reason === 'string' && reason !== '')
    if (GUARDED.has(parent) && !isDecided) {
      throw new PothosSchemaError(
        `${parent}.${field.name} has no rule: give it authScopes, or \`public\` with the reason why anybody may ask it`,
      )
    }
    if (parent === 'Mutation' && isForAnybodySignedIn(authScopes) && !OF_A_COPY.has(field.name)) {
      throw new PothosSchemaError(
        `Mutation.${field.name} is for \`person\` or \`administering\`: not every token may change something`,
      )
    }
    return field
  }
}

export const denyByDefault = 'denyByDefault'

SchemaBuilder.registerPlugin(denyByDefault, DenyByDefault)
