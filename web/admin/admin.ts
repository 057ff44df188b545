import { createContext, use, useCallback, useEffect, useRef } from 'react'
import { useClient, useQuery, type AnyVariables, type Client, type TypedDocumentNode } from 'urql'
import type { AdminQuery } from '../generated/graphql.ts'
import { Store, useStore } from '../app/store.ts'
import type { Abilities } from './abilities.ts'

export type Catalogue = NonNullable<AdminQuery['admin']>

/** What every part of the console knows. */
export interface Admin {
  readonly abilities: Abilities
  readonly catalogue: Catalogue
  readonly news: News
}

export const AdminContext = createContext<Admin | null>(null)

export function useAdmin(): Admin {
  const admin = use(AdminContext)
  if (!admin) throw new Error('there is no console around this')
  return admin
}

/** Says that something may have changed: whatever is on the screen is asked for again. */
export class News {
  /** Another number each time. */
  readonly stamp = new Store(0)
  /** Contains every edit that was made here: answers come from a state that has it (K3). */
  version: string | null = null

  tell(version: string | null = this.version): void {
    this.version = version
    this.stamp.set(this.stamp.value + 1)
  }
}

/** A question of the console. The answer before stays until the new one is there. */
export function useAsked<D, V extends AnyVariables>(
  query: TypedDocumentNode<D, V & { waitFor?: string | null }>,
  variables: V,
  news: News,
  { pause = false }: { readonly pause?: boolean } = {},
): { readonly data: D | undefined; readonly isAway: boolean } {
  const stamp = useStore(news.stamp)
  const asked = { ...variables, waitFor: news.version } as V & { waitFor?: string | null }
  const [{ data, error }, again] = useQuery<D, V & { waitFor?: string | null }>({
    query,
    variables: asked,
    pause,
  } as Parameters<typeof useQuery<D, V & { waitFor?: string | null }>>[0])
  const first = useRef(stamp)
  useEffect(() => {
    if (first.current === stamp || pause) return
    first.current = stamp
    again()
  }, [stamp, again, pause])
  return { data, isAway: error !== undefined }
}

/** An answer of a mutation: what was done, or a failure of the contract. */
export interface Answer {
  readonly __typename?: string
  readonly code?: string
  readonly message?: string
  readonly version?: string | null
  readonly issues?: readonly { readonly path: string; readonly message: string }[]
  /** Of what is not permitted: the part of the input that goes beyond the own rights. */
  readonly part?: string | null
}

export type Outcome<T> =
  | { readonly kind: 'done'; readonly answer: T }
  | {
      readonly kind: 'refused'
      readonly failure: Answer & { readonly code: string; readonly message: string }
    }
  /** Nobody knows whether it was done: asked again with the same key it is done once. */
  | { readonly kind: 'away' }

/** Makes an edit; what is on the screen is asked for again when it is there. */
export function useEdit(): <D extends object, V extends AnyVariables>(
  document: TypedDocumentNode<D, V>,
  variables: V,
) => Promise<Outcome<D[keyof D]>> {
  const client = useClient()
  const { news } = useAdmin()
  return useCallback(
    async <D extends object, V extends AnyVariables>(document: TypedDocumentNode<D, V>, variables: V) => {
      const outcome = await edit(client, document, variables)
      if (outcome.kind === 'done') news.tell((outcome.answer as Answer).version ?? news.version)
      return outcome
    },
    [client, news],
  )
}

async function edit<D extends object, V extends AnyVariables>(
  client: Client,
  document: TypedDocumentNode<D, V>,
  variables: V,
): Promise<Outcome<D[keyof D]>> {
  const { data } = await client.mutation<D, V>(document, variables).toPromise()
  const answer = data ? (Object.values(data)[0] as (D[keyof D] & Answer) | undefined) : undefined
  if (!answer) return { kind: 'away' }
  const { code, message } = answer
  if (code !== undefined && message !== undefined)
    return { kind: 'refused', failure: { ...answer, code, message } }
  return { kind: 'done', answer }
}

/** Keys of edits: the same content asked again, by impatience or after a failure, has the same one. */
export class EditKeys {
  #last: { readonly content: string; readonly key: string } | null = null

  of(input: object): string {
    const content = JSON.stringify(input)
    if (this.#last?.content !== content) this.#last = { content, key: crypto.randomUUID() }
    return this.#last.key
  }

  /** It was made: the same again is a new wish. */
  done(): void {
    this.#last = null
  }
}
