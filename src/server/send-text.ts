import type { ServerResponse } from 'node:http'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { setImmediate } from 'node:timers/promises'

/** Whoever takes nothing for so long is left, in milliseconds. */
const STALLED_MS = 60_000

/**
 * Writes a file piece by piece, as fast as it is read; others have their turn between two pieces. Rejects when the source
 * does, or the reader is gone or stalls: the connection is cut then, so that they see that it is not whole.
 */
export async function sendText(response: ServerResponse, source: AsyncIterable<string>): Promise<void> {
  response.setTimeout(STALLED_MS, () => response.destroy())
  await pipeline(Readable.from(inTurns(source)), response)
}

async function* inTurns(source: AsyncIterable<string>): AsyncGenerator<string, void, undefined> {
  for await (const piece of source) {
    yield piece
    // Where the system takes all at once, a drain comes in the same turn.
    await setImmediate()
  }
}
