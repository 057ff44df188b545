import { Select } from 'antd'
import type { ReactNode } from 'react'
import type { ImportKind, UploadedFileQuery } from '../../generated/graphql.ts'
import { useTexts } from '../i18n/texts.ts'
import { fieldName } from './fields.ts'
import { doubled } from './plan.ts'
import { useFileFields } from './use-file-fields.ts'

type UploadedFile = NonNullable<NonNullable<UploadedFileQuery['admin']>['uploadedFile']>

const NOTHING = ''

/** The columns of a file: their header, what stands in them, and the field that each fills. */
export function ColumnsTable({
  columns,
  kind,
  fields,
  onFields,
}: {
  readonly columns: UploadedFile['columns']
  readonly kind: ImportKind
  readonly fields: readonly (string | null)[]
  readonly onFields: (fields: readonly (string | null)[]) => void
}): ReactNode {
  const { t, language } = useTexts()
  const known = useFileFields(kind)
  const twice = doubled(fields)
  const chosen = new Set(fields)
  const options = [
    { value: NOTHING, label: t('notTaken') },
    ...known
      .filter(({ field, isSettable }) => isSettable || chosen.has(field))
      .map((field) => ({ value: field.field, label: fieldName(field, language) })),
  ]
  return (
    <div className="transfer-table" tabIndex={0} role="region" aria-label={t('stepColumns')}>
      <table>
        <thead>
          <tr>
            {(['columnOf', 'sample', 'fills'] as const).map((key) => (
              <th key={key} scope="col">
                {t(key)}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {columns.map(({ header, samples }, i) => {
            const name = header === '' ? t('columnUnnamed', { number: i + 1 }) : header
            return (
              <tr key={i}>
                <th scope="row">{name}</th>
                <td className="hint sample">{samples.join(' · ')}</td>
                <td>
                  <Select
                    aria-label={t('fillsOf', { column: name })}
                    showSearch={{ optionFilterProp: 'label' }}
                    value={fields[i] ?? NOTHING}
                    options={options}
                    {...(twice.has(i) ? { status: 'error' as const } : {})}
                    onChange={(value) =>
                      onFields(
                        fields.map((field, at) => (at === i ? (value === NOTHING ? null : value) : field)),
                      )
                    }
                  />
                  {twice.has(i) && (
                    <p className="bad" role="alert">
                      {t('columnTwice')}
                    </p>
                  )}
                </td>
              </tr>
            )
          })}
        </tbody>
      </table>
    </div>
  )
}
