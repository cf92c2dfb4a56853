import { expect, test } from 'vitest'
import { keyIdOf, keyPairOf, makeKeyPair, openWith, sealedTo, sealFor } from './sealed-box.ts'

const place = 'secret/a-cluster/login/pi-1'

test.each([0, 1, 31, 1000])('%i bytes come back with the private key', (length) => {
  const { publicKey, privateKey } = makeKeyPair()
  const bytes = Buffer.alloc(length, 'ü')
  const sealed = sealFor(publicKey, bytes, place)
  expect(openWith(privateKey, sealed, place)).toEqual(bytes)
  expect(sealedTo(sealed)).toBe(keyIdOf(publicKey))
  expect(sealFor(publicKey, bytes, place)).not.toEqual(sealed)
})

test('neither the public key, another pair nor another place opens it', () => {
  const [one, other] = [makeKeyPair(), makeKeyPair()]
  const sealed = sealFor(one.publicKey, Buffer.from('secret'), place)
  for (const key of [one.publicKey, other.privateKey, other.publicKey])
    expect(() => openWith(key, sealed, place)).toThrow()
  expect(() => openWith(one.privateKey, sealed, 'secret/a-cluster/login/pi-2')).toThrow()
})

test('a change of any byte, or a missing one, is noticed', () => {
  const { publicKey, privateKey } = makeKeyPair()
  const sealed = sealFor(publicKey, Buffer.from('secret'), place)
  for (let at = 0; at < sealed.length; at++) {
    const changed = Buffer.from(sealed)
    changed[at]! ^= 0x40
    expect(() => openWith(privateKey, changed, place), `byte ${at}`).toThrow()
    expect(() => openWith(privateKey, sealed.subarray(0, at), place), `cut at ${at}`).toThrow()
  }
})

test('the pair of a private key is always the same', () => {
  const { publicKey, privateKey } = makeKeyPair()
  expect(keyPairOf(privateKey).publicKey).toEqual(publicKey)
})
