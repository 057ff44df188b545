import type { LogVersion } from '../changelog/log.ts'
import { bucketOf, BUCKETS } from '../model/state.ts'
import type { History } from './trail.ts'

/** The last version that touched each entry, as far as this instance has seen versions come. */
export class Touched {
  readonly #history: History
  /** Nothing is known of what was touched up to here. */
  #floor: number
  #grants = 0
  readonly #staff = new Map<string, number>()
  readonly #departments = new Map<string, number>()
  readonly #buckets = new Float64Array(BUCKETS)

  constructor(history: History) {
    this.#history = history
    this.#floor = history.version
    history.onAdvance((versions) => this.#advanced(versions))
    history.onDiverged(() => this.#reset())
  }

  /** Whether it can be told for every version after this one. */
  reaches(version: number): boolean {
    return version >= this.#floor
  }

  /** The last version that touched somebody of this bucket, when that was up to `version`; null when it cannot be told. */
  staffBucket(bucket: number, version: number): number | null {
    const last = Math.max(this.#buckets[bucket] ?? 0, this.#floor)
    return last <= version ? last : null
  }

  /** Whether the person's record or any role or rule may have been touched after a version. */
  grantOf(staffId: string, version: number): boolean {
    return !this.reaches(version) || this.#grants > version || (this.#staff.get(staffId) ?? 0) > version
  }

  department(id: string, version: number): boolean {
    return !this.reaches(version) || (this.#departments.get(id) ?? 0) > version
  }

  #advanced(versions: readonly LogVersion[]): void {
    for (const { version, changes } of versions) {
      for (const { kind, id } of changes) {
        if (kind === 'role' || kind === 'rule') this.#grants = version
        if (kind === 'department') this.#departments.set(id, version)
        if (kind === 'staff') {
          this.#staff.set(id, version)
          this.#buckets[bucketOf(id)] = version
        }
      }
    }
  }

  #reset(): void {
    this.#floor = this.#history.version
    this.#grants = 0
    this.#staff.clear()
    this.#departments.clear()
    this.#buckets.fill(0)
  }
}
