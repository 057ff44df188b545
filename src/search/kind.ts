/** How a text matches (F3), the best first; NONE is greater than all of them. */
export const EXACT = 0
export const PREFIX = 1
export const WORD = 2
export const INSIDE = 3
export const NONE = 4

export type Kind = typeof EXACT | typeof PREFIX | typeof WORD | typeof INSIDE | typeof NONE
