/** Tries to prove who one is, counted in sliding windows. In the database: a restart, or a second dashboard, forgets none. */
import { transaction } from '../store/connection.ts'

export interface TryLimit {
  /** Whose tries: an account, or all of a kind together. */
  key: string
  /** This many may be tried … */
  limit: number
  /** … in so many seconds. */
  seconds: number
}

/** No window is longer, so older tries are forgotten. Seconds. */
const longest = 3600

/** Any number; locks with it are this file's alone. */
const lock = 840_401

/** Notes a try under every key; 0: it may go on, else the seconds until the next one may. A refused try is not counted. */
export async function takeTry(limits: readonly TryLimit[]): Promise<number> {
  return transaction(async (client) => {
    // Two at once would each see room for one more. Only those with a key in common wait for each other, in one order.
    await client.query(
      `select pg_advisory_xact_lock($1, hash)
       from (select distinct hashtext(key) as hash from unnest($2::text[]) as key order by 1) as keys`,
      [lock, limits.map(({ key }) => key)],
    )
    await client.query(
      `delete from credential_try where id = any(array(
         select id from credential_try where at < now() - make_interval(secs => $1) limit 1000 for update skip locked))`,
      [longest],
    )
    let wait = 0
    for (const { key, limit, seconds } of limits) {
      const { rows } = await client.query<{ wait: string }>(
        `select ceil(extract(epoch from at + make_interval(secs => $3) - now())) as wait from credential_try
         where key = $1 and at > now() - make_interval(secs => $3) order by at desc offset $2 limit 1`,
        [key, limit - 1, seconds],
      )
      if (rows[0]) wait = Math.max(wait, 1, Number(rows[0].wait))
    }
    if (wait === 0)
      await client.query('insert into credential_try (key) select unnest($1::text[])', [limits.map(({ key }) => key)])
    return wait
  })
}

/** After a success the tries before it no longer count. */
export async function forgetTries(key: string): Promise<void> {
  await transaction((client) => client.query('delete from credential_try where key = $1', [key]))
}

/** The newest try under this key no longer counts: it was no failure. */
export async function returnTry(key: string): Promise<void> {
  await transaction((client) =>
    client.query(
      'delete from credential_try where id = (select id from credential_try where key = $1 order by at desc limit 1)',
      [key],
    ),
  )
}
