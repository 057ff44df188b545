import { expect } from 'vitest'
import type { NodeWrite } from '../../src/changelog/append.ts'
import { canonicalJson, sameEntry } from '../../src/model/canonical.ts'
import type { Entry } from '../../src/model/entry.ts'
import type { Step } from '../../src/projector/diff.ts'

/** What the database would hold after the steps; refuses steps that a log must never contain. */
export class LogCopy {
  readonly #entries = new Map<string, Entry>()
  readonly #rows = new Map<string, NodeWrite>()
  versions = 0

  take(step: Step): void {
    const told = new Set<string>()
    for (const { kind, id, before, after } of step.changes) {
      const key = `${kind} ${id}`
      expect(told.has(key), `${key} told twice in one version`).toBe(false)
      told.add(key)
      expect(sameEntry(before, after), `${key} changes nothing (L5)`).toBe(false)
      expect(canonicalJson(before), `${key}: before (L4)`).toBe(canonicalJson(this.#entries.get(key) ?? null))
      expect(before === null || before.kind === kind).toBe(true)
      if (after) this.#entries.set(key, after)
      else this.#entries.delete(key)
    }
    if (step.changes.length > 0) this.versions++
    for (const id of step.removed) this.#rows.delete(id)
    for (const node of step.nodes) {
      const isReady = node.parentId === null || this.#rows.has(node.parentId)
      expect(isReady, `${node.id} is saved before its parent`).toBe(true)
      this.#rows.set(node.id, node)
    }
  }

  /** As the database gives them back: through JSON. */
  rows(): NodeWrite[] {
    return [...this.#rows.values()].map((row) => structuredClone(row))
  }

  entries(): string[] {
    return [...this.#entries.values()].map(canonicalJson).toSorted()
  }
}
