import { Button, Input } from 'antd'
import { useEffect, useState } from 'react'
import { AdminStaffListDocument, type AdminRolePartsFragment } from '../../../generated/graphql.ts'
import { Link } from '../../../app/link.tsx'
import { useAdmin, useAsked } from '../../admin.ts'
import { useTexts } from '../../i18n/texts.ts'
import { PersonPicker } from '../../pickers.tsx'
import type { Ref } from '../../staff/draft.ts'
import { HolderDialog, type HolderChange } from './holder-dialog.tsx'

const SHOWN = 50
const TYPING_MS = 250

/** Who has a role, and who is to have it, as far as the scope of the reader goes. */
export function Holders({ role }: { readonly role: AdminRolePartsFragment }) {
  const { t } = useTexts()
  const { news, abilities } = useAdmin()
  const [typed, setTyped] = useState('')
  const [text, setText] = useState('')
  const [picked, setPicked] = useState<Ref | null>(null)
  const [change, setChange] = useState<HolderChange | null>(null)
  useEffect(() => {
    const timer = setTimeout(() => setText(typed.trim()), TYPING_MS)
    return () => clearTimeout(timer)
  }, [typed])
  const asked = { roleId: role.id, text, first: SHOWN, order: 'PINYIN' as const }
  const { data, isAway } = useAsked(AdminStaffListDocument, asked, news)
  const list = data?.admin?.staffList
  const mayAssign = abilities.has('role.assign')
  return (
    <div className="holders">
      {mayAssign && (
        <div className="holders-add">
          <PersonPicker label={t('addHolder')} value={picked} onChange={setPicked} />
          <Button
            disabled={picked === null}
            onClick={() => picked && setChange({ person: picked, isGiven: true })}
          >
            {t('giveRole')}
          </Button>
        </div>
      )}
      <Input
        allowClear
        aria-label={t('searchPeople')}
        placeholder={t('searchPeople')}
        maxLength={100}
        value={typed}
        onChange={(event) => setTyped(event.target.value)}
      />
      {!list && <p className="hint">{t(isAway ? 'away' : 'opening')}</p>}
      {list && (
        <p className="hint" role="status">
          {t('peopleCount', { count: list.totalCount })}
        </p>
      )}
      <ul>
        {list?.edges.map(({ node: { id, name, login, memberships } }) => (
          <li key={id}>
            <span>
              <Link to={{ page: 'admin', section: 'people', departmentId: null, staffId: id }}>{name}</Link>
              <span className="hint">
                {' '}
                {login} · {memberships.flatMap(({ department }) => department?.name ?? []).join(t('comma'))}
              </span>
            </span>
            {mayAssign && (
              <Button
                size="small"
                aria-label={t('takeRoleFrom', { name })}
                onClick={() => setChange({ person: { id, name }, isGiven: false })}
              >
                {t('remove')}
              </Button>
            )}
          </li>
        ))}
      </ul>
      {list && list.totalCount > list.edges.length && (
        <p className="hint">{t('holdersMore', { count: list.totalCount - list.edges.length })}</p>
      )}
      {change && (
        <HolderDialog
          role={role}
          change={change}
          onClose={() => {
            setChange(null)
            setPicked(null)
          }}
        />
      )}
    </div>
  )
}
