import { AppError } from '../errors.ts'

/** Why a photo is not taken (T73). */
export type PhotoFault = 'TOO_LARGE' | 'NOT_A_PHOTO' | 'TOO_MANY_PIXELS' | 'DAMAGED'

const ADVICE: Readonly<Record<PhotoFault, string>> = {
  TOO_LARGE: 'The file is too large: send one of at most 5 MB.',
  NOT_A_PHOTO: 'The file is none of the kinds that are taken: send a JPEG, PNG, WebP or GIF.',
  TOO_MANY_PIXELS: 'The picture is too large: send one of at most 25 million pixels.',
  DAMAGED: 'The picture cannot be read to its end: save it anew and send that.',
}

/** A photo that is not taken (T73). `reason` is stable; the message says what to do. */
export class UnusablePhoto extends Error {
  readonly code = 'UNUSABLE_PHOTO'
  readonly reason: PhotoFault

  constructor(reason: PhotoFault) {
    super(ADVICE[reason])
    this.name = 'UnusablePhoto'
    this.reason = reason
  }
}

/** So much waits to be drawn that this was not begun. The same will be answered later. */
export class TooManyPictures extends AppError {
  constructor() {
    super('UNAVAILABLE', 'Too many pictures are being made: try again in a moment.')
    this.name = 'TooManyPictures'
  }
}
