/** The web socket of where this runs: the global one, and on Node before 22, which has none, that of `ws`. */
export async function ownWebSocket(): Promise<unknown> {
  if ('WebSocket' in globalThis) return globalThis.WebSocket
  const { WebSocket } = await import('ws')
  return class extends WebSocket {
    constructor(url: string, protocol: string) {
      super(url, protocol)
      // A connection that is given up while it is being made fails once more when nobody listens any longer.
      this.on('error', () => {})
    }
  }
}
