import { Socket } from 'node:net'

/** Connections on which no byte moved for so long are dead, in milliseconds. */
export const SILENCE_MS = 10_000

/** Nobody answered in time; a time-out to whoever asked. */
class Silence extends Error {
  readonly code = 'ETIMEDOUT'

  constructor(ms: number) {
    super(`nothing was heard for ${ms / 1000} s`)
    this.name = 'Silence'
  }
}

/**
 * Makes sockets that are destroyed when no byte has moved for `ms`, so that whoever waits for an answer is told
 * (ETIMEDOUT). TCP's own keepalive does not notice a peer behind something that swallows bytes (T89), and the system
 * takes a quarter of an hour to give up what is not acknowledged. Connections that may rest must be closed or asked
 * something sooner.
 */
export function attentive(ms: number): () => Socket {
  return () => {
    const socket = new Socket()
    return socket.setTimeout(ms, () => socket.destroy(new Silence(ms)))
  }
}
