/**
 * Certificates that browsers see on port 443, so that they renew without Bramble.
 *
 * Today every certificate comes from the site authority (secrets/site-authority.ts) or there is none. What is written here of ACME
 * is the design of the next source; no code asks a public authority yet.
 *
 * What 443 shows: the certificate of the domain that the browser names (SNI), from /etc/haproxy/bramble/list. For every other name,
 * and for none, /etc/haproxy/bramble/neutral.pem: self-signed, made by each balancer, with a name that means nothing. Never the
 * identity of a node, whose names and authority would tell a stranger what is behind.
 *
 * Files on a balancer, all 0600 of root; HAProxy reads them before it becomes its own user:
 * - /etc/bramble/site-issuer.crt, .key   what signs its certificates: written by Bramble, for the domains of the spec only.
 * - /etc/bramble/https.json              HttpsSettings: which domains, from which source. Written by Bramble.
 * - /etc/haproxy/bramble/list            HAProxy's crt-list: a file and its domain a line.
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
 * ACME (not built). Below `bramble/https/` in etcd, written in transactions that compare the revision that was read:
 * - `account`  directory, email, account URL and its key, thumbprint. HTTP-01 is answered by every balancer without being told a
 *              token: `lf-string "%[path,field(-1,/)].THUMBPRINT"`; the thumbprint stands in each HAProxy as a variable of the
 *              process (`set var proc.acme`), so that a new account needs no reload.
 * - `certificates/<id>`  domains, certificate, chain, key, since, until, directory; `id` is the digest of its domains and key type.
 * - `tries/<id>`  next try, count of failures, last error of the authority in its words: a back-off that survives a failover.
 * - `claim`  lease of 60 s of the balancer that asks the authority: the holder of the virtual IP.
 * Keys of certificates lie in etcd, because both balancers must show the same one: a stolen node means that they are revoked and
 * issued again. The order is: account, order, challenge, certificate to etcd, then every balancer reads it from there. Lost before
 * the certificate is in etcd: a new order, which counts against rate limits once. Without a majority nothing is asked for.
 */
export * from './agent.ts'
export * from './status.ts'
