#!/bin/bash
# Clients of a cluster, on a Pi beside it: pgbench writes and wrk visits until the standard input ends.
# argv: virtual address, database user, database. First line of the input: that user's password.
set -u
read -r PGPASSWORD
export PGPASSWORD
address=$1
door="host=$address port=5000 user=$2 dbname=$3 sslmode=require connect_timeout=3 tcp_user_timeout=5000"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
pgbench=$(printf '%s\n' /usr/lib/postgresql/*/bin/pgbench | tail -n 1)
"$pgbench" --quiet --initialize --scale=1 "$door" >&2 || exit 1
echo 'function delay() return 40 end' >"$work/people.lua"
touch "$work/open"

# A client of pgbench ends with its connection, so that it is started again and again.
write() {
  while [ -e "$work/open" ]; do
    "$pgbench" --no-vacuum --client=2 --rate=20 --time=5 "$door" >>"$work/writes" 2>&1 || sleep 0.2
  done
}
write &
writer=$!
wrk --threads 1 --connections 4 --duration 86400s --timeout 5s --script "$work/people.lua" "http://$address/" >"$work/visits" &
visitor=$!
echo started
cat >"$work/rest"

rm "$work/open"
kill -INT "$visitor"
wait "$visitor" "$writer"
grep -E '^(number of transactions actually|pgbench: error)' "$work/writes"
cat "$work/visits"
echo "rows: $(psql "$door" --no-align --tuples-only --command='select count(*) from pgbench_history')"
psql "$door" --quiet --command='drop table pgbench_history, pgbench_accounts, pgbench_tellers, pgbench_branches'
