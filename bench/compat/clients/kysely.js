// kysely: schema, queries with CTEs and JSON, upserts, transactions, introspection, migrations.
const { Kysely, PostgresDialect, sql, Migrator } = require("kysely");
const { jsonArrayFrom } = require("kysely/helpers/postgres");
const { Pool } = require("pg");
const Cursor = require("pg-cursor");
const db = new Kysely({ dialect: new PostgresDialect({ cursor: Cursor, pool: new Pool({ host: "127.0.0.1", port: +process.argv[2], user: "postgres", database: process.argv[3], max: 3 }) }) });
const show = (...v) => console.log(...v.map((x) => JSON.stringify(x, (_, y) => (typeof y === "bigint" ? y + "n" : y))));
(async () => {
  await db.schema.createType("mood").asEnum(["sad", "happy"]).execute();
  await db.schema.createTable("owner").addColumn("id", "serial", (c) => c.primaryKey()).addColumn("name", "varchar(30)", (c) => c.notNull().unique()).addColumn("mood", sql`mood`, (c) => c.defaultTo("sad")).execute();
  await db.schema.createTable("pet").addColumn("id", "bigint", (c) => c.generatedAlwaysAsIdentity().primaryKey()).addColumn("owner_id", "integer", (c) => c.references("owner.id").onDelete("cascade")).addColumn("weight", "numeric(8, 2)", (c) => c.check(sql`weight > 0`)).addColumn("doc", "jsonb").addColumn("loud", "text", (c) => c.generatedAlwaysAs(sql`upper(doc->>'name')`).stored()).execute();
  await db.schema.createIndex("pet_doc").on("pet").using("gin").column("doc").execute();
  await db.schema.createView("heavy").as(db.selectFrom("pet").selectAll().where("weight", ">", 1)).execute();
  show(await db.insertInto("owner").values([{ name: "ann", mood: "happy" }, { name: "bob" }]).returningAll().execute());
  show(await db.insertInto("pet").values([{ owner_id: 1, weight: 1.5, doc: JSON.stringify({ name: "rex" }) }, { owner_id: 1, weight: 1, doc: null }]).returning(["id", "loud"]).execute());
  show(await db.selectFrom("owner").select((eb) => ["name", jsonArrayFrom(eb.selectFrom("pet").select(["id", "weight"]).whereRef("owner_id", "=", "owner.id").orderBy("id")).as("pets")]).orderBy("id").execute());
  show(await db.with("w", (q) => q.selectFrom("pet").select(({ fn }) => ["owner_id", fn.sum("weight").as("w"), fn.countAll().as("n")]).groupBy("owner_id")).selectFrom("w").innerJoin("owner", "owner.id", "w.owner_id").select(["name", "w", "n"]).execute());
  show(await db.insertInto("owner").values({ name: "ann", mood: "sad" }).onConflict((c) => c.column("name").doUpdateSet((eb) => ({ mood: eb.ref("excluded.mood") }))).returning(["id", "mood"]).executeTakeFirst());
  show(await db.updateTable("pet").from("owner").set({ weight: sql`weight + 1` }).whereRef("owner.id", "=", "pet.owner_id").where("name", "=", "ann").executeTakeFirst());
  show(await db.selectFrom("pet").select(({ fn }) => ["id", fn.agg("row_number").over((o) => o.partitionBy("owner_id").orderBy("weight", "desc")).as("r")]).orderBy("id").execute());
  show(await db.mergeInto("owner").using("pet", "pet.id", "owner.id").whenMatched().thenUpdateSet({ mood: "happy" }).whenNotMatched().thenDoNothing().executeTakeFirst());
  for (const bad of [() => db.insertInto("owner").values({ name: "ann" }).execute(), () => db.insertInto("pet").values({ owner_id: 99 }).execute(), () => db.insertInto("pet").values({ weight: -1 }).execute(), () => sql`select nosuch`.execute(db), () => sql`select ${"x"}::int`.execute(db)])
    try { await bad(); console.log("no error"); } catch (e) { show(e.code, e.constraint, e.message); }
  await db.transaction().setIsolationLevel("repeatable read").execute(async (t) => { await t.deleteFrom("pet").execute(); await t.selectFrom("owner").selectAll().orderBy("id").limit(1).forUpdate().skipLocked().execute(); throw new Error("back"); }).catch((e) => show(e.message));
  const t = await db.startTransaction().execute();
  await t.insertInto("owner").values({ name: "kept" }).execute();
  const s = await t.savepoint("a").execute();
  await s.insertInto("owner").values({ name: "lost" }).execute();
  await s.rollbackToSavepoint("a").execute();
  await t.commit().execute();
  const seen = []; for await (const r of db.selectFrom("owner").select("name").orderBy("id").stream(2)) seen.push(r.name);
  show(seen);
  show((await db.introspection.getTables()).filter((x) => x.schema === "public").map((x) => [x.name, x.isView, x.columns]));
  show((await db.introspection.getSchemas()).map((x) => x.name).includes("public"));
  const migrator = new Migrator({ db, provider: { getMigrations: async () => ({ m1: { up: (d) => d.schema.createTable("m1").addColumn("id", "integer").execute(), down: (d) => d.schema.dropTable("m1").execute() } }) } });
  show(await migrator.migrateToLatest(), (await migrator.migrateDown()).results, (await migrator.getMigrations()).map((m) => m.name));
  await db.schema.alterTable("owner").alterColumn("name", (c) => c.setDataType("text")).execute();
  await db.schema.alterTable("owner").renameColumn("mood", "feeling").execute();
  await db.schema.alterTable("owner").addColumn("age", "smallint", (c) => c.notNull().defaultTo(7)).execute();
  show(await db.selectFrom("owner").selectAll().orderBy("id").limit(1).execute());
  await db.schema.dropView("heavy").execute();
  await db.schema.dropTable("pet").execute(); await db.schema.dropTable("owner").cascade().execute(); await db.schema.dropType("mood").execute();
  await db.destroy();
})().catch((e) => { console.error(e); process.exit(1); });
