/**
 * Bytes of a base64url text, if it is how we would have written them: decoders ignore padding, foreign characters and the last bits, so
 * that one token would have many spellings (RFC 4648, 3.5).
 */
export function decodeBase64url(text: string): Buffer | undefined {
  const bytes = Buffer.from(text, 'base64url')
  return bytes.toString('base64url') === text ? bytes : undefined
}
