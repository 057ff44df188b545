import { backoff, pause } from '../clock.ts'
import type { LogVersion } from '../changelog/log.ts'
import type { Logger } from '../log.ts'
import type { State } from '../model/state.ts'

/** Whether a person may be signed in: they are in the directory as this instance knows it, and not disabled or trashed. */
export function mayEnter(state: State, staffId: string): boolean {
  return state.get('staff', staffId)?.status === 'ACTIVE'
}

/** People who left with these versions, whatever the way: removed, trashed or disabled. */
export function leaversOf(versions: readonly LogVersion[]): readonly string[] {
  const ids = new Set<string>()
  for (const { changes } of versions) {
    for (const { kind, id, after } of changes) {
      if (kind === 'staff' && (after?.kind !== 'staff' || after.status !== 'ACTIVE')) ids.add(id)
    }
  }
  return [...ids]
}

export interface LeaversOptions {
  readonly replica: {
    readonly state: State
    onAdvance(listener: (versions: readonly LogVersion[]) => void): () => void
    onDiverged(listener: () => void): () => void
  }
  readonly sessions: {
    holders(): Promise<readonly string[]>
    revokeAll(staffIds: readonly string[]): Promise<readonly string[]>
  }
  readonly onEnded: (sessionId: string) => void
  readonly log: Logger
}

/** Ends the sessions of people who may no longer be signed in (P4); a failure is tried again until it succeeds. */
export class Leavers {
  readonly #o: LeaversOptions
  readonly #waiting = new Set<string>()
  #checkAll = true
  #wake: () => void = () => {}

  constructor(options: LeaversOptions) {
    this.#o = options
  }

  /** Follows the replica until the signal; begins with everybody who has a session. */
  async run(signal: AbortSignal): Promise<void> {
    const { replica, log } = this.#o
    const stops = [
      replica.onAdvance((versions) => this.#leave(leaversOf(versions))),
      replica.onDiverged(() => this.#all()),
    ]
    signal.addEventListener('abort', () => this.#wake(), { once: true })
    let delay = backoff(100, 5000)
    while (!signal.aborted) {
      const woken = new Promise<void>((resolve) => {
        this.#wake = resolve
      })
      try {
        await this.#end()
        delay = backoff(100, 5000)
        if (!signal.aborted) await woken
      } catch (error) {
        log.warn({ err: error }, 'Sessions of people who left could not be ended yet')
        await pause(delay(), signal)
      }
    }
    for (const stop of stops) stop()
  }

  #leave(staffIds: readonly string[]): void {
    for (const id of staffIds) this.#waiting.add(id)
    if (staffIds.length > 0) this.#wake()
  }

  #all(): void {
    this.#checkAll = true
    this.#wake()
  }

  async #end(): Promise<void> {
    const { replica, sessions, onEnded } = this.#o
    if (this.#checkAll) {
      this.#checkAll = false
      try {
        const holders = await sessions.holders()
        for (const id of holders) if (!mayEnter(replica.state, id)) this.#waiting.add(id)
      } catch (error) {
        this.#checkAll = true
        throw error
      }
    }
    const leaving = [...this.#waiting]
    if (leaving.length === 0) return
    for (const id of await sessions.revokeAll(leaving)) onEnded(id)
    for (const id of leaving) this.#waiting.delete(id)
  }
}
