import type { Client } from 'urql'
import { ImportReportDocument, type ImportPartsFragment } from '../../generated/graphql.ts'
import type { Language } from '../../i18n/language.ts'
import type { Catalogue } from '../admin.ts'
import { fieldLabel } from '../field-label.ts'
import type { T } from '../i18n/texts.ts'
import { errorText } from './error-text.ts'
import { fieldAt, fieldName, type FileField } from './fields.ts'
import { saveTable } from './files.ts'
import type { ReportRow } from './report-rows.tsx'

const PAGE = 100

export interface ReportWords {
  readonly t: T
  readonly language: Language
  readonly fields: readonly FileField[]
  readonly catalogue: Catalogue
}

/** The whole report as a table, to be kept or worked off; false: the server has not given all of it. */
export async function saveReport(
  client: Client,
  now: ImportPartsFragment,
  words: ReportWords,
): Promise<boolean> {
  const { t } = words
  const lines = [
    [
      t('rowLine'),
      t('rowSubject'),
      t('rowAction'),
      t('rowField'),
      t('rowBefore'),
      t('rowAfter'),
      t('rowProblem'),
    ],
  ]
  for (let afterNumber = 0; ;) {
    const asked = { id: now.id, first: PAGE, afterNumber }
    const { data } = await client.query(ImportReportDocument, asked).toPromise()
    const rows = data?.admin?.import?.rows
    if (!rows) return false
    for (const row of rows) lines.push(...linesOf(row, words))
    const last = rows.at(-1)
    if (!last || rows.length < PAGE) break
    afterNumber = last.number
  }
  saveTable(lines, `${t('reportName')}.csv`)
  return true
}

/** One for each error and each change; one for a row without any. */
function linesOf(row: ReportRow, { t, language, fields, catalogue }: ReportWords): string[][] {
  const head = [String(row.line ?? row.number), row.label, t(`rows_${row.action}`)]
  const lines = [
    ...row.errors.map((error) => {
      const field = fieldAt(fields, error.path)
      return [...head, field ? fieldName(field, language) : '', '', error.value ?? '', errorText(t, error)]
    }),
    ...row.changes.map(({ field, before, after }) => [
      ...head,
      fieldLabel(t, catalogue, field),
      before.join('; '),
      after.join('; '),
      '',
    ]),
  ]
  return lines.length > 0 ? lines : [[...head, '', '', '', '']]
}
