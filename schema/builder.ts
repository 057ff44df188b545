import SchemaBuilder from '@pothos/core'
import ComplexityPlugin from '@pothos/plugin-complexity'
import ErrorsPlugin from '@pothos/plugin-errors'
import RelayPlugin from '@pothos/plugin-relay'
import ScopeAuthPlugin from '@pothos/plugin-scope-auth'
import ValidationPlugin from '@pothos/plugin-validation'
import { AppError } from '../src/errors.ts'
import { isPerson, mayAdminister } from '../src/model/signed-in.ts'
import type { Context, SignedInContext } from './context.ts'
import { cleared } from './cleared.ts'
import { denyByDefault } from './deny-by-default.ts'

/** Stands once on a page, whose cost counts what it holds as often as it has edges. */
const ONCE = { field: 0, multiplier: 0 }

/** What every type file builds with. Fields are non-null unless they say otherwise. */
export const builder = new SchemaBuilder<{
  Context: Context
  Connection: { totalCount: number }
  DefaultFieldNullability: false
  DefaultEdgesNullability: false
  DefaultNodeNullability: false
  Scalars: {
    ID: { Input: string; Output: string }
    DateTime: { Input: Date; Output: Date }
    Version: { Input: string; Output: string }
  }
  AuthScopes: { signedIn: boolean; person: boolean; administering: boolean }
  AuthContexts: { signedIn: SignedInContext; person: SignedInContext; administering: SignedInContext }
}>({
  // The first wraps last: a caller is known before anything else happens, and nothing stands between `cleared` and the resolver.
  plugins: [
    ScopeAuthPlugin,
    denyByDefault,
    ErrorsPlugin,
    ValidationPlugin,
    RelayPlugin,
    ComplexityPlugin,
    cleared,
  ],
  defaultFieldNullability: false,
  scopeAuth: {
    // `person`: who asks for themself, never an integration (T97): accounts, secrets, what people say to each other. `administering`: who may use their abilities.
    authScopes: ({ caller: { signedIn } }) => ({
      signedIn: signedIn !== null,
      person: signedIn !== null && isPerson(signedIn),
      administering: signedIn !== null && mayAdminister(signedIn),
    }),
    // A hub executes documents for many callers at once; who may listen is decided when they subscribe.
    authorizeOnSubscribe: true,
    unauthorizedError: (_, { caller }) =>
      caller.signedIn
        ? new AppError('FORBIDDEN', 'The token of an integration is not for this: see its scopes')
        : new AppError(
            'UNAUTHENTICATED',
            'Sign in first: send `Authorization: Bearer <accessToken>` of the login mutation',
          ),
  },
  validation: {
    validationError: ({ issues }) =>
      new AppError(
        'BAD_USER_INPUT',
        issues
          .map(({ path = [], message }) => `${path.map(pathPart).join('.')} ${message}`.trim())
          .join('; '),
      ),
  },
  // Costs are declared here and checked before execution, with the variables, for every transport (src/server/limits.ts).
  complexity: { disabled: true },
  relay: {
    cursorType: 'String',
    pageInfoTypeOptions: { description: 'Where a page stands in its list.' },
    hasNextPageFieldOptions: { description: 'Whether more follows behind the page.' },
    hasPreviousPageFieldOptions: { description: 'Whether something stands before the page.' },
    startCursorFieldOptions: { description: 'Cursor of the first edge; null on an empty page.' },
    endCursorFieldOptions: { description: 'Cursor of the last edge, for `after`; null on an empty page.' },
    cursorFieldOptions: { description: 'Place of this edge in the list, for `after`; opaque.' },
    pageInfoFieldOptions: { description: 'Where this page stands in the list.', complexity: ONCE },
    edgesFieldOptions: { description: 'The page.', nullable: false, complexity: { field: 0, multiplier: 1 } },
    nodeFieldOptions: { description: 'What stands at this place of the list.', nullable: false },
  },
})

builder.globalConnectionField('totalCount', (t) =>
  t.exposeInt('totalCount', {
    complexity: ONCE,
    description: 'How many edges the whole list has, as far as the caller sees it.',
  }),
)

function pathPart(part: PropertyKey | { readonly key: PropertyKey }): string {
  return String(typeof part === 'object' ? part.key : part)
}
