import { pool } from './database.js'

await pool.query(`CREATE TABLE IF NOT EXISTS cards (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  text text NOT NULL CHECK (length(text) BETWEEN 1 AND 200),
  created_at timestamptz NOT NULL DEFAULT now()
)`)
await pool.end()
console.log('The table "cards" is ready.')
