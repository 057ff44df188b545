/**
 * Resolves in a task of its own, so that the page is drawn and whoever waits has their turn before. Not a timer: those of a
 * page in the background come once a second, or once a minute.
 */
export function nextTask(): Promise<void> {
  return new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel()
    port1.onmessage = () => {
      port1.close()
      resolve()
    }
    port2.postMessage(null)
  })
}
