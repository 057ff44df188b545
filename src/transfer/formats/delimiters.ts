/** What may separate the cells of a CSV file. */
export const DELIMITERS = { COMMA: ',', SEMICOLON: ';', TAB: '\t' } as const
export const DELIMITER_NAMES = ['COMMA', 'SEMICOLON', 'TAB'] as const
export type DelimiterName = keyof typeof DELIMITERS

/** The one that stands most often in the first line, outside of quotes. */
export function delimiterOf(head: string): DelimiterName {
  const [first = ''] = head.replace(/"[^"]*"/g, '').split(/\r?\n/, 1)
  const count = (name: DelimiterName) => first.split(DELIMITERS[name]).length
  return DELIMITER_NAMES.reduce((best, one) => (count(one) > count(best) ? one : best))
}
