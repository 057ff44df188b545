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

/** So long work goes on at a time: half a frame. */
const SLICE_MS = 8

/** Does work in slices: whatever it yields between is small. Null once it is not wanted any more. */
export async function inSlices<T>(work: Generator<void, T>, isWanted: () => boolean): Promise<T | null> {
  for (;;) {
    const end = performance.now() + SLICE_MS
    do {
      const step = work.next()
      if (step.done === true) return step.value
    } while (performance.now() < end)
    await nextTask()
    if (!isWanted()) return null
  }
}

/** The same, once what is on its way to the screen is there. */
export async function inLaterSlices<T>(work: Generator<void, T>, isWanted: () => boolean): Promise<T | null> {
  await nextTask()
  return isWanted() ? inSlices(work, isWanted) : null
}

/** Does the same work at once. */
export function inOneGo<T>(work: Generator<void, T>): T {
  for (;;) {
    const step = work.next()
    if (step.done === true) return step.value
  }
}
