// PostGraphile: the GraphQL schema that it makes of a database, and queries through it.
const { createPostGraphileSchema, withPostGraphileContext } = require('postgraphile')
const { printSchema, graphql } = require('graphql')
const { Pool } = require('pg')

const [, , port, database] = process.argv

const definitions = `
  CREATE TYPE mood AS ENUM ('sad', 'happy'); CREATE TYPE pair AS (x int, y text); CREATE DOMAIN address AS text CHECK (value ~ '@');
  CREATE TABLE person (id serial PRIMARY KEY, name text NOT NULL, email address UNIQUE, m mood DEFAULT 'sad', p pair, tags text[],
    created timestamptz DEFAULT now(), r int4range, j jsonb, price numeric(10,2), c money);
  COMMENT ON TABLE person IS 'A person.'; COMMENT ON COLUMN person.name IS E'@name fullName\\nThe name.';
  CREATE TABLE post (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, author_id int REFERENCES person ON DELETE CASCADE, title varchar(40), body text, UNIQUE (author_id, title));
  CREATE INDEX ON post (title); CREATE VIEW v AS SELECT id, name FROM person;
  CREATE FUNCTION person_posts_count(p person) RETURNS bigint LANGUAGE sql STABLE AS $$ SELECT count(*) FROM post WHERE author_id = p.id $$;
  CREATE FUNCTION search_posts(q text DEFAULT '') RETURNS SETOF post LANGUAGE sql STABLE AS $$ SELECT * FROM post WHERE title LIKE '%' || q || '%' $$;
  CREATE FUNCTION add(a int, b int) RETURNS int LANGUAGE sql IMMUTABLE STRICT AS $$ SELECT a + b $$;
  CREATE FUNCTION make(n text) RETURNS person LANGUAGE plpgsql VOLATILE AS $$ DECLARE r person; BEGIN INSERT INTO person (name) VALUES (n) RETURNING * INTO r; RETURN r; END $$;
  INSERT INTO person (name, email) VALUES ('ann', 'a@b'), ('bob', NULL); INSERT INTO post (author_id, title) VALUES (1, 'hello'), (1, 'world')`

const queries = [
  '{ allPeople(orderBy: ID_ASC) { totalCount nodes { id fullName email m postsCount postsByAuthorId { nodes { title } } } pageInfo { hasNextPage endCursor } } }',
  '{ searchPosts(q: "o", first: 1) { edges { cursor node { title personByAuthorId { fullName } } } } }',
  'mutation { createPerson(input: {person: {fullName: "cy", m: HAPPY, tags: ["a"]}}) { person { id fullName tags } } }',
  'mutation { make(input: {n: "dd"}) { person { id } } }',
  'mutation { updatePersonById(input: {id: 1, personPatch: {fullName: "x"}}) { person { fullName } } }',
  'mutation { deletePostById(input: {id: 1}) { post { title } } }',
  '{ add(a: 1, b: 2) }',
  'mutation { createPerson(input: {person: {fullName: "q", email: "bad"}}) { person { id } } }',
]

async function main() {
  const pgPool = new Pool({ connectionString: `postgres://postgres:x@127.0.0.1:${port}/${database}`, max: 2 })
  await pgPool.query(definitions)
  const schema = await createPostGraphileSchema(pgPool, ['public'], {})
  console.log(printSchema(schema))
  for (const source of queries) {
    const result = await withPostGraphileContext({ pgPool }, contextValue => graphql({ schema, source, contextValue }))
    console.log(JSON.stringify(result))
  }
}

main().then(() => process.exit(0), e => { console.log('failed', e.message, e.code); process.exit(1) })
