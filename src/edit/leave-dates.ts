import { NOWHERE } from '../audit/record.ts'
import { pause } from '../clock.ts'
import { messageOf } from '../errors.ts'
import type { Logger } from '../log.ts'
import type { State } from '../model/state.ts'
import type { Editor } from './editor.ts'
import { hasLeft, leave } from './staff/leave.ts'

/** The actor of what the calendar does, in journal and audit log: the nil UUID of RFC 9562. */
export const CALENDAR = '00000000-0000-0000-0000-000000000000'

const EVERY_MS = 60_000
/** After a change, so that many changes are looked at once. */
const SOON_MS = 200

export interface LeaveDatesOptions {
  readonly editor: Pick<Editor, 'run'>
  readonly replica: {
    readonly state: State
    onAdvance(listener: () => void): () => void
  }
  /** The date where the company is, YYYY-MM-DD. */
  readonly today: () => string
  readonly log: Logger
}

/** Disables people on their leave date; their sessions end with that (P4). Any number of instances may do so at once. */
export class LeaveDates {
  readonly #o: LeaveDatesOptions

  constructor(options: LeaveDatesOptions) {
    this.#o = options
  }

  /** Looks every minute, and soon after each change, until the signal. */
  async run(signal: AbortSignal): Promise<void> {
    let wake = () => {}
    const stop = this.#o.replica.onAdvance(() => wake())
    while (!signal.aborted) {
      const cut = new AbortController()
      const woken = AbortSignal.any([signal, cut.signal])
      wake = () => cut.abort()
      await this.#look(signal)
      await pause(EVERY_MS, woken)
      await pause(SOON_MS, signal)
    }
    stop()
  }

  async #look(signal: AbortSignal): Promise<void> {
    const { editor, replica, today, log } = this.#o
    const date = today()
    const leaving = [...replica.state.all('staff')].filter((person) => hasLeft(person, date))
    for (const { id } of leaving) {
      if (signal.aborted) return
      try {
        await editor.run(
          { staffId: CALENDAR, key: null, from: NOWHERE, onBehalfOf: null, batchId: null },
          leave(id, date),
        )
      } catch (error) {
        log.warn(
          { staffId: id, problem: messageOf(error) },
          'Somebody whose leave date has come is not disabled yet',
        )
      }
    }
  }
}

/** The date here: the time zone of the process (`TZ`). */
export function dateHere(now: number): string {
  return new Intl.DateTimeFormat('sv-SE').format(now)
}
