import { createHash } from 'node:crypto'
import type { Action } from '../audit/actions.ts'
import { canonicalJson } from '../model/canonical.ts'
import type { Scene } from './scene.ts'
import type { Plan } from './step.ts'

/** What an edit touches, known from its input alone. Ids of entries, or names such as `login:zhang`. */
export interface Locks {
  /** Referred to: they must not go away meanwhile. */
  readonly shared: readonly string[]
  /** Changed. */
  readonly exclusive: readonly string[]
}

/**
 * One thing that somebody wants to do, from its input to the steps in the directory. `decide` throws an EditFailure when it
 * is not to be done; nothing was written then. It may be asked again when the directory has moved on meanwhile.
 */
export interface Edit {
  /** For the audit log. */
  readonly name: Action
  /** Plain data: what the idempotency key stands for. */
  readonly input: unknown
  readonly locks: Locks
  readonly decide: (scene: Scene) => Promise<Plan>
}

/** What an idempotency key stands for. */
export function hashOf({ name, input }: { readonly name: string; readonly input: unknown }): string {
  return createHash('sha256')
    .update(canonicalJson([name, input]))
    .digest('hex')
}
