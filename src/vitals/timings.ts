import type { Family, Labels, Sample } from './exposition.ts'

/** Upper bounds of the buckets, in seconds. */
const BOUNDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]

interface Series {
  readonly labels: Labels
  readonly buckets: number[]
  sum: number
  count: number
}

/**
 * How long things took, by labels. Every pair of labels is kept for as long as the process lives: whoever observes gives
 * values of closed sets only (T101).
 */
export class Timings {
  readonly #name: string
  readonly #help: string
  readonly #series = new Map<string, Series>()

  constructor(name: string, help: string) {
    this.#name = name
    this.#help = help
  }

  observe(labels: Labels, seconds: number): void {
    const key = Object.values(labels).join('\n')
    let series = this.#series.get(key)
    if (!series) {
      series = { labels, buckets: BOUNDS.map(() => 0), sum: 0, count: 0 }
      this.#series.set(key, series)
    }
    const bucket = BOUNDS.findIndex((bound) => seconds <= bound)
    if (bucket !== -1) series.buckets[bucket] = (series.buckets[bucket] ?? 0) + 1
    series.sum += seconds
    series.count++
  }

  get family(): Family {
    const samples = [...this.#series.values()].flatMap(samplesOf)
    return { name: this.#name, help: this.#help, type: 'histogram', samples }
  }
}

function samplesOf({ labels, buckets, sum, count }: Series): Sample[] {
  let within = 0
  const bounded = BOUNDS.map((bound, i): Sample => {
    within += buckets[i] ?? 0
    return { suffix: '_bucket', labels: { ...labels, le: String(bound) }, value: within }
  })
  return [
    ...bounded,
    { suffix: '_bucket', labels: { ...labels, le: '+Inf' }, value: count },
    { suffix: '_sum', labels, value: sum },
    { suffix: '_count', labels, value: count },
  ]
}
