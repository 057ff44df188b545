import {
  createHash,
  createPrivateKey,
  createPublicKey,
  hkdfSync,
  type JsonWebKey,
  type KeyObject,
} from 'node:crypto'

/** Everything secret is derived from TOKEN_SECRET, so that all instances agree without talking; one purpose tells nothing about another (RFC 5869). */
export function deriveSecret(
  secret: string,
  purpose: 'access-token' | 'refresh-token' | 'invitation' | 'fingerprint' | 'integration',
): Buffer {
  return Buffer.from(hkdfSync('sha256', secret, '', `dolores ${purpose}`, 32))
}

/** The key pair that signs access tokens. `kid` is the thumbprint of the public key (RFC 7638). */
export interface SigningKey {
  readonly kid: string
  readonly privateKey: KeyObject
  readonly publicKey: KeyObject
}

/** A public key as it stands at /.well-known/jwks.json (RFC 7517, RFC 8037). */
export interface PublicJwk {
  readonly kty: 'OKP'
  readonly crv: 'Ed25519'
  readonly x: string
  readonly kid: string
  readonly alg: 'EdDSA'
  readonly use: 'sig'
}

/** An Ed25519 private key is any 32 bytes; this is what DER puts before them (RFC 8410). */
const PKCS8_ED25519 = Buffer.from('302e020100300506032b657004220420', 'hex')

/** The Ed25519 key of a TOKEN_SECRET: the same secret gives the same key. */
export function signingKey(secret: string): SigningKey {
  const seed = deriveSecret(secret, 'access-token')
  const privateKey = createPrivateKey({
    key: Buffer.concat([PKCS8_ED25519, seed]),
    format: 'der',
    type: 'pkcs8',
  })
  const publicKey = createPublicKey(privateKey)
  const kid = createHash('sha256')
    .update(JSON.stringify({ crv: 'Ed25519', kty: 'OKP', x: coordinate(publicKey) }))
    .digest('base64url')
  return { kid, privateKey, publicKey }
}

export function publicJwk(key: SigningKey): PublicJwk {
  return { kty: 'OKP', crv: 'Ed25519', x: coordinate(key.publicKey), kid: key.kid, alg: 'EdDSA', use: 'sig' }
}

function coordinate(key: KeyObject): string {
  const { x }: JsonWebKey = key.export({ format: 'jwk' })
  if (x === undefined) throw new Error('An Ed25519 key has an x coordinate')
  return x
}
