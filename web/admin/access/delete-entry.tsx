import { App, Button } from 'antd'
import { useState } from 'react'
import type { CatalogueResultPartsFragment } from '../../generated/graphql.ts'
import { EditKeys, type Outcome } from '../admin.ts'
import { useTexts, type T } from '../i18n/texts.ts'
import { failureText } from '../issues.ts'

type Refusal = Extract<CatalogueResultPartsFragment, { __typename: 'EditRefused' }>

/** Deletes an entry of the catalogue. While something uses it, says what. */
export function DeleteEntry({
  name,
  input,
  onDelete,
  onGone,
}: {
  readonly name: string
  readonly input: { readonly id: string; readonly ifRevision: string }
  readonly onDelete: (
    input: { readonly id: string; readonly ifRevision: string },
    idempotencyKey: string,
  ) => Promise<Outcome<CatalogueResultPartsFragment>>
  readonly onGone: () => void
}) {
  const { t } = useTexts()
  const { modal, message } = App.useApp()
  const [keys] = useState(() => new EditKeys())
  const remove = async () => {
    const outcome = await onDelete(input, keys.of(input))
    if (outcome.kind === 'away') return void message.error(t('awaySaving'))
    if (outcome.kind === 'done') {
      void message.success(t('deleted', { name }))
      return onGone()
    }
    const { failure } = outcome
    if (failure.code !== 'IN_USE' || !isRefusal(failure)) return void message.error(failureText(t, failure))
    void modal.warning({
      title: t('stillUsed', { name }),
      content: <Users refusal={failure} t={t} />,
      okText: t('understood'),
    })
  }
  return (
    <Button
      danger
      onClick={() =>
        void modal.confirm({
          title: t('deleteOne', { name }),
          content: t('deleteEntryText'),
          okText: t('delete'),
          okButtonProps: { danger: true },
          cancelText: t('cancel'),
          onOk: remove,
        })
      }
    >
      {t('delete')}
    </Button>
  )
}

function isRefusal(failure: object): failure is Refusal {
  return '__typename' in failure && failure.__typename === 'EditRefused'
}

const KINDS = ['AdminRole', 'AdminRule', 'AdminDepartment', 'AdminStaff'] as const

/** Who uses it, kind by kind; how many more there are that are not shown. */
function Users({ refusal: { usedBy, usedByCount }, t }: { refusal: Refusal; t: T }) {
  const more = usedByCount - usedBy.length
  return (
    <>
      <p>{t('stillUsedText')}</p>
      <ul className="users">
        {KINDS.map((kind) => {
          const names = usedBy.flatMap((one) => (one.__typename === kind && 'name' in one ? [one.name] : []))
          return names.length === 0 ? null : (
            <li key={kind}>
              <strong>{t(`users_${kind}`)}</strong> {names.join(t('comma'))}
            </li>
          )
        })}
      </ul>
      {more > 0 && <p className="hint">{t('usersMore', { count: more })}</p>}
    </>
  )
}
