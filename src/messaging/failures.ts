export const MESSAGE_REFUSALS = {
  NOT_REACHABLE: 'Your view does not show this person any more, or they have left: you cannot write to them.',
  TOO_LATE: 'It was sent too long ago to be taken back.',
  NOT_YOURS: 'Only whoever has written it may take it back.',
  OWNER_ONLY: 'Only the owner of the group may do that.',
  OWNER_STAYS: 'Name another owner before you leave the group.',
  FULL: 'The group has no room for more people.',
} as const

/** The conversation does not allow it; `code` says why. Nothing was changed. */
export class MessageRefused extends Error {
  readonly code: keyof typeof MESSAGE_REFUSALS

  constructor(code: keyof typeof MESSAGE_REFUSALS) {
    super(MESSAGE_REFUSALS[code])
    this.name = 'MessageRefused'
    this.code = code
  }
}
