import { useEffect, useRef, useState, type PointerEvent } from 'react'
import { useI18n } from '../i18n/i18n.tsx'

export interface PhotoCropProps {
  readonly file: File
  readonly onCancel: () => void
  /** A square JPEG in base64. */
  readonly onDone: (base64: string) => void
}

const SHOWN = 280
/** As large as the server keeps them. */
const MADE = 640
const MOST_ZOOM = 4
const QUALITY = 0.9
const STEP = 10

interface Place {
  /** 1: the shorter side fills the square. */
  readonly zoom: number
  /** Of the middle of the picture from the middle of the square, in pixels of the screen. */
  readonly x: number
  readonly y: number
}

/** The part of a picture that becomes a photo: drag it, zoom it, or move it with the arrow keys. */
export function PhotoCrop({ file, onCancel, onDone }: PhotoCropProps) {
  const { t } = useI18n()
  const dialog = useRef<HTMLDialogElement>(null)
  const canvas = useRef<HTMLCanvasElement>(null)
  const [image, setImage] = useState<ImageBitmap | null>(null)
  const [hasFailed, setFailed] = useState(false)
  const [place, setPlace] = useState<Place>({ zoom: 1, x: 0, y: 0 })
  useEffect(() => dialog.current?.showModal(), [])
  useEffect(() => {
    let isOver = false
    createImageBitmap(file).then(
      (made) => !isOver && setImage(made),
      () => !isOver && setFailed(true),
    )
    return () => {
      isOver = true
    }
  }, [file])
  useEffect(() => {
    if (image && canvas.current) draw(canvas.current, image, place, SHOWN)
  }, [image, place])

  const move = (change: Partial<Place>) => {
    if (image) setPlace((now) => within(image, { ...now, ...change }))
  }
  const drag = (event: PointerEvent) => {
    if (event.buttons === 1) move({ x: place.x + event.movementX, y: place.y + event.movementY })
  }
  const done = () => {
    if (!image) return
    const made = document.createElement('canvas')
    made.width = made.height = MADE
    draw(made, image, place, SHOWN)
    onDone(made.toDataURL('image/jpeg', QUALITY).replace(/^.*,/, ''))
  }
  return (
    <dialog ref={dialog} className="modal crop" aria-label={t('cropPhoto')} onClose={onCancel}>
      <h2>{t('cropPhoto')}</h2>
      {hasFailed ? (
        <p className="problem">{t('unexpected')}</p>
      ) : (
        <canvas
          ref={canvas}
          width={SHOWN * 2}
          height={SHOWN * 2}
          role="img"
          aria-label={t('cropPhoto')}
          tabIndex={0}
          onPointerDown={(event) => event.currentTarget.setPointerCapture(event.pointerId)}
          onPointerMove={drag}
          onKeyDown={({ key }) => {
            if (key === 'ArrowLeft') move({ x: place.x - STEP })
            if (key === 'ArrowRight') move({ x: place.x + STEP })
            if (key === 'ArrowUp') move({ y: place.y - STEP })
            if (key === 'ArrowDown') move({ y: place.y + STEP })
          }}
        />
      )}
      <label className="field">
        {t('zoom')}
        <input
          type="range"
          min={1}
          max={MOST_ZOOM}
          step={0.01}
          value={place.zoom}
          onChange={({ currentTarget }) => move({ zoom: Number(currentTarget.value) })}
        />
      </label>
      <div className="actions">
        <button className="button" onClick={() => dialog.current?.close()}>
          {t('cancel')}
        </button>
        <button className="button primary" disabled={!image} onClick={done}>
          {t('save')}
        </button>
      </div>
    </dialog>
  )
}

/** The square is filled always. */
function within({ width, height }: ImageBitmap, { zoom, x, y }: Place): Place {
  const scale = (SHOWN / Math.min(width, height)) * zoom
  const [mostX, mostY] = [(width * scale - SHOWN) / 2, (height * scale - SHOWN) / 2]
  return { zoom, x: Math.max(-mostX, Math.min(mostX, x)), y: Math.max(-mostY, Math.min(mostY, y)) }
}

function draw(canvas: HTMLCanvasElement, image: ImageBitmap, { zoom, x, y }: Place, shown: number): void {
  const context = canvas.getContext('2d')
  if (!context) return
  const { width, height } = image
  const ratio = canvas.width / shown
  const scale = (shown / Math.min(width, height)) * zoom * ratio
  context.fillStyle = '#fff'
  context.fillRect(0, 0, canvas.width, canvas.height)
  context.drawImage(
    image,
    canvas.width / 2 - (width * scale) / 2 + x * ratio,
    canvas.height / 2 - (height * scale) / 2 + y * ratio,
    width * scale,
    height * scale,
  )
}
