/**
 * Texts that occur once in a run: whoever reads one knows which value of which entry it was. They may stand in DNs, mail
 * addresses, telephone numbers and JSON, and in no cursor or token.
 */
export class Canaries {
  #count = 0

  next(): string {
    return `.c${++this.#count}.`
  }
}

const TOLD = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}|\.c\d+\./g

/** Every id and every canary that a text tells. */
export function toldIn(text: string): Set<string> {
  return new Set(text.match(TOLD))
}
