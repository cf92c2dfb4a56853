/** Why a message did not arrive, as a sentence with its cure. */
export class SendTrouble extends Error {
  readonly code: string
  readonly cure: string
  /** It may go better later. */
  readonly again: boolean
  /** Seconds that the receiver asked to wait. */
  readonly after: number | undefined
  constructor(
    code: string,
    message: string,
    cure: string,
    options: ErrorOptions & { again: boolean; after?: number | undefined },
  ) {
    super(message, options)
    this.name = 'SendTrouble'
    this.code = code
    this.cure = cure
    this.again = options.again
    this.after = options.after
  }
}

/** What the network said, in words; null: it is no such error. `place`: host and port. */
export function networkTrouble(error: unknown, place: string): SendTrouble | null {
  const { code: first = '', message = '' } = error as { code?: string; message?: string }
  // The mail library puts its own code before that of the system.
  const code = /^connect (E[A-Z]+) /.exec(message)?.[1] ?? first
  const known = networkWords(code, message, place)
  return known && new SendTrouble(known[0], known[1], known[2], { cause: error, again: known[3] })
}

/** Code, sentence, cure, and whether it may go better later. */
function networkWords(code: string, message: string, place: string): [string, string, string, boolean] | null {
  switch (code) {
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
    case 'EDNS':
      return [
        'host-unknown',
        `Could not resolve ${place}.`,
        'Check the spelling, and that the machine of Bramble’s worker has working DNS.',
        true,
      ]
    case 'ECONNREFUSED':
      return ['refused', `${place} refused the connection.`, 'Check the port, and that the service runs there.', true]
    case 'EHOSTUNREACH':
    case 'ENETUNREACH':
      return ['unreachable', `${place} is unreachable.`, 'Check its network, and that of Bramble’s worker.', true]
    case 'ETIMEDOUT':
    case 'ABORT_ERR':
    case 'TIMEOUT':
      return [
        'timeout',
        `${place} did not respond within 10 s.`,
        'Check the address and the firewall. Bramble retries.',
        true,
      ]
    case 'ECONNRESET':
    case 'EPIPE':
    case 'ECONNCLOSED':
      return [
        'broken-off',
        `${place} closed the connection.`,
        'Check that the port uses the chosen encryption (TLS or not). Bramble retries.',
        true,
      ]
  }
  if (/^(DEPTH_ZERO_|SELF_SIGNED|UNABLE_TO_|CERT_|ERR_TLS_CERT)/.test(code) || /certificate|altnames/i.test(message))
    return [
      'certificate',
      `The certificate of ${place} is not trusted: ${message.split('\n')[0]}.`,
      'If it is your own server, paste its certificate (or that of its authority) into the channel.',
      false,
    ]
  if (/^(EPROTO|ERR_SSL)/.test(code) || /wrong version number|ssl/i.test(message))
    return [
      'no-tls',
      `${place} does not use TLS on this port.`,
      'Check the port, and choose the encryption that fits it.',
      false,
    ]
  return null
}
