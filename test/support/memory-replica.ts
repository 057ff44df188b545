import type { LogVersion } from '../../src/changelog/log.ts'
import type { History } from '../../src/sync/trail.ts'
import { MemoryHistory } from './memory-history.ts'

/** One log without a database, which several replicas read. */
export class MemoryLog {
  #versions: readonly LogVersion[] = []
  /** Pruned up to and including this version. */
  base = 0

  get versions(): readonly LogVersion[] {
    return this.#versions
  }

  /** The log is now this: longer than it was, or another one (a database that was restored). */
  become(versions: readonly LogVersion[]): void {
    this.#versions = [...versions]
  }
}

/** The replica of one instance: it sees of the log what it has looked at, and looks when it is told to or has to (C2). */
export class MemoryReplica extends MemoryHistory {
  readonly #log: MemoryLog

  constructor(log: MemoryLog) {
    super()
    this.#log = log
    this.look()
  }

  /** Compares itself with the log: takes what is new, or everything anew when history was replaced. */
  look(): void {
    const { versions, base } = this.#log
    const own = this.version === 0 || versions[this.version - 1]?.hash === this.hash
    this.prune(base)
    if (!own) this.replace(versions)
    else if (versions.length > this.version) this.append(...versions.slice(this.version))
  }

  override async waitFor(version: number): Promise<boolean> {
    this.look()
    return version <= this.version
  }

  override async changesAfter(version: number): ReturnType<History['changesAfter']> {
    this.prune(this.#log.base)
    return super.changesAfter(version)
  }

  override async databaseHead(): ReturnType<History['databaseHead']> {
    const last = this.#log.versions.at(-1)
    return { ...(await super.databaseHead()), ...(last && { version: last.version, hash: last.hash }) }
  }
}
