/** LDIF (RFC 2849) for loading: one record, ended by an empty line. Values that are not plain text go as base64. */
export function ldifEntry(
  dn: string,
  attributes: Readonly<Record<string, string | readonly string[]>>,
): string {
  const lines = [line('dn', dn)]
  for (const [type, values] of Object.entries(attributes)) {
    for (const value of typeof values === 'string' ? [values] : values) lines.push(line(type, value))
  }
  return `${lines.join('')}\n`
}

function line(type: string, value: string): string {
  // First character: not space, colon or `<`; none beyond printable ASCII; no space at the end.
  return /^(?:[!-9;=-~](?:[ -~]*[!-~])?)?$/.test(value)
    ? `${type}: ${value}\n`
    : `${type}:: ${Buffer.from(value).toString('base64')}\n`
}
