/** What pgBackRest and PostgreSQL say when something is wrong, and what it means. */

interface Meaning {
  code: string
  message: string
  cure: string
}

const meanings: readonly { says: RegExp; means: Meaning }[] = [
  {
    says: /No space left on device|disk quota exceeded|\[28\]/i,
    means: {
      code: 'repository-full',
      message: 'There is no room left for the backup.',
      cure: 'Free some space there, keep fewer full backups, or move the repository to a larger disk. The backups that are there stay good.',
    },
  },
  {
    says: /no room for a drill: (.*)/,
    means: {
      code: 'no-room',
      message: 'There is no room for a throw-away copy of the database.',
      cure: 'Free some space on that Pi, then try again.',
    },
  },
  {
    says: /unable to verify certificate presented by/,
    means: {
      code: 'certificate-untrusted',
      message: 'The server of the repository shows a certificate that this Pi does not trust.',
      cure: 'Put the certificate of its authority on every Pi as /usr/local/share/ca-certificates/<name>.crt and run "sudo update-ca-certificates" there.',
    },
  },
  {
    says: /<Code>NoSuchBucket<\/Code>/,
    means: {
      code: 'bucket-unknown',
      message: 'The server has no bucket of that name.',
      cure: 'Make it there, or mend its name, the endpoint or the style of its address in the settings of the backups.',
    },
  },
  {
    says: /<Code>(?:InvalidAccessKeyId|SignatureDoesNotMatch|AccessDenied)<\/Code>/,
    means: {
      code: 'keys-refused',
      message: 'The server of the bucket refuses the access key or the secret key.',
      cure: 'Give both again in the settings of the backups, and see that they may read, write and list there.',
    },
  },
  {
    says: /the backup holds the databases .* and none is named/,
    means: {
      code: 'database-unclear',
      message: 'It is not clear which database of the backup is that of the site.',
      cure: 'Give the database of this cluster one of those names ("database" in the cluster file), approve the plan, then restore again.',
    },
  },
  {
    says: /error restoring|does not match expected checksum|invalid checksum|\[026\]|unable to load backup manifest|\b(?:zst|lz4|gz|bz2) error\b|raised from local-\d+ protocol: (?:unable to flush|cipher header invalid)/,
    means: {
      code: 'backup-corrupt',
      message: 'A file of this backup is damaged or missing in the repository.',
      cure: 'Restore from an older backup (an earlier moment), and make a full one now. Look at the disk of the repository: it may be dying.',
    },
  },
  {
    // A wrong passphrase fails by its padding, or once in some 256 times opens as gibberish that is no info file. The gibberish
    // may be so long that its name is cut off; what is left is the exit status of a FormatError.
    says: /unable to load info file[\s\S]*(?:CryptoError|FormatError|ChecksumError)|(?:CryptoError|FormatError|ChecksumError)[\s\S]*(?:backup|archive)\.info cannot be opened|\(exit 29\)[\s\S]*(?:backup|archive)\.info cannot be opened|cipher header invalid|no passphrase|\[095\]/,
    means: {
      code: 'passphrase-wrong',
      message: 'The repository does not open with the passphrase that Bramble keeps for this cluster.',
      cure: 'Either it was made with another one (by another Bramble) or its index is damaged. Press Plan: when the passphrase on the Pi was changed, Bramble mends it. Else choose an empty folder for the repository.',
    },
  },
  {
    says: /recovery ended before configured recovery target was reached/i,
    means: {
      code: 'moment-not-archived',
      message: 'The archive ends before that moment.',
      cure: 'Choose an earlier moment, or the newest state.',
    },
  },
  {
    says: /unable to find backup set|no backup set found to restore/i,
    means: {
      code: 'no-backup',
      message: 'The repository has no backup for that moment.',
      cure: 'Choose a later moment: the page lists the backups.',
    },
  },
  {
    says: /unable to acquire lock|\[050\]/,
    means: {
      code: 'repository-busy',
      message: 'Another backup or restore is going on in this repository.',
      cure: 'Wait until it has ended.',
    },
  },
  {
    says: /WAL segment .* was not archived before the .* timeout|\[082\]/,
    means: {
      code: 'not-archived',
      message: 'PostgreSQL did not hand its write-ahead log to the repository in time.',
      cure: 'On the primary, "journalctl -u patroni -n 50" shows what its archive_command says.',
    },
  },
  {
    says: /configured fingerprint .* do not match/,
    means: {
      code: 'host-key-differs',
      message: 'The SFTP server shows another host key than the one that was given.',
      cure: 'Nothing was sent. Of several keys it shows the ECDSA one first: give the fingerprint of that (ssh-keygen -lf /etc/ssh/ssh_host_ecdsa_key.pub there). If it was that one, find out why it changed.',
    },
  },
  {
    says: /unable to find primary cluster|\[056\]/,
    means: {
      code: 'no-primary',
      message: 'pgBackRest finds no primary to back up.',
      cure: 'Bring the Pis back first; the Stack page says what is wrong.',
    },
  },
  {
    says: /(?:timeout|unable) (?:connecting|to connect) to '|Connection refused|HostConnectError|\[124\]|\[049\]|\[140\]/,
    means: {
      code: 'repository-away',
      message: 'The repository or a copy of the database cannot be reached.',
      cure: 'Is the Pi with the repository up? On it, "systemctl status pgbackrest" says whether its server runs.',
    },
  },
  {
    says: /unable to (?:create|open|write).*Permission denied/i,
    means: {
      code: 'repository-forbidden',
      message: 'pgBackRest may not write to the repository.',
      cure: 'Press Plan and approve it: Bramble mends the owner of the folder. A disk must be mounted writable.',
    },
  },
]

/** The words stay in the message: they name the file or host. */
export function explainBackup(words: string): Meaning | null {
  const known = meanings.find(({ says }) => says.test(words))
  if (!known) return null
  const { code, message, cure } = known.means
  const said = words
    .split('\n')
    .map((line) => line.replace(/^.*?(?:ERROR|FATAL):\s*/, '').trim())
    .find((line) => known.says.test(line) || line.includes('unable to load info file'))
  return { code, message: said ? `${message} It says: ${said.slice(0, 300)}` : message, cure }
}
