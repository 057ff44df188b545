import { Button, Checkbox, Input, Radio } from 'antd'
import { useTexts } from '../i18n/texts.ts'
import { issueText } from '../issues.ts'
import { DepartmentPicker } from '../pickers.tsx'
import type { MembershipDraft } from './draft.ts'
import { useMayWrite, type FieldsProps } from './staff-fields.tsx'

/** Where somebody belongs, with the title there. */
export function Memberships({ draft, problems, onChange }: FieldsProps) {
  const { t } = useTexts()
  const isFixed = !useMayWrite()('memberships')
  const { memberships } = draft
  const set = (list: readonly MembershipDraft[]) => onChange({ memberships: list })
  const change = (id: string, more: Partial<MembershipDraft>) =>
    set(memberships.map((m) => (m.departmentId === id ? { ...m, ...more } : m)))
  const problem = problems.get('memberships')
  return (
    <div className="memberships">
      {problem !== undefined && <p className="problem">{issueText(t, problem)}</p>}
      <ul>
        {memberships.map((m) => (
          <li key={m.departmentId}>
            <div className="membership-head">
              <strong>{m.departmentName || t('unknownDepartment')}</strong>
              <Button
                size="small"
                type="text"
                danger
                disabled={isFixed}
                onClick={() => set(withMain(memberships.filter((one) => one !== m)))}
              >
                {t('remove')}
              </Button>
            </div>
            <div className="membership-line">
              <Input
                aria-label={t('titleIn', { name: m.departmentName })}
                placeholder={t('titleHere')}
                value={m.title}
                disabled={isFixed}
                onChange={(event) => change(m.departmentId, { title: event.target.value })}
              />
              <Radio
                checked={m.isMain}
                disabled={isFixed}
                onChange={() =>
                  set(memberships.map((one) => ({ ...one, isMain: one.departmentId === m.departmentId })))
                }
              >
                {t('main')}
              </Radio>
              <Checkbox
                checked={m.isLeader}
                disabled={isFixed}
                onChange={(event) => change(m.departmentId, { isLeader: event.target.checked })}
              >
                {t('leads')}
              </Checkbox>
            </div>
          </li>
        ))}
      </ul>
      {!isFixed && (
        <DepartmentPicker
          label={t('addDepartment')}
          value={null}
          onChange={(ref) => {
            if (!ref || memberships.some((m) => m.departmentId === ref.id)) return
            const added = {
              departmentId: ref.id,
              departmentName: ref.name,
              title: '',
              sortKey: null,
              isMain: false,
              isLeader: false,
            }
            set(withMain([...memberships, added]))
          }}
        />
      )}
    </div>
  )
}

/** Whoever belongs anywhere has a main department. */
function withMain(list: readonly MembershipDraft[]): readonly MembershipDraft[] {
  return list.length === 0 || list.some(({ isMain }) => isMain)
    ? list
    : list.map((m, i) => ({ ...m, isMain: i === 0 }))
}
