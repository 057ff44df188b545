import { Alert } from 'antd'
import type { ReactNode } from 'react'
import type { Client } from 'urql'
import { PreviewEditDocument, type PreviewEditQuery, type PreviewInput } from '../generated/graphql.ts'
import type { Answer } from './admin.ts'
import { useTexts, type T } from './i18n/texts.ts'
import { failureText } from './issues.ts'

type AccessEffect = Extract<PreviewEditQuery['previewEdit'], { __typename: 'AccessEffect' }>
type Group = AccessEffect['groups'][number]

export type Effected =
  | { readonly kind: 'effect'; readonly effect: AccessEffect }
  | {
      readonly kind: 'refused'
      readonly text: string
      /** Null: the server is away. */
      readonly failure: Answer | null
    }

/** What an edit would mean for what people see, or why it would not be made. */
export async function effectOf(client: Client, edit: PreviewInput, t: T): Promise<Effected> {
  const { data } = await client.query(PreviewEditDocument, { edit }).toPromise()
  const answer = data?.previewEdit
  if (!answer) return { kind: 'refused', text: t('away'), failure: null }
  return answer.__typename === 'AccessEffect'
    ? { kind: 'effect', effect: answer }
    : { kind: 'refused', text: failureText(t, answer), failure: answer }
}

export function Effect({ effected }: { effected: Effected }): ReactNode {
  const { t } = useTexts()
  if (effected.kind === 'refused') return <Alert type="error" showIcon role="alert" title={effected.text} />
  const { effect } = effected
  if (effect.groupCount === 0) return <Alert type="success" showIcon title={t('effectNone')} />
  return (
    <section className="effect" aria-label={t('effectTitle')}>
      <p className="effect-sum">
        {effect.gaining + effect.losing === 0 && <span>{t('effectOnlyChanged')}</span>}
        {effect.gaining > 0 && (
          <span>{t('effectGaining', { count: effect.gaining, rows: effect.rowsGained })}</span>
        )}
        {effect.losing > 0 && (
          <span>{t('effectLosing', { count: effect.losing, rows: effect.rowsLost })}</span>
        )}
      </p>
      <ul>
        {effect.groups.slice(0, 5).map((group, i) => (
          <li key={i}>
            <strong>{sampleText(t, group.viewers)}</strong>
            <GroupLines group={group} />
          </li>
        ))}
      </ul>
      {effect.groupCount > 5 && <p className="hint">{t('effectMore', { count: effect.groupCount - 5 })}</p>}
      {!effect.isComplete && <p className="hint">{t('effectIncomplete')}</p>}
    </section>
  )
}

function GroupLines({ group }: { group: Group }) {
  const { t } = useTexts()
  const lines = [
    ['gains', group.gained.departments, 'departmentsCount'],
    ['gains', group.gained.staff, 'peopleCount'],
    ['loses', group.lost.departments, 'departmentsCount'],
    ['loses', group.lost.staff, 'peopleCount'],
  ] as const
  return (
    <>
      {lines
        .filter(([, { count }]) => count > 0)
        .map(([way, sample, unit], i) => (
          <span key={i} className={way}>
            {t(way)} {t(unit, { count: sample.count })}: {namesOf(t, sample)}
          </span>
        ))}
      {group.changed > 0 && <span className="hint">{t('effectChanged', { count: group.changed })}</span>}
    </>
  )
}

interface Sample {
  readonly count: number
  readonly first: readonly { readonly name: string }[]
}

function sampleText(t: T, sample: Sample): string {
  return `${t('peopleCount', { count: sample.count })}: ${namesOf(t, sample)}`
}

function namesOf(t: T, { count, first }: Sample): string {
  const names = first.map(({ name }) => name).join(t('comma'))
  return count > first.length ? `${names}…` : names
}
