/**
 * Certificates that browsers see on port 443, so that they renew without Bramble.
 *
 * A certificate comes from the site authority (secrets/site-authority.ts), from a public one (ACME, HTTP-01), or there is none.
 *
 * What 443 shows: the certificate of the domain that the browser names (SNI), from /etc/haproxy/bramble/list. For every other name,
 * and for none, /etc/haproxy/bramble/neutral.pem: self-signed, made by each balancer, with a name that means nothing. Never the
 * identity of a node, whose names and authority would tell a stranger what is behind.
 *
 * Files on a balancer, all 0600 of root; HAProxy reads them before it becomes its own user:
 * - /etc/bramble/site-issuer.crt, .key   what signs its certificates: written by Bramble, for the domains of the spec only.
 * - /etc/bramble/https-store.key         encrypts what lies in etcd.
 * - /etc/bramble/https.json              HttpsSettings: which domains, from which source. Written by Bramble.
 * - /etc/haproxy/bramble/list            HAProxy's crt-list: a file and its domain a line.
 * - /etc/haproxy/bramble/challenges.map  the thumbprint of the ACME account.
 * - /etc/haproxy/bramble/names/<domain>.pem   certificate, chain and key; `_.` stands for `*.`.
 * - /var/lib/bramble/https.json          HttpsStatus: what it shows, until when, and what is wrong. Written when it changes.
 *
 * Who does what:
 * - bramble-https.service runs on every balancer and compares settings, files and the running HAProxy once a minute. It issues what
 *   is missing or has less than a third of its lifetime left, writes it to disk first (staged, synced, renamed: the next start of
 *   HAProxy shows it), then over HAProxy's socket: `new`, `set`, `commit ssl cert`, `add ssl crt-list`. No reload, no connection ends.
 * - Certificates of the site authority are made by each balancer for itself: nothing is shared, nobody waits for a majority of etcd,
 *   and each private key stays on the balancer that made it.
 * - A node whose clock is before the beginning of its issuer issues nothing: it started without a clock, and shows what it has.
 *
 * Where keys are, and what a stolen balancer means. Every node can read etcd, so no key that devices trust for years lies there. The
 * authority's key is encrypted in Bramble only. A balancer has its issuer: whoever takes its card can show the names of this
 * cluster's apps to devices that trust the authority, until the issuer ends (two years), and nobody else's names: each issuer is
 * constrained to the domains of the spec, and to no address. Rotating the secrets gives every balancer another issuer; ending the
 * stolen one sooner takes another authority, and every device must trust that.
 * An issuer is renewed by Bramble when a third of its life is left: with Bramble off, HTTPS goes on for 16 months at least.
 *
 * Cut off where it may be: before a file has its name, it is made again; between the file and HAProxy, the comparison finds the
 * difference, and a start of HAProxy reads the file; inside a transaction of HAProxy's socket, `abort ssl cert` precedes the next.
 *
 * Public authorities (ACME). lego (Debian, the same version in Bookworm and Trixie) asks; it was chosen because an account key that was
 * made before is used as it is, so that the thumbprint is known before anything is asked; because it survives refused nonces;
 * and for its DNS providers, which are to come. HTTP-01 is answered by every balancer without being told a token: the token
 * and the thumbprint, from a map that is set at run time.
 *
 * Below `bramble/https/` in etcd, read through a majority and written in transactions that compare the revision that was read:
 * - `account`  thumbprint, and key. The account itself is found by its key: there is nothing else to keep.
 * - `certificates/<domain>`  directory, certificate with its chain, key, since, until.
 * - `tries/<domain>`  after a failure: count, next try (15 minutes, doubled up to a day, or as long as the authority says), its words,
 *   and which account it was. It survives a failover, so that nobody asks sooner.
 * - `claim`  lease of 60 s of the balancer that asks: the holder of the virtual IP, where the challenge arrives.
 *
 * Keys of certificates lie in etcd, because all balancers show the same certificate. They are encrypted (AES-256) with a key that is on
 * balancers only: a stolen etcd or web node, or a copy of etcd's data, has none of them. A stolen balancer has all: revoke at the
 * authority. Rotating the secrets replaces that key; what it encrypted cannot be read then and is asked for again.
 *
 * The order is account, thumbprint in HAProxy, a look whether the name leads here (which costs the authority nothing), order and
 * challenge, certificate to etcd, and every balancer takes it from there within a minute. Cut off before the certificate is in etcd:
 * a new order, which counts once. If the virtual IP moves meanwhile, the next holder answers the same challenge, since it knows
 * the thumbprint; the order of the lost one is forgotten, and the next holder asks when the claim has ended. Without a
 * majority nothing is asked for; what is on disk is shown.
 */
export * from './agent.ts'
export * from './status.ts'
