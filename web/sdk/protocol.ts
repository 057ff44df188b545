/** The protocol that this SDK speaks (schema/SYNC.md, W1). */
export const PROTOCOL = 1
