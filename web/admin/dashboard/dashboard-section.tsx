import { AdminDashboardDocument, AdminDaysDocument } from '../../generated/graphql.ts'
import { Link } from '../../app/link.tsx'
import { useAdmin, useAsked } from '../admin.ts'
import { useTexts } from '../i18n/texts.ts'
import { concernsOf, type House } from './attention.ts'
import { ConcernList } from './concern-list.tsx'
import { DayChart } from './day-chart.tsx'
import { useTicks } from './use-ticks.ts'
import './dashboard.css'

/** How often is asked while somebody looks, in milliseconds. */
const LIVE_MS = 4000
const DAYS_MS = 60_000

/** How everything is: what needs somebody first, then how much there is, and how the server does. */
export function DashboardSection() {
  const { t } = useTexts()
  const { news } = useAdmin()
  const { data, isAway } = useAsked(AdminDashboardDocument, {}, useTicks(LIVE_MS, news))
  const { data: daysData } = useAsked(AdminDaysDocument, {}, useTicks(DAYS_MS))
  const dashboard = data?.admin
  if (!dashboard) return <p className="empty">{t(isAway ? 'away' : 'opening')}</p>
  const { staffCounts, departmentCounts, house } = dashboard
  const days = daysData?.admin?.changesPerDay
  return (
    <div className="dashboard">
      <ConcernList concerns={concernsOf(dashboard)} />
      <section className="cards" aria-label={t('dash_counts')}>
        <Link className="card" to={{ page: 'admin', section: 'people', departmentId: null, staffId: null }}>
          <Card
            name={t('people')}
            value={staffCounts.active}
            hint={t('dash_notActive', { disabled: staffCounts.disabled, trashed: staffCounts.trashed })}
          />
        </Link>
        <div className="card">
          <Card
            name={t('departments')}
            value={departmentCounts.active}
            hint={t('dash_notActive', {
              disabled: departmentCounts.disabled,
              trashed: departmentCounts.trashed,
            })}
          />
        </div>
        {house && <HouseCards house={house} />}
      </section>
      {days && <DayChart days={days} />}
    </div>
  )
}

function Card({
  name,
  value,
  hint,
}: {
  readonly name: string
  readonly value: string | number
  readonly hint?: string | undefined
}) {
  return (
    <>
      <span className="hint">{name}</span>
      <strong>{value}</strong>
      {hint !== undefined && <span className="hint">{hint}</span>}
    </>
  )
}

function HouseCards({ house }: { readonly house: House }) {
  const { t, time } = useTexts()
  const { projector, webhooks, imports, edits } = house
  const up = (isUp: boolean) => t(isUp ? 'dash_up' : 'dash_down')
  const reconciledAt = projector?.reconciledAt
  const cards = [
    {
      key: 'online',
      value: house.onlineClients,
      hint: t('dash_onlineHint', { people: house.onlinePeople, audiences: house.audiences }),
    },
    {
      key: 'lag',
      value: house.lagMs === null ? t('dash_unknown') : t('dash_ms', { count: house.lagMs }),
      hint: t('dash_lagHint', { version: house.headVersion ?? '?', behind: house.behind ?? '?' }),
    },
    {
      key: 'directory',
      value: up(house.isDirectoryUp),
      hint: reconciledAt ? t('dash_reconciled', { at: time(new Date(reconciledAt)) }) : undefined,
    },
    {
      key: 'database',
      value: up(house.isDatabaseUp),
      hint: t('dash_stall', { count: house.worstStallMs }),
    },
    {
      key: 'webhooks',
      value: webhooks?.active ?? t('dash_unknown'),
      hint: webhooks
        ? t('dash_webhooksHint', { failing: webhooks.failing, paused: webhooks.givenUp + webhooks.paused })
        : undefined,
    },
    {
      key: 'queues',
      value: imports && edits ? imports.waiting + imports.running + edits.running : t('dash_unknown'),
      hint:
        imports && edits
          ? t('dash_queuesHint', {
              imports: imports.waiting + imports.running,
              edits: edits.running,
              outbox: house.outbox,
            })
          : undefined,
    },
  ] as const
  return cards.map(({ key, value, hint }) => (
    <div key={key} className="card">
      <Card name={t(`dash_${key}`)} value={value} hint={hint} />
    </div>
  ))
}
