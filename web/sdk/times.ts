/** How long a client waits for what, in milliseconds. */
export interface ClientTimes {
  /** For the answer to a request. */
  readonly answerMs: number
  /** For the server to acknowledge a connection. */
  readonly ackMs: number
  /** Between two pings. */
  readonly pingMs: number
  /** For the answer to a ping; a line without one is dead. */
  readonly pongMs: number
  /** Between two deltas; the server sends one at least every 30 seconds (C3). */
  readonly silenceMs: number
  /** Before the first attempt after a trouble; it doubles to `maxRetryMs`, with jitter. */
  readonly firstRetryMs: number
  readonly maxRetryMs: number
  /** How long `waitFor` hopes for the push before it asks. */
  readonly hopeMs: number
}

export const TIMES: ClientTimes = {
  answerMs: 60_000,
  ackMs: 10_000,
  pingMs: 15_000,
  pongMs: 10_000,
  silenceMs: 75_000,
  firstRetryMs: 2000,
  maxRetryMs: 30_000,
  hopeMs: 250,
}
