import type { AdminDaysQuery } from '../../generated/graphql.ts'
import { useTexts } from '../i18n/texts.ts'

export type Day = NonNullable<NonNullable<AdminDaysQuery['admin']>['changesPerDay']>[number]

/** In units of the drawing. */
const HEIGHT = 120
const STEP = 72
const BAR = 36
const TOP = 16
const BOTTOM = 20

function showEnd(element: HTMLDivElement | null): void {
  if (element) element.scrollLeft = element.scrollWidth
}

/** Changes of each day as bars, drawn by hand; the same in a table for whoever does not see it. */
export function DayChart({ days }: { readonly days: readonly Day[] }) {
  const { t, language } = useTexts()
  const most = Math.max(1, ...days.map(({ staff, departments }) => staff + departments))
  const date = new Intl.DateTimeFormat(language, { month: 'numeric', day: 'numeric', timeZone: 'UTC' })
  const height = (count: number) => (count / most) * HEIGHT
  return (
    <figure className="day-chart">
      <figcaption>
        {t('dash_changes')}
        <span className="key key-staff">{t('people')}</span>
        <span className="key key-departments">{t('departments')}</span>
      </figcaption>
      {/* Wider than a phone: the newest days stand first in sight, and keys reach the others. */}
      <div className="days" ref={showEnd} tabIndex={0} role="group" aria-label={t('dash_changes')}>
        <svg viewBox={`0 0 ${days.length * STEP} ${TOP + HEIGHT + BOTTOM}`} aria-hidden="true">
          {days.map(({ day, staff, departments }, i) => {
            const x = i * STEP + (STEP - BAR) / 2
            const middle = x + BAR / 2
            const floor = TOP + HEIGHT
            const sum = staff + departments
            return (
              <g key={day}>
                <rect
                  className="bar-staff"
                  x={x}
                  width={BAR}
                  y={floor - height(staff)}
                  height={height(staff)}
                />
                <rect
                  className="bar-departments"
                  x={x}
                  width={BAR}
                  y={floor - height(sum)}
                  height={height(departments)}
                />
                {sum > 0 && (
                  <text x={middle} y={floor - height(sum) - 4}>
                    {sum}
                  </text>
                )}
                <text x={middle} y={floor + 15} className="day">
                  {date.format(new Date(day))}
                </text>
              </g>
            )
          })}
          <line x1={0} x2={days.length * STEP} y1={TOP + HEIGHT} y2={TOP + HEIGHT} />
        </svg>
      </div>
      <table>
        <caption>{t('dash_changes')}</caption>
        <tbody>
          {days.map(({ day, staff, departments }) => (
            <tr key={day}>
              <th scope="row">{day}</th>
              <td>{t('peopleCount', { count: staff })}</td>
              <td>{t('departmentsCount', { count: departments })}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </figure>
  )
}
