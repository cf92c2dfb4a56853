import { describe, expect, it } from 'vitest'
import { thisMachine } from '../../test/machine.ts'
import { proveKey, whyRefused } from './prove-key.ts'
import { Secret, Trouble } from './types.ts'

const key = { kind: 'prove-key', user: 'pi', privateKey: new Secret('key') } as const
const refusing = (trouble: Trouble) => ({
  ...thisMachine,
  tryLogin: async () => {
    throw trouble
  },
})

describe('why sshd refuses a key', () => {
  const home = 'mode 755 pi /home/pi\nmode 700 pi /home/pi/.ssh\nmode 600 pi /home/pi/.ssh/authorized_keys\n'
  const usual =
    'pubkeyauthentication yes\nstrictmodes yes\nauthorizedkeysfile .ssh/authorized_keys .ssh/authorized_keys2\n'
  const reason = (said: string) => whyRefused('pi', said).reason

  it('others may write to the home', () => {
    const said = whyRefused('pi', usual + home.replace('mode 755 pi /home/pi\n', 'mode 777 pi /home/pi\n'))
    expect(said).toEqual({
      reason: '/home/pi has mode 777: other users can write to it, so sshd ignores the keys in it.',
      cure: 'On the Pi, run: sudo chmod go-w /home/pi',
    })
  })
  it('somebody else owns a folder on the way', () =>
    expect(reason(usual + home.replace('700 pi', '700 anna'))).toContain('/home/pi/.ssh is owned by anna'))
  it('keys are read from another file', () =>
    expect(reason(`authorizedkeysfile /etc/ssh/keys/%u\n${home}`)).toContain('"/etc/ssh/keys/%u"'))
  it('keys are off, or only some users may sign in', () => {
    expect(reason(`pubkeyauthentication no\n${home}`)).toContain('PubkeyAuthentication')
    expect(reason(`${usual}allowusers anna\n${home}`)).toContain('allowusers anna')
  })
  it('admits that it does not know', () => expect(reason(usual + home)).toBe('the reason is not known.'))
})

describe('proving the key', () => {
  it('says that password login stays enabled', async () => {
    const refused = refusing(new Trouble('login-refused', 'no', 'x'))
    await expect(proveKey(refused, key)).rejects.toMatchObject({
      code: 'key-refused',
      message: expect.stringContaining('password login stays enabled'),
    })
  })
  it('is no verdict about the key when the node is away, and is never passed over', async () => {
    await expect(proveKey(refusing(new Trouble('unreachable', 'away', 'x')), key)).rejects.toMatchObject({
      code: 'unreachable',
    })
    await expect(proveKey(thisMachine, key)).rejects.toThrow('no logins')
  })
})
