/** Runs of these are written without spaces between words. */
const UNSPACED = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}]+/gu
const WORDS = /[\p{L}\p{N}]+/gu
/** A word is known by so many characters of it. */
const MAX_WORD = 40
/** Terms of one question at most. */
const MAX_TERMS = 12

/** What a message is found by. Its words; of what is written without spaces every two characters in a row, and the last one. */
export function gramsOf(text: string): string[] {
  const { words, runs } = partsOf(text)
  const grams = new Set(words)
  for (const run of runs) for (let i = 0; i < run.length; i++) grams.add(run.slice(i, i + 2).join(''))
  return [...grams]
}

/** What messages have to hold to be found. */
export interface Question {
  /** As a tsquery; the messages may be others still. */
  readonly tsquery: string
  /** Unspaced runs, each of which stands somewhere in the text as a whole. */
  readonly runs: readonly string[]
}

/** Every word is the beginning of one, every unspaced run stands there as a whole. Null when there is nothing to look for. */
export function questionOf(text: string): Question | null {
  const { words, runs } = partsOf(text)
  const terms = [
    ...words.map((word) => `${quoted(word)}:*`),
    ...runs.flatMap((run) =>
      run.length === 1
        ? [`${quoted(run.join(''))}:*`]
        : run.slice(1).map((second, i) => quoted(`${run[i] ?? ''}${second}`)),
    ),
  ].slice(0, MAX_TERMS)
  if (terms.length === 0) return null
  return { tsquery: terms.join(' & '), runs: runs.map((run) => run.join('')) }
}

function partsOf(text: string): { words: string[]; runs: string[][] } {
  const folded = text.normalize('NFKC').toLowerCase()
  const runs = [...folded.matchAll(UNSPACED)].map(([run]) => Array.from(run))
  const words = [...folded.replaceAll(UNSPACED, ' ').matchAll(WORDS)].map(([word]) => word.slice(0, MAX_WORD))
  return { words, runs }
}

/** Letters and digits alone come here; quoted, none of them means anything to a tsquery. */
function quoted(term: string): string {
  return `'${term.replaceAll("'", "''")}'`
}
