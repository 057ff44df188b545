import { Alert, Modal } from 'antd'
import { useEffect, useState } from 'react'
import { useClient } from 'urql'
import { MoveDepartmentDocument } from '../../generated/graphql.ts'
import { EditKeys, useEdit } from '../admin.ts'
import { Effect, effectOf, type Effected } from '../effect.tsx'
import { useTexts } from '../i18n/texts.ts'
import { failureText } from '../issues.ts'
import { DepartmentPicker } from '../pickers.tsx'
import type { Ref } from '../staff/draft.ts'
import type { Drop } from './drop.ts'

export interface Move {
  readonly id: string
  readonly name: string
  readonly fromId: string | null
  /** Absent: the place is chosen in the dialog. */
  readonly drop?: Drop
}

/** Who would gain and lose sight of what, before a department is moved. */
export function MoveDialog({ move, onClose }: { move: Move; onClose: () => void }) {
  const { t } = useTexts()
  const client = useClient()
  const edit = useEdit()
  const [keys] = useState(() => new EditKeys())
  const [place, setPlace] = useState<Ref | null>(null)
  const [effect, setEffect] = useState<Effected | null>(null)
  const [failure, setFailure] = useState<string | null>(null)
  const [isBusy, setBusy] = useState(false)
  const { drop } = move
  const parentId = drop ? drop.parentId : (place?.id ?? null)
  const isKnown = drop !== undefined || place !== null
  const afterId = drop?.afterId
  useEffect(() => {
    if (!isKnown) return
    let isOver = false
    setEffect(null)
    const moved = { id: move.id, parentId, ...(afterId === undefined ? {} : { afterId }) }
    void effectOf(client, { moveDepartment: moved }, t).then((answer) => {
      if (!isOver) setEffect(answer)
    })
    return () => {
      isOver = true
    }
  }, [client, t, move.id, parentId, afterId, isKnown])
  const save = async () => {
    const input = { id: move.id, parentId, ...(afterId === undefined ? {} : { afterId }) }
    setBusy(true)
    const outcome = await edit(MoveDepartmentDocument, {
      input: { ...input, idempotencyKey: keys.of(input) },
    })
    setBusy(false)
    if (outcome.kind === 'away') return setFailure(t('awaySaving'))
    if (outcome.kind === 'refused') return setFailure(failureText(t, outcome.failure))
    onClose()
  }
  return (
    <Modal
      open
      title={t('moveDepartment', { name: move.name })}
      okText={t('moveNow')}
      cancelText={t('cancel')}
      okButtonProps={{ disabled: effect?.kind !== 'effect' }}
      confirmLoading={isBusy}
      onOk={() => void save()}
      onCancel={onClose}
    >
      {!drop && <DepartmentPicker label={t('moveTo')} value={place} onChange={setPlace} />}
      {failure !== null && <Alert type="error" showIcon role="alert" title={failure} />}
      {isKnown && !effect && <p className="hint">{t('previewing')}</p>}
      {effect && <Effect effected={effect} />}
    </Modal>
  )
}
