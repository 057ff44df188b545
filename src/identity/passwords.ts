/** Longer ones are refused before anybody has to hash them (T92). */
export const MAX_PASSWORD_CHARS = 128
export const MAX_PASSWORD_BYTES = 512

/**
 * Whether a password may be tried at all. An empty one is an unauthenticated bind, which LDAP lets succeed (RFC 4513, 5.1.2;
 * T61); servers written in C may take one that begins with NUL for empty.
 */
export function isUsablePassword(password: string): boolean {
  return (
    password !== '' &&
    !password.includes('\0') &&
    Array.from(password).length <= MAX_PASSWORD_CHARS &&
    Buffer.byteLength(password) <= MAX_PASSWORD_BYTES
  )
}
