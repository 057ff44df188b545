/// <reference lib="dom" />

/** Runs in a page from before its own first script, and notes by the clock of the page what can be seen of it. */
export interface Frames {
  /** The longest time between two frames. */
  readonly worstMs: number
  /** The longest task of the page; 0: none of 50 ms or more. */
  readonly taskMs: number
}

const PATIENCE_MS = 10_000
const WHATEVER = { childList: true, subtree: true, characterData: true }

export class PageMeter {
  /** From the navigation to the frame with the first line of the tree. */
  treeAt: number | null = null
  /** How many rows the progress of the first download has told of, one after the other. */
  readonly progress: string[] = []
  /** When the socket last brought something. */
  #heardAt = 0
  #last: number | null = null
  #worstMs = 0
  #taskMs = 0

  constructor() {
    new MutationObserver(() => this.#look()).observe(document, WHATEVER)
    new PerformanceObserver((list) => {
      for (const { duration } of list.getEntries()) this.#taskMs = Math.max(this.#taskMs, duration)
    }).observe({ type: 'longtask' })
    const frame = (now: number) => {
      if (this.#last !== null) this.#worstMs = Math.max(this.#worstMs, now - this.#last)
      this.#last = now
      requestAnimationFrame(frame)
    }
    requestAnimationFrame(frame)
    const { WebSocket } = globalThis
    const heard = () => (this.#heardAt = performance.now())
    globalThis.WebSocket = class extends WebSocket {
      constructor(url: string | URL, protocols?: string | string[]) {
        super(url, protocols)
        this.addEventListener('message', heard)
      }
    }
  }

  /** Of the frames since the last call. */
  frames(): Frames {
    const frames = { worstMs: this.#worstMs, taskMs: this.#taskMs }
    this.#worstMs = this.#taskMs = 0
    this.#last = null
    return frames
  }

  /** Milliseconds from the message of the socket that brings a text to the text in the page. */
  until(text: string): Promise<number> {
    return new Promise((resolve, reject) => {
      setTimeout(() => reject(new Error(`${text} has not come`)), PATIENCE_MS)
      const observer = new MutationObserver(() => {
        if (document.querySelector('.people')?.textContent.includes(text) !== true) return
        observer.disconnect()
        resolve(performance.now() - this.#heardAt)
      })
      observer.observe(document, WHATEVER)
    })
  }

  /** Milliseconds from each input, by what was typed then, to the last change of what is found before the next one. */
  typing(): () => number[] {
    const times: number[] = []
    let typedAt = 0
    const typed = (event: Event) => {
      typedAt = event.timeStamp
      times.push(0)
    }
    const observer = new MutationObserver((records) => {
      const isFound = records.some(({ target }) =>
        target.parentElement?.closest('#hits, .search > p, .search'),
      )
      if (isFound && times.length > 0) times[times.length - 1] = performance.now() - typedAt
    })
    document.addEventListener('input', typed, true)
    observer.observe(document, WHATEVER)
    return () => {
      document.removeEventListener('input', typed, true)
      observer.disconnect()
      return times.filter((ms) => ms > 0)
    }
  }

  #look(): void {
    const text = document.querySelector('progress + p')?.textContent ?? ''
    const count = /[\d,.\s]*\d/.exec(text)?.[0]
    if (count !== undefined && this.progress.at(-1) !== count) this.progress.push(count)
    if (this.treeAt !== null || !document.querySelector('[role=treeitem]')) return
    this.treeAt = Number.NaN
    requestAnimationFrame(() => setTimeout(() => (this.treeAt = performance.now())))
  }
}

Object.assign(globalThis, { meter: new PageMeter() })
