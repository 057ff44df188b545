import type { DepartmentRow, StaffRow } from './contract.ts'
import type { Catalogue, Rows } from './copy.ts'
import type { Status } from './engine.ts'
import { DirectoryError } from './errors.ts'
import { indexedDbStore } from './indexed-db-store.ts'
import type { News, RowChange } from './keeper.ts'
import type { Outline } from './outline.ts'
import type { FromLeader, PlainStatus, ToLeader } from './tab-messages.ts'

export interface FollowerOptions {
  /** Of the database that the leading tab writes. */
  readonly name: string
  readonly ask: (message: ToLeader) => void
  readonly onNews: (news: News) => void
  readonly onStatus: (status: Status) => void
  readonly onOutline: () => void
}

/** What a tab shows, that changes in place. */
interface Shown extends Catalogue {
  readonly departments: Map<string, DepartmentRow>
  readonly staff: Map<string, StaffRow>
}

interface Waiting {
  readonly resolve: (isThere: boolean) => void
  readonly reject: (error: DirectoryError) => void
}

/** A tab that does not lead: reads the store that another one writes, and takes its steps, in the order in which they were told. */
export class Follower {
  readonly #o: FollowerOptions
  readonly #waiting = new Map<string, Waiting>()
  #rows: Shown | null = null
  #outline: Outline | null = null
  #cursor: string | null = null
  #status: Status = { kind: 'opening', isLapsed: false, loadedRows: null, heardAt: null, error: null }
  #isStopped = false
  #waits = 0
  /** Counts how often everything had to go: what was read before that is not shown any more. */
  #epoch = 0
  #tail: Promise<void> = Promise.resolve()

  constructor(options: FollowerOptions) {
    this.#o = options
  }

  get rows(): Rows | null {
    return this.#rows
  }

  /** Of the copy that is being read. */
  get outline(): Outline | null {
    return this.#outline
  }

  get cursor(): string | null {
    return this.#cursor
  }

  get status(): Status {
    return this.#status
  }

  hear(message: FromLeader): void {
    // Whoever may show nothing shows nothing at once, not behind what is still being read (K2).
    if (message.kind === 'here' && message.cursor === null) {
      this.#epoch++
      this.#show(null, null)
    }
    this.#tail = this.#tail.then(() => this.#take(message)).catch(() => this.#show(null, null))
  }

  /** Resolves once the leading tab has it, and this one too. */
  waitFor(version: string): Promise<boolean> {
    if (this.#cursor === version) return Promise.resolve(true)
    return new Promise((resolve, reject) => {
      const id = `${Math.random()} ${++this.#waits}`
      this.#waiting.set(id, { resolve, reject })
      this.#o.ask({ to: 'leader', kind: 'waitFor', id, version })
    })
  }

  /** Takes nothing more in; what it shows stays. */
  async stop(): Promise<void> {
    this.#isStopped = true
    await this.#tail
    this.#fail(new DirectoryError('UNREACHABLE', 'The leading tab is gone: ask again.'))
  }

  async close(reason: DirectoryError): Promise<void> {
    await this.stop()
    this.#status = { ...this.#status, kind: 'closed', error: reason }
    this.#o.onStatus(this.#status)
  }

  #fail(error: DirectoryError): void {
    for (const { reject } of this.#waiting.values()) reject(error)
    this.#waiting.clear()
  }

  async #take(message: FromLeader): Promise<void> {
    if (this.#isStopped) return
    switch (message.kind) {
      case 'here':
        if (message.cursor !== null && message.cursor !== this.#cursor) await this.#read()
        return this.#tellStatus(message.status)
      case 'status':
        return this.#tellStatus(message.status)
      case 'step':
        // What was read may contain it already: the leader stores before it tells.
        if (message.cursor === this.#cursor) return
        if (message.since === this.#cursor && this.#rows) this.#apply(this.#rows, message)
        else await this.#read()
        return
      case 'waited':
        this.#waiting.get(message.id)?.resolve(message.isThere)
        this.#waiting.delete(message.id)
    }
  }

  async #read(): Promise<void> {
    const store = indexedDbStore(this.#o.name)
    const epoch = this.#epoch
    try {
      const stored = await store.load((outline) => {
        if (this.#isStopped || epoch !== this.#epoch || this.#rows) return
        this.#outline = outline
        this.#o.onOutline()
      })
      if (this.#isStopped || epoch !== this.#epoch) return
      if (!stored) return this.#show(null, null)
      const { departments, staff, departmentTypes, staffTypes, fields, cursor } = stored
      const rows = { departmentTypes, staffTypes, fields }
      this.#show({ ...rows, departments: new Map(departments), staff: new Map(staff) }, cursor)
    } finally {
      await store.close()
    }
  }

  #show(rows: Shown | null, cursor: string | null): void {
    if (this.#rows === null && rows === null && this.#outline === null) return
    this.#outline = null
    this.#rows = rows
    this.#cursor = cursor
    this.#o.onNews({ kind: 'reset', rows })
  }

  #apply(rows: Shown, step: Extract<FromLeader, { kind: 'step' }>): void {
    for (const change of step.changes) put(rows, change)
    this.#rows = { ...step.catalogue, departments: rows.departments, staff: rows.staff }
    this.#cursor = step.cursor
    const { changes, viewerChanged } = step
    this.#o.onNews({ kind: 'step', rows: this.#rows, changes, viewerChanged })
  }

  #tellStatus({ error, ...status }: PlainStatus): void {
    this.#status = { ...status, error: error && new DirectoryError(error.code, error.message) }
    this.#o.onStatus(this.#status)
  }
}

function put({ departments, staff }: Shown, change: RowChange): void {
  if (change.category === 'DEPARTMENT') replace(departments, change.id, change.after)
  else replace(staff, change.id, change.after)
}

function replace<R>(table: Map<string, R>, id: string, row: R | null): void {
  if (row === null) table.delete(id)
  else table.set(id, row)
}
