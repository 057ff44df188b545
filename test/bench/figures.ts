/** One line of the report. Times and memory are only comparable within the run that printed them. */
export interface Figure {
  /** What was measured, for example `push to 10,000 clients, 20 audiences`. */
  readonly what: string
  readonly value: number
  readonly unit: string
  /** The same work done without us, in the same run. */
  readonly yardstick?: { readonly what: string; readonly value: number }
  /** What the ratio to the yardstick, or the value where there is none, has to keep to. */
  readonly limit?: { readonly atMost: number } | { readonly atLeast: number }
}

export interface BenchOptions {
  /** A quick run with less of everything, to see that it works. */
  readonly isSmall: boolean
  /** Tells how far it is; never on stdout. */
  readonly say: (text: string) => void
}

/** What a file `<name>.bench.ts` exports as `bench`: it sets up, measures and takes down everything by itself. */
export type Bench = (options: BenchOptions) => Promise<Figure[]>

/** Value by yardstick; null where there is none. */
export function ratioOf({ value, yardstick }: Figure): number | null {
  return yardstick ? value / yardstick.value : null
}

/** Whether the figure keeps to its limit; null where it has none. */
export function holds(figure: Figure): boolean | null {
  const { limit } = figure
  if (!limit) return null
  const measured = ratioOf(figure) ?? figure.value
  return 'atMost' in limit ? measured <= limit.atMost : measured >= limit.atLeast
}

/** A table for people, one line a figure. */
export function table(figures: readonly Figure[]): string {
  const rows = [['what', 'value', 'yardstick', 'ratio', 'limit', ''], ...figures.map(cells)]
  const widths = rows[0]?.map((_, i) => Math.max(...rows.map((row) => row[i]?.length ?? 0))) ?? []
  return rows
    .map((row) =>
      row
        .map((cell, i) => cell.padEnd(widths[i] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n')
}

function cells(figure: Figure): string[] {
  const { what, value, unit, yardstick, limit } = figure
  const ratio = ratioOf(figure)
  const kept = holds(figure)
  return [
    what,
    `${round(value)} ${unit}`,
    yardstick ? `${round(yardstick.value)} ${unit} (${yardstick.what})` : '',
    ratio === null ? '' : ratio.toFixed(2),
    !limit ? '' : 'atMost' in limit ? `<= ${limit.atMost}` : `>= ${limit.atLeast}`,
    kept === null ? '' : kept ? 'holds' : 'MISSED',
  ]
}

function round(value: number): string {
  return Math.abs(value) >= 100 ? Math.round(value).toLocaleString('en') : value.toPrecision(3)
}

/** The middle of the values; of an even number the lower one of the two. */
export function median(values: readonly number[]): number {
  return quantile(values, 0.5)
}

/** The value below which the share `q` of all values lies; NaN of none. */
export function quantile(values: readonly number[], q: number): number {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.max(0, Math.ceil(q * sorted.length) - 1)] ?? Number.NaN
}
