import type { FreshEntry } from '../directory/reader.ts'
import type { Step } from './step.ts'

type Modify = Extract<Step, { kind: 'modify' }>

/** Collects new values of one entry's attributes; what is there already is no change. */
export class Changes {
  readonly #fresh: FreshEntry
  readonly #changes: Modify['changes'] = []

  constructor(fresh: FreshEntry) {
    this.#fresh = fresh
  }

  /** `undefined` leaves the attribute, null and the empty list remove it. */
  set(attribute: string, value: string | readonly string[] | null | undefined): this {
    if (value === undefined) return this
    const after = [value ?? []].flat()
    const before = this.#fresh.values(attribute)
    const isSame = before.length === after.length && after.every((one) => before.includes(one))
    if (!isSame) this.#changes.push({ attribute, before, after })
    return this
  }

  /** Without any when nothing changes. */
  steps(): Modify[] {
    if (this.#changes.length === 0) return []
    const { id, csn } = this.#fresh
    return [{ kind: 'modify', id, ifCsn: csn, changes: this.#changes }]
  }
}
