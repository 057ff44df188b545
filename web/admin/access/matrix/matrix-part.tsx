import { Segmented } from 'antd'
import { useState, type ReactNode } from 'react'
import { AdminTypeMatrixDocument } from '../../../generated/graphql.ts'
import { useAdmin, useAsked } from '../../admin.ts'
import { fieldLabel } from '../../field-label.ts'
import { useTexts } from '../../i18n/texts.ts'
import { matrixOf, type Column } from './matrix.ts'
import { sightOf, viewersOf } from './viewers.ts'

const WAYS = ['role', 'viewerType'] as const
type Way = (typeof WAYS)[number]

/** Who sees what, type by type: by role, or by the type of those who look. */
export function MatrixPart() {
  const { t } = useTexts()
  const { catalogue } = useAdmin()
  const [way, setWay] = useState<Way>('role')
  const { columns, rows } = matrixOf(catalogue)
  return (
    <div className="panel">
      <h2 id="matrix-title">{t('matrixTitle')}</h2>
      <Segmented
        aria-label={t('matrixWay')}
        value={way}
        options={WAYS.map((value) => ({ value, label: t(`matrixWay_${value}`) }))}
        onChange={setWay}
      />
      <p className="hint">{t(`matrixHint_${way}`)}</p>
      {way === 'role' ? (
        <Table columns={columns} first={t('role')}>
          {rows.map(({ id, name, cells }) => (
            <tr key={id}>
              <th scope="row">{name}</th>
              {cells.map(({ scope, sensitive }, i) => (
                <td key={i} data-scope={scope ?? 'none'}>
                  {t(`scope_${scope ?? 'none'}`)}
                  {sensitive.length > 0 && (
                    <span className="hint">
                      + {sensitive.map((key) => fieldLabel(t, catalogue, key)).join(t('comma'))}
                    </span>
                  )}
                </td>
              ))}
            </tr>
          ))}
        </Table>
      ) : (
        <ViewerTypes columns={columns} />
      )}
    </div>
  )
}

function ViewerTypes({ columns }: { columns: readonly Column[] }) {
  const { t } = useTexts()
  const { catalogue, news } = useAdmin()
  const { data, isAway } = useAsked(AdminTypeMatrixDocument, {}, news)
  const matrix = data?.admin?.typeMatrix
  if (!matrix) return <p className="hint">{t(isAway ? 'away' : 'opening')}</p>
  return (
    <Table columns={columns} first={t('viewerType')}>
      {viewersOf(matrix, catalogue.types).map(({ id, name, count, sights }) => (
        <tr key={id ?? 'none'}>
          <th scope="row">
            {name ?? t('noType')}
            <span className="hint">{t('peopleCount', { count })}</span>
          </th>
          {columns.map((column) => {
            const { scope, lines } = sightOf(sights.get(column.id), count)
            return (
              <td key={column.id} data-scope={scope}>
                {lines.map(({ key, count: some }) => (
                  <span key={key}>{t(key, { count: some })}</span>
                ))}
              </td>
            )
          })}
        </tr>
      ))}
    </Table>
  )
}

/** A table with a column for each type; those that nobody is shown are marked. */
function Table({
  columns,
  first,
  children,
}: {
  readonly columns: readonly Column[]
  readonly first: string
  readonly children: ReactNode
}) {
  const { t } = useTexts()
  const counts = (['STAFF', 'DEPARTMENT'] as const).map(
    (kind) => [kind, columns.filter(({ appliesTo }) => appliesTo === kind).length] as const,
  )
  return (
    <div className="matrix" tabIndex={0} role="region" aria-labelledby="matrix-title">
      <table>
        <thead>
          <tr>
            <th scope="col" rowSpan={2}>
              {first}
            </th>
            {counts.map(
              ([kind, count]) =>
                count > 0 && (
                  <th key={kind} scope="colgroup" colSpan={count}>
                    {t(kind === 'STAFF' ? 'typesOfStaff' : 'typesOfDepartments')}
                  </th>
                ),
            )}
          </tr>
          <tr>
            {columns.map(({ id, name, isHidden }) => (
              <th key={id} scope="col">
                {name}
                {isHidden && <span className="hint">{t('typeHidden')}</span>}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>{children}</tbody>
      </table>
    </div>
  )
}
