import type { LogVersion } from './log.ts'

/** Changes that are kept in memory at most; older ones are in the database. */
const MAX_CHANGES = 200_000

/** The newest versions, without a gap, up to the replica's own. */
export class Recent {
  /** The version after which memory begins. */
  start = 0
  readonly #maxChanges: number
  #startHash = ''
  #versions: LogVersion[] = []
  #changes = 0

  constructor(maxChanges = MAX_CHANGES) {
    this.#maxChanges = maxChanges
  }

  reset(version: number, hash: string): void {
    this.start = version
    this.#startHash = hash
    this.#versions = []
    this.#changes = 0
  }

  push(versions: readonly LogVersion[]): void {
    this.#versions.push(...versions)
    for (const version of versions) this.#changes += version.changes.length
    let drop = 0
    while (this.#changes > this.#maxChanges && drop < this.#versions.length) {
      this.#changes -= this.#versions[drop++]?.changes.length ?? 0
    }
    const last = this.#versions[drop - 1]
    if (!last) return
    this.start = last.version
    this.#startHash = last.hash
    this.#versions = this.#versions.slice(drop)
  }

  /** The hash of a version and everything after it; null when memory does not reach it. */
  after(version: number): { hash: string; versions: readonly LogVersion[] } | null {
    if (version < this.start || version > this.start + this.#versions.length) return null
    const count = version - this.start
    const hash = count === 0 ? this.#startHash : this.#versions[count - 1]?.hash
    return hash === undefined ? null : { hash, versions: this.#versions.slice(count) }
  }
}
