import { Drawer } from 'antd'
import { useState, type ReactNode } from 'react'
import { useRouter } from '../../app/link.tsx'
import { useTexts } from '../i18n/texts.ts'
import type { PartProps } from './access-section.tsx'

/** The drawer of the entry that is open: its editor once it is there, or what has become of it. */
export function OpenedEntry<E extends { readonly id: string }>({
  list,
  entryId,
  mayWrite,
  onOpen,
  children,
}: PartProps & {
  readonly list: readonly E[]
  readonly mayWrite: boolean
  /** `leave`: it is made or gone, so that nothing is lost by opening another one, or none. */
  readonly children: (entry: E | null, leave: (to: string | null) => void) => ReactNode
}) {
  const { t } = useTexts()
  const router = useRouter()
  /** Made a moment ago: the list does not have it yet. */
  const [made, setMade] = useState<string | null>(null)
  const leave = (to: string | null) => {
    router.guard = null
    setMade(to)
    onOpen(to)
  }
  if (entryId === null) return null
  const entry = list.find(({ id }) => id === entryId)
  if (entry) return children(entry, leave)
  if (entryId === 'new' && mayWrite) return children(null, leave)
  return (
    <Drawer open title={t('details')} size={680} onClose={() => onOpen(null)}>
      <p className="hint">{t(entryId === made ? 'opening' : 'goneEntry')}</p>
    </Drawer>
  )
}
