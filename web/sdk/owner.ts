/** Owners are `server person`; whose copy it is may not be known on one side. */
export function isSameOwner(a: string, b: string): boolean {
  const [serverA, personA = ''] = a.split(' ')
  const [serverB, personB = ''] = b.split(' ')
  return serverA === serverB && (personA === '' || personB === '' || personA === personB)
}
