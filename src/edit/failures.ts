/**
 * Why an edit was not made: expected failures, members of the results in the contract. Nothing was written. `code` is stable;
 * clients translate it. What the caller may not know of is not found, whatever the reason (T29, T37).
 */
export type EditFailure = InvalidInput | NotFound | NotPermitted | EditConflict | EditRefused

/** A value of the input that cannot be taken; the input's other values may be wrong too. */
export interface InputIssue {
  /** Where in the input, for example `name` or `memberships.0.departmentId`. */
  readonly path: string
  readonly message: string
}

export class InvalidInput extends Error {
  readonly code = 'INVALID_INPUT'
  readonly issues: readonly InputIssue[]

  constructor(issues: readonly InputIssue[]) {
    super(issues.map(({ path, message }) => `${path}: ${message}`).join('; '))
    this.name = 'InvalidInput'
    this.issues = issues
  }

  static at(path: string, message: string): InvalidInput {
    return new InvalidInput([{ path, message }])
  }
}

/** Something that the edit names is not there, or not in the scope of the caller's administration. */
export class NotFound extends Error {
  readonly code = 'NOT_FOUND'
  /** Which part of the input named it. */
  readonly path: string
  /** For the audit log alone: what is there and was not shown. */
  readonly hiddenId: string | null

  constructor(path: string, hiddenId: string | null = null) {
    super(`There is nothing with this id in your administration (${path}).`)
    this.name = 'NotFound'
    this.path = path
    this.hiddenId = hiddenId
  }
}

/** The caller sees it, but has no ability for this. */
export class NotPermitted extends Error {
  readonly code = 'NOT_PERMITTED'
  /** Which part of the input goes beyond the caller's own rights; null when it is none in particular. */
  readonly part: string | null

  constructor(message: string, part: string | null = null) {
    super(message)
    this.name = 'NotPermitted'
    this.part = part
  }
}

/** Somebody else has changed it meanwhile: show the current state, and let the person decide. */
export class EditConflict extends Error {
  readonly code = 'CONFLICT'
  /** What was to be edited; its current state can be read under it. */
  readonly id: string | null

  constructor(id: string | null, message = 'Somebody else has changed it meanwhile: look at it again.') {
    super(message)
    this.name = 'EditConflict'
    this.id = id
  }
}

export const REFUSALS = {
  NOT_EMPTY: 'The department is not empty: say what becomes of the departments and people in it.',
  CYCLE: 'A department cannot be moved to a place below itself.',
  IN_USE: 'It is still used: change what uses it first.',
  IN_TRASH: 'It lies in the trash: restore it first.',
  NOT_IN_TRASH: 'It does not lie in the trash.',
  PLACE_GONE: 'The place where it stood is not there any more: say where it is to go.',
  OWN_ACCOUNT: 'You cannot do that to your own account: ask another administrator.',
  LAST_ADMINISTRATOR:
    'Nobody who can sign in would administer everything any more: give somebody else all abilities first.',
  KEY_REUSED: 'This idempotency key was used for another edit: take a new one.',
  BUSY: 'Somebody else is editing the same just now: try again in a moment.',
} as const

/** The state of the directory does not allow it. `code` says why. */
export class EditRefused extends Error {
  readonly code: keyof typeof REFUSALS
  /** With IN_USE: ids of all that refers to it. */
  readonly usedBy: readonly string[]

  constructor(code: keyof typeof REFUSALS, detail = '', usedBy: readonly string[] = []) {
    super(detail === '' ? REFUSALS[code] : `${REFUSALS[code]} ${detail}`)
    this.name = 'EditRefused'
    this.code = code
    this.usedBy = usedBy
  }
}

export function isEditFailure(error: unknown): error is EditFailure {
  return [InvalidInput, NotFound, NotPermitted, EditConflict, EditRefused].some((one) => error instanceof one)
}

/**
 * What the audit log says of an edit that its author may not make; null of every other failure. `namedId`: what is there and was
 * not shown, be it what was to be edited or what the input refers to.
 */
export function refusalOf(error: unknown): { readonly text: string; readonly namedId: string | null } | null {
  if (error instanceof NotPermitted) return { text: `${error.code}: ${error.message}`, namedId: null }
  if (error instanceof NotFound && error.hiddenId !== null)
    return {
      text: `${error.code}: it is outside of their administration (${error.path}).`,
      namedId: error.hiddenId,
    }
  return null
}
