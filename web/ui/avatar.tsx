import { useEffect, useState } from 'react'
import { drawnPicture } from './default-picture.ts'
import './avatar.css'
import { usePhotos } from './photos.ts'

export interface Pictured {
  readonly id: string
  readonly name: string
  readonly avatarUrl: string
}

/** The picture of a person: their photo, or until it is there, and without one, a drawing of their name. */
export function Avatar({ of, size }: { of: Pictured; size: number }) {
  const photos = usePhotos()
  const { isDrawn, colour, characters } = drawnPicture(of)
  const [photo, setPhoto] = useState<string | null>(() => (isDrawn ? null : photos.known(of.avatarUrl, size)))
  useEffect(() => {
    if (isDrawn) {
      setPhoto(null)
      return
    }
    return photos.follow(of.avatarUrl, size, setPhoto)
  }, [photos, of.avatarUrl, size, isDrawn])
  return (
    <span className="avatar" style={{ width: size, height: size }} aria-hidden="true">
      {photo === null ? (
        <svg viewBox="0 0 96 96">
          <rect width="96" height="96" fill={colour} />
          <text x="48" y="48" dy=".35em" textAnchor="middle" fontSize="34" fill="#fff">
            {characters}
          </text>
        </svg>
      ) : (
        <img src={photo} alt="" />
      )}
    </span>
  )
}
