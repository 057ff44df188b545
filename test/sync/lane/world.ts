import { createLogger } from '../../../src/log.ts'
import { Hub } from '../../../src/push/hub.ts'
import { PACE, type Pace } from '../../../src/sync/slices.ts'
import { Sync } from '../../../src/sync/sync.ts'
import { flush } from '../../support/follower.ts'
import { newCompany, type Company, type Edit } from '../../support/histories.ts'
import { EDITS } from '../../support/edits.ts'
import { MemoryLog, MemoryReplica } from '../../support/memory-replica.ts'
import { Past, type Moment } from './past.ts'

const SECRET = 'a secret of the tests, long enough'
const PACES = {
  whole: { pace: PACE, mergeDelayMs: 0 },
  sliced: { pace: { rowsAtOnce: 3, sliceMs: 0, blockRows: 2 }, mergeDelayMs: 0 },
  merged: { pace: PACE, mergeDelayMs: 4 },
} as const satisfies Record<string, Tempo>
const SIZE = { departments: 5, people: 6 }
const log = createLogger('silent')

/** Heartbeats would come at any moment: test/sync/hub.test.ts has those. */
const NEVER_MS = 2 ** 31 - 1

interface Tempo {
  readonly pace: Pace
  readonly mergeDelayMs: number
}

export interface Instance {
  readonly replica: MemoryReplica
  readonly sync: Sync
  readonly hub: Hub
  /** It sees of the log only what it has to. */
  isLagging: boolean
  /** Times that history was replaced under it. */
  replaced: number
  /** Sessions and cursors whose copies were reported to be wrong (D8). */
  readonly reported: Set<string>
}

/** A company, its log, two instances over it, and all states that ever were. */
export class World {
  readonly company: Company = newCompany(SIZE)
  readonly log = new MemoryLog()
  readonly past = new Past(SECRET)
  readonly people: readonly string[]
  readonly instances: readonly Instance[]

  constructor(pace: keyof typeof PACES) {
    this.people = this.company.of('staff').map((person) => person.id)
    this.#record()
    this.instances = [0, 1].map(() => startInstance(this.log, PACES[pace]))
  }

  instance(n: number): Instance {
    const instance = this.instances[n % this.instances.length]
    if (!instance) throw new Error('there is no instance')
    return instance
  }

  person(n: number): string {
    return this.people[n % this.people.length] ?? ''
  }

  /** The state that an instance answers from now. */
  today({ replica }: Instance): Moment {
    return this.past.moment(replica.version, replica.hash)
  }

  /** Makes edits as one version. */
  commit(edits: readonly Edit[]): void {
    for (const { op, ...operands } of edits) EDITS[op](this.company, operands)
    if (this.company.commit()) this.#record()
    this.#announce()
  }

  /** The database is restored to an older state; what it was pruned to stays pruned. */
  restore(back: number): void {
    const version = Math.max(1, this.log.base, this.company.versions.length - back)
    this.company.restore(version)
    this.log.become(this.company.versions)
    this.#announce()
  }

  prune(keep: number): void {
    this.log.base = Math.max(this.log.base, this.company.versions.length - keep)
  }

  /** Everything that an instance has to push is on its way. */
  async push(instance: Instance): Promise<void> {
    await flush(instance.hub)
  }

  close(): void {
    for (const { hub } of this.instances) hub.close()
  }

  #record(): void {
    const last = this.company.versions.at(-1)
    if (last) this.past.add(last.version, last.hash, this.company.list)
    this.log.become(this.company.versions)
  }

  #announce(): void {
    for (const { replica, isLagging } of this.instances) if (!isLagging) replica.look()
  }
}

function startInstance(memoryLog: MemoryLog, { pace, mergeDelayMs }: Tempo): Instance {
  const replica = new MemoryReplica(memoryLog)
  const sync = new Sync({ replica, secret: SECRET, pace })
  const hub = new Hub({ sync, replica, mergeDelayMs, heartbeatMs: NEVER_MS, log })
  const instance: Instance = { replica, sync, hub, isLagging: false, replaced: 0, reported: new Set() }
  replica.onDiverged(() => instance.replaced++)
  return instance
}
