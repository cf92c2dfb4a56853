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
      message: 'There is not enough free space for the backup.',
      cure: 'Free some space there, keep fewer full backups, or move the repository to a larger disk. Existing backups are not affected.',
    },
  },
  {
    says: /no room for a drill: (.*)/,
    means: {
      code: 'no-room',
      message: 'There is not enough free space for a temporary replica of the database.',
      cure: 'Free some space on that Pi and try again.',
    },
  },
  {
    says: /unable to verify certificate presented by/,
    means: {
      code: 'certificate-untrusted',
      message: 'This Pi does not trust the certificate of the repository server.',
      cure: 'Copy the certificate of its certificate authority to /usr/local/share/ca-certificates/<name>.crt on every Pi and run "sudo update-ca-certificates" there.',
    },
  },
  {
    says: /<Code>NoSuchBucket<\/Code>/,
    means: {
      code: 'bucket-unknown',
      message: 'The bucket does not exist on the server.',
      cure: 'Create the bucket, or correct its name, the endpoint or the address style in the backup settings.',
    },
  },
  {
    says: /<Code>(?:InvalidAccessKeyId|SignatureDoesNotMatch|AccessDenied)<\/Code>/,
    means: {
      code: 'keys-refused',
      message: 'The bucket server rejected the access key or the secret key.',
      cure: 'Enter both keys again in the backup settings, and check that they have read, write and list permission.',
    },
  },
  {
    says: /the backup holds the databases .* and none is named/,
    means: {
      code: 'database-unclear',
      message: 'The backup has several databases, and none has the name of the cluster database.',
      cure: 'Set "database" in the cluster file to the name of one of them, approve the plan, then restore again.',
    },
  },
  {
    says: /error restoring|does not match expected checksum|invalid checksum|\[026\]|unable to load backup manifest|\b(?:zst|lz4|gz|bz2) error\b|raised from local-\d+ protocol: (?:unable to flush|cipher header invalid)/,
    means: {
      code: 'backup-corrupt',
      message: 'A file of this backup is damaged or missing in the repository.',
      cure: 'Restore from an older backup (an earlier time), and make a full backup now. Check the disk of the repository: it may be failing.',
    },
  },
  {
    // A wrong passphrase fails by its padding, or once in some 256 times opens as gibberish that is no info file. The gibberish
    // may be so long that its name is cut off; what is left is the exit status of a FormatError.
    says: /unable to load info file[\s\S]*(?:CryptoError|FormatError|ChecksumError)|(?:CryptoError|FormatError|ChecksumError)[\s\S]*(?:backup|archive)\.info cannot be opened|\(exit 29\)[\s\S]*(?:backup|archive)\.info cannot be opened|cipher header invalid|no passphrase|\[095\]/,
    means: {
      code: 'passphrase-wrong',
      message: 'The repository cannot be decrypted with the passphrase of this cluster.',
      cure: 'It was encrypted with a different passphrase (by another Bramble), or its index is damaged. Press Reprovision: if the passphrase on the Pi was changed, Bramble corrects it. If not, choose an empty folder for the repository.',
    },
  },
  {
    says: /recovery ended before configured recovery target was reached/i,
    means: {
      code: 'moment-not-archived',
      message: 'The WAL archive ends before that time.',
      cure: 'Choose an earlier time, or the latest state.',
    },
  },
  {
    says: /unable to find backup set|no backup set found to restore/i,
    means: {
      code: 'no-backup',
      message: 'The repository has no backup from before that time.',
      cure: 'Choose a later time: the Backups page lists the backups.',
    },
  },
  {
    says: /unable to acquire lock|\[050\]/,
    means: {
      code: 'repository-busy',
      message: 'Another backup or restore is in progress in this repository.',
      cure: 'Wait until it has finished.',
    },
  },
  {
    says: /WAL segment .* was not archived before the .* timeout|\[082\]/,
    means: {
      code: 'not-archived',
      message: 'PostgreSQL did not archive its WAL to the repository in time.',
      cure: 'On the primary, "journalctl -u patroni -n 50" shows the output of archive_command.',
    },
  },
  {
    says: /configured fingerprint .* do not match/,
    means: {
      code: 'host-key-differs',
      message: 'The host key of the SFTP server differs from the one in the backup settings.',
      cure: 'Nothing was sent. A server with several keys offers the ECDSA key first: enter its fingerprint (ssh-keygen -lf /etc/ssh/ssh_host_ecdsa_key.pub on the server). If you did, find out why the key changed.',
    },
  },
  {
    says: /public key authentication failed/,
    means: {
      code: 'sftp-key-refused',
      message: 'The SFTP server does not accept the key of this cluster.',
      cure: 'Add the public key, which the Backups page shows, to authorized_keys of the user on the server. A rotation of the secrets may have replaced it.',
    },
  },
  {
    says: /unable to find primary cluster|\[056\]/,
    means: {
      code: 'no-primary',
      message: 'pgBackRest finds no primary to back up.',
      cure: 'Bring the Pis back online first; the Stack page shows what is wrong.',
    },
  },
  {
    says: /(?:timeout|unable) (?:connecting|to connect) to '|Connection refused|HostConnectError|\[124\]|\[049\]|\[140\]/,
    means: {
      code: 'repository-away',
      message: 'The repository or a replica of the database is unreachable.',
      cure: 'Check that the Pi with the repository is online. On it, "systemctl status pgbackrest" shows whether its server is running.',
    },
  },
  {
    says: /unable to (?:create|open|write).*Permission denied/i,
    means: {
      code: 'repository-forbidden',
      message: 'pgBackRest has no permission to write to the repository.',
      cure: 'Press Reprovision and approve the plan: Bramble corrects the owner of the folder. A disk must be mounted writable.',
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
