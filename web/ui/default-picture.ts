import { sha256 } from '@noble/hashes/sha2.js'
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js'
import { groundOf, hexOf } from '../../src/picture/colour.ts'
import { shortName } from '../../src/picture/short-name.ts'
import type { Pictured } from './avatar.tsx'

/** How a person is drawn who has no photo: as the server draws them. */
export interface Drawn {
  /** Whether there is no photo. */
  readonly isDrawn: boolean
  readonly colour: string
  readonly characters: string
}

const KEPT = 20_000
const drawn = new Map<string, Drawn>()

/** Worked out once for each picture: the path of one changes with what it shows. */
export function drawnPicture({ id, name, avatarUrl }: Pictured): Drawn {
  const key = `${avatarUrl}\n${name}`
  let known = drawn.get(key)
  if (!known) {
    if (drawn.size >= KEPT) drawn.clear()
    const own = hash(`${id}\0${name}`).slice(0, 32)
    known = {
      isDrawn: avatarUrl.endsWith(`/${own}`),
      colour: hexOf(groundOf(Number.parseInt(hash(id).slice(0, 8), 16) % 360)),
      characters: shortName(name),
    }
    drawn.set(key, known)
  }
  return known
}

function hash(text: string): string {
  return bytesToHex(sha256(utf8ToBytes(text)))
}
