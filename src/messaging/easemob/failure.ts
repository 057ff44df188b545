/** Why Easemob has not done what we asked. */
export type Reason =
  /** It has answered that it will not, and will not the next time either; `status` and `error` say why. */
  | 'REFUSED'
  /** The plan that was bought is used up. */
  | 'PLAN_LIMIT'
  /** Our credentials are not taken. */
  | 'UNAUTHORISED'
  /** It was asked again and again, in vain: down, slow, or too busy. */
  | 'UNAVAILABLE'
  /** It may have been done or not, and doing it twice would do harm. */
  | 'UNCERTAIN'
  /** It has answered something that we cannot read; it may have been done. */
  | 'UNREADABLE'
  /** Too many calls wait already; it was not asked. */
  | 'BUSY'
  /** Whoever asked does not want it any more, or we are ending. */
  | 'ENDED'

export interface FailureDetail {
  /** Of HTTP; null when there was no answer. */
  readonly status?: number | null
  /** Easemob's code, such as `forbidden_op`. */
  readonly error?: string
  /** Easemob's words, for logs. */
  readonly description?: string
}

/** An expected failure of Easemob. It never carries a token or a secret (T99). */
export class EasemobFailure extends Error {
  readonly reason: Reason
  readonly status: number | null
  readonly error: string
  readonly description: string

  constructor(reason: Reason, { status = null, error = '', description = '' }: FailureDetail = {}) {
    super(
      `Easemob: ${reason}${status === null ? '' : ` ${status}`}${error && ` ${error}`}${description && `: ${description}`}`,
    )
    this.name = 'EasemobFailure'
    this.reason = reason
    this.status = status
    this.error = error
    this.description = description
  }
}

/** Waits for a promise, but not longer than the signal lasts: then it rejects with ENDED. */
export function whileWanted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const end = () => reject(new EasemobFailure('ENDED'))
    if (signal.aborted) end()
    signal.addEventListener('abort', end, { once: true })
    void promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', end))
  })
}
