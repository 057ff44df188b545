import { Checkbox, Form, Input } from 'antd'
import type { ReactNode } from 'react'
import { useTexts } from '../i18n/texts.ts'
import { issueText } from '../issues.ts'

/** A label, a value, and beside it what is wrong with it. */
export function Line({
  id,
  label,
  problem,
  hint,
  isRequired = false,
  children,
}: {
  readonly id: string
  readonly label: string
  readonly problem: string | null
  readonly hint?: string
  readonly isRequired?: boolean
  readonly children: ReactNode
}) {
  const { t } = useTexts()
  return (
    <Form.Item
      label={label}
      htmlFor={id}
      required={isRequired}
      extra={hint}
      {...(problem === null
        ? {}
        : {
            validateStatus: 'error' as const,
            help: <span id={`${id}-problem`}>{issueText(t, problem)}</span>,
          })}
    >
      {children}
    </Form.Item>
  )
}

/** A text of one line. */
export function TextLine({
  value,
  onChange,
  isDisabled,
  autoFocus = false,
  ...line
}: {
  readonly id: string
  readonly label: string
  readonly problem: string | null
  readonly hint?: string
  readonly isRequired?: boolean
  readonly value: string
  readonly isDisabled: boolean
  readonly autoFocus?: boolean
  readonly onChange: (value: string) => void
}) {
  return (
    <Line {...line}>
      <Input
        id={line.id}
        value={value}
        disabled={isDisabled}
        autoFocus={autoFocus}
        {...(line.problem === null ? {} : { 'aria-invalid': true, 'aria-describedby': `${line.id}-problem` })}
        onChange={(event) => onChange(event.target.value)}
      />
    </Line>
  )
}

/** Name and description, which all of them have. */
export function NameLines({
  draft,
  problemAt,
  isDisabled,
  isNew,
  onChange,
}: {
  readonly draft: { readonly name: string; readonly description: string }
  readonly problemAt: (path: string) => string | null
  readonly isDisabled: boolean
  readonly isNew: boolean
  readonly onChange: (some: { name?: string; description?: string }) => void
}) {
  const { t } = useTexts()
  return (
    <>
      <TextLine
        id="entry-name"
        label={t('entryName')}
        isRequired
        value={draft.name}
        problem={problemAt('name')}
        isDisabled={isDisabled}
        autoFocus={isNew}
        onChange={(name) => onChange({ name })}
      />
      <Line id="entry-description" label={t('description')} problem={problemAt('description')}>
        <Input.TextArea
          id="entry-description"
          rows={2}
          value={draft.description}
          disabled={isDisabled}
          onChange={(event) => onChange({ description: event.target.value })}
        />
      </Line>
    </>
  )
}

export interface Option {
  readonly id: string
  readonly label: string
  readonly hint?: string
  readonly isDisabled?: boolean
}

/** Some of several. */
export function Choice({
  legend,
  hint,
  options,
  chosen,
  problem,
  isDisabled,
  isNarrow = false,
  onChange,
}: {
  readonly legend: string
  readonly hint?: string
  readonly options: readonly Option[]
  readonly chosen: readonly string[]
  readonly problem: string | null
  readonly isDisabled: boolean
  /** Several beside each other. */
  readonly isNarrow?: boolean
  readonly onChange: (chosen: string[]) => void
}) {
  const { t } = useTexts()
  const set = (id: string, isOn: boolean) =>
    onChange((isOn ? [...chosen, id] : chosen.filter((one) => one !== id)).toSorted())
  return (
    <fieldset className={isNarrow ? 'choice is-narrow' : 'choice'}>
      <legend>{legend}</legend>
      {hint !== undefined && <p className="hint">{hint}</p>}
      {options.length === 0 && <p className="hint">{t('nothing')}</p>}
      <div>
        {options.map((option) => (
          <Checkbox
            key={option.id}
            checked={chosen.includes(option.id)}
            disabled={isDisabled || option.isDisabled === true}
            onChange={(event) => set(option.id, event.target.checked)}
          >
            {option.label}
            {option.hint !== undefined && <span className="hint"> {option.hint}</span>}
          </Checkbox>
        ))}
      </div>
      {problem !== null && (
        <p className="problem" role="alert">
          {issueText(t, problem)}
        </p>
      )}
    </fieldset>
  )
}
