import type { LogVersion } from '../../src/changelog/log.ts'
import type { History } from '../../src/sync/trail.ts'
import { GENESIS_HASH } from '../../src/model/canonical.ts'
import { HeadState } from '../../src/model/state.ts'

/** A replica without a database: the pure lane of the sync tests. It keeps every version and prunes on demand. */
export class MemoryHistory implements History {
  state = new HeadState()
  readonly #log: LogVersion[] = []
  readonly #advance = new Set<(versions: readonly LogVersion[]) => void>()
  readonly #diverged = new Set<(reason: 'DIVERGED' | 'PRUNED') => void>()
  #base = 0

  get version(): number {
    return this.#log.at(-1)?.version ?? 0
  }

  get hash(): string {
    return this.#log.at(-1)?.hash ?? GENESIS_HASH
  }

  append(...versions: readonly LogVersion[]): void {
    for (const version of versions) {
      this.#log.push(version)
      this.state.apply(version.changes)
    }
    for (const listener of this.#advance) listener(versions)
  }

  /** Pruned up to and including `version`. */
  prune(version: number): void {
    this.#base = version
  }

  /** History is replaced by another one (R1 DIVERGED), or goes on where this instance cannot follow (R1 PRUNED). */
  replace(versions: readonly LogVersion[], reason: 'DIVERGED' | 'PRUNED' = 'DIVERGED'): void {
    this.#log.splice(0, this.#log.length, ...versions)
    this.state = new HeadState()
    for (const version of versions) this.state.apply(version.changes)
    for (const listener of this.#diverged) listener(reason)
  }

  onAdvance(listener: (versions: readonly LogVersion[]) => void): () => void {
    this.#advance.add(listener)
    return () => this.#advance.delete(listener)
  }

  onDiverged(listener: (reason: 'DIVERGED' | 'PRUNED') => void): () => void {
    this.#diverged.add(listener)
    return () => this.#diverged.delete(listener)
  }

  async waitFor(version: number): Promise<boolean> {
    return version <= this.version
  }

  async changesAfter(version: number): ReturnType<History['changesAfter']> {
    if (version < this.#base) return { kind: 'pruned' }
    const at = this.#log.findLast((v) => v.version <= version)
    const hash = at?.version === version ? at.hash : version === 0 ? GENESIS_HASH : null
    if (hash === null) return { kind: 'unknown' }
    return { kind: 'versions', hash, versions: this.recentAfter(version) }
  }

  recentAfter(version: number): readonly LogVersion[] {
    return this.#log.slice(this.#log.findLastIndex((v) => v.version <= version) + 1)
  }

  async databaseHead(): ReturnType<History['databaseHead']> {
    return { version: this.version, hash: this.hash, baseVersion: this.#base, baseHash: GENESIS_HASH }
  }
}
