// zapatos: the types that it makes of a schema.
const fs = require('fs')
const { Client } = require('pg')
const { generate } = require('zapatos/generate')

const [, , port, database] = process.argv
const db = { connectionString: `postgres://postgres:x@127.0.0.1:${port}/${database}` }

async function main() {
  const client = new Client(db)
  await client.connect()
  await client.query(`
    CREATE TYPE mood AS ENUM ('a', 'b'); CREATE DOMAIN word AS text CHECK (value <> '');
    CREATE TABLE u (id serial PRIMARY KEY, e word, m mood[] DEFAULT '{a}', j jsonb, n numeric, bi bigint, d date, r int4range, UNIQUE (e));
    CREATE TABLE p (id int GENERATED ALWAYS AS IDENTITY, uid int REFERENCES u, x text GENERATED ALWAYS AS ('a') STORED);
    CREATE VIEW v AS SELECT * FROM u; CREATE MATERIALIZED VIEW mv AS SELECT id FROM u; CREATE UNIQUE INDEX mvi ON mv (id)`)
  await client.end()
  fs.rmSync('zapatos-out', { recursive: true, force: true })
  const quiet = () => {}
  await generate({ db, outDir: 'zapatos-out', progressListener: quiet, warningListener: m => console.log(m), debugListener: quiet })
  console.log(fs.readFileSync('zapatos-out/zapatos/schema.d.ts', 'utf8'))
  fs.rmSync('zapatos-out', { recursive: true, force: true })
}

main().then(() => process.exit(0), e => { console.log('failed', e.message, e.code); process.exit(1) })
