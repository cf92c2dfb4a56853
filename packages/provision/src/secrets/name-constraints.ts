/** The extension of an authority that says for which names it may sign (RFC 5280, 4.2.1.10), in DER. */
import * as x509 from '@peculiar/x509'

const identifier = '2.5.29.30'
const sequence = 0x30
/** Of a GeneralName. */
const dns = 0x82
const ip = 0x87
const permitted = 0xa0
const excluded = 0xa1

/** Stands for no name at all: an absent list would permit every name. */
const noName = 'invalid'

/** Permits these names and all below them, and no IP address. */
export function nameConstraints(names: readonly string[]): x509.Extension {
  const subtree = (tag: number, value: Buffer) => element(sequence, element(tag, value))
  const allowed = (names.length > 0 ? names : [noName]).map((name) => subtree(dns, Buffer.from(name, 'ascii')))
  const addresses = [8, 32].map((length) => subtree(ip, Buffer.alloc(length)))
  const body = [element(permitted, Buffer.concat(allowed)), element(excluded, Buffer.concat(addresses))]
  return new x509.Extension(identifier, true, Uint8Array.from(element(sequence, Buffer.concat(body))).buffer)
}

/** The names that a certificate with `nameConstraints` permits. */
export function permittedNames(certificate: x509.X509Certificate): string[] {
  const extension = certificate.extensions.find(({ type }) => type === identifier)
  if (!extension) return []
  const [whole] = elements(Buffer.from(extension.value))
  const lists = whole ? elements(whole.value) : []
  const subtrees = lists.filter(({ tag }) => tag === permitted).flatMap(({ value }) => elements(value))
  return subtrees
    .flatMap(({ value }) => elements(value))
    .filter(({ tag }) => tag === dns)
    .map(({ value }) => value.toString('ascii'))
    .filter((name) => name !== noName)
}

function element(tag: number, value: Buffer): Buffer {
  const { length } = value
  const bytes =
    length < 0x80
      ? [length]
      : length < 0x100
        ? [0x81, length]
        : [0x83, length >> 16, (length >> 8) & 0xff, length & 0xff]
  return Buffer.concat([Buffer.from([tag, ...bytes]), value])
}

function elements(bytes: Buffer): { tag: number; value: Buffer }[] {
  const found: { tag: number; value: Buffer }[] = []
  let at = 0
  while (at + 2 <= bytes.length) {
    const tag = bytes[at]!
    const first = bytes[at + 1]!
    const more = first < 0x80 ? 0 : first & 0x7f
    const length = more === 0 ? first : bytes.readUIntBE(at + 2, more)
    const start = at + 2 + more
    found.push({ tag, value: bytes.subarray(start, start + length) })
    at = start + length
  }
  return found
}
