// knex: schema builder, queries, transactions, errors, streams, migrations' bookkeeping.
const knex = require("knex")({ client: "pg", connection: { host: "127.0.0.1", port: +process.argv[2], user: "postgres", database: process.argv[3] }, pool: { min: 0, max: 3 } });
const show = (...v) => console.log(...v.map((x) => JSON.stringify(x)));
(async () => {
  await knex.schema.createTable("owner", (t) => {
    t.increments("id"); t.string("name", 30).notNullable().unique().comment("its name"); t.enu("mood", ["sad", "happy"], { useNative: true, enumName: "mood" }).defaultTo("sad"); t.timestamps(true, true);
  });
  await knex.schema.createTable("pet", (t) => {
    t.bigIncrements("id"); t.integer("owner_id").references("id").inTable("owner").onDelete("CASCADE").index();
    t.decimal("weight", 8, 2); t.jsonb("doc"); t.specificType("tags", "text[]"); t.uuid("u").defaultTo(knex.raw("gen_random_uuid()")); t.boolean("ok").defaultTo(true); t.index(["doc"], "pet_doc", "gin");
  });
  show(await knex("owner").insert([{ name: "ann", mood: "happy" }, { name: "bob" }], ["id", "name", "mood"]));
  show(await knex("pet").insert({ owner_id: 1, weight: 1.5, doc: { k: [1] }, tags: ["a", "b"] }).returning(["id", "weight", "doc", "tags", "ok"]));
  show(await knex("owner as o").leftJoin("pet as p", "p.owner_id", "o.id").groupBy("o.name").orderBy("o.name").select("o.name").count("p.id as n").sum({ w: "p.weight" }));
  show(await knex("owner").insert({ name: "ann", mood: "sad" }).onConflict("name").merge(["mood"]).returning(["id", "mood"]));
  show(await knex("pet").whereRaw("doc @> ?", [{ k: [1] }]).select("id"));
  show(await knex.with("w", (q) => q.select("name").from("owner")).from("w").orderBy("name", "desc").limit(1).offset(1));
  show(await knex("owner").columnInfo());
  show(await knex.schema.hasTable("pet"), await knex.schema.hasColumn("pet", "nosuch"));
  for (const bad of [() => knex("owner").insert({ name: "ann" }), () => knex("owner").insert({}), () => knex("pet").insert({ owner_id: 99 }), () => knex.raw("select nosuch"), () => knex.raw("select 1/0"), () => knex("owner").insert({ name: "x".repeat(40) })])
    try { await bad(); console.log("no error"); } catch (e) { show(e.code, e.constraint, e.column); }
  await knex.transaction(async (trx) => { await trx("owner").insert({ name: "gone" }); await trx.transaction(async (inner) => { await inner("owner").where("name", "bob").forUpdate().skipLocked().first(); }); throw new Error("back"); }).catch((e) => show(e.message));
  show(await knex("owner").count());
  await knex.schema.alterTable("owner", (t) => { t.string("name", 60).alter(); t.renameColumn("mood", "feeling"); t.integer("age").notNullable().defaultTo(7); t.check("age > 0", [], "owner_age"); t.dropUnique(["name"]); });
  show((await knex.raw("select column_name, data_type, character_maximum_length, column_default from information_schema.columns where table_name = 'owner' order by ordinal_position")).rows);
  class Source { async getMigrations() { return ["1", "2"]; } getMigrationName(m) { return m; } async getMigration(m) { return { up: (k) => k.schema.createTable("m" + m, (t) => t.increments()), down: (k) => k.schema.dropTable("m" + m) }; } }
  const source = { migrationSource: new Source() };
  show(await knex.migrate.latest(source), await knex.migrate.currentVersion(source), (await knex.migrate.rollback(source))[1], await knex.migrate.status(source));
  await knex.schema.dropTable("pet").dropTable("owner");
  await knex.destroy();
})().catch((e) => { console.error(e); process.exit(1); });
