/** A cluster's secrets as they are kept: name to text. The keeper encrypts them or keeps the file 0600. */
export type StoredSecrets = Record<string, string>

/** See `issueSecrets`. */
export type Renewal = 'all' | 'due' | 'none'
