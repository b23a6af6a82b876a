// drizzle: typed queries over both of its PostgreSQL drivers, relations in one query, transactions, migrations.
const { drizzle } = require("drizzle-orm/node-postgres");
const { drizzle: drizzleJs } = require("drizzle-orm/postgres-js");
const { migrate } = require("drizzle-orm/node-postgres/migrator");
const d = require("drizzle-orm"), pg = require("drizzle-orm/pg-core");
const { Pool } = require("pg"), postgres = require("postgres"), fs = require("fs"), os = require("os"), path = require("path");
const at = { host: "127.0.0.1", port: +process.argv[2], user: "postgres", database: process.argv[3] };
const mood = pg.pgEnum("mood", ["sad", "happy"]);
const owner = pg.pgTable("owner", { id: pg.serial("id").primaryKey(), name: pg.varchar("name", { length: 30 }).notNull().unique(), mood: mood("mood").default("sad") });
const pet = pg.pgTable("pet", { id: pg.bigint("id", { mode: "number" }).primaryKey().generatedAlwaysAsIdentity(), ownerId: pg.integer("owner_id").references(() => owner.id), weight: pg.numeric("weight", { precision: 8, scale: 2 }), doc: pg.jsonb("doc"), tags: pg.text("tags").array(), born: pg.timestamp("born", { withTimezone: true, mode: "string" }), place: pg.point("place"), key: pg.uuid("key") });
const relations = [d.relations(owner, ({ many }) => ({ pets: many(pet) })), d.relations(pet, ({ one }) => ({ owner: one(owner, { fields: [pet.ownerId], references: [owner.id] }) }))];
const schema = { owner, pet, ownerRelations: relations[0], petRelations: relations[1] };
const show = (...v) => console.log(...v.map((x) => JSON.stringify(x)));
(async () => {
  const dir = fs.mkdtempSync(path.join(os.tmpdir(), "drizzle-"));
  fs.mkdirSync(path.join(dir, "meta"));
  fs.writeFileSync(path.join(dir, "meta", "_journal.json"), JSON.stringify({ version: "7", dialect: "postgresql", entries: [{ idx: 0, version: "7", when: 1700000000000, tag: "0000_first", breakpoints: true }] }));
  fs.writeFileSync(path.join(dir, "0000_first.sql"), `CREATE TYPE "public"."mood" AS ENUM('sad', 'happy');--> statement-breakpoint
CREATE TABLE "owner" ("id" serial PRIMARY KEY NOT NULL, "name" varchar(30) NOT NULL, "mood" "mood" DEFAULT 'sad', CONSTRAINT "owner_name_unique" UNIQUE("name"));--> statement-breakpoint
CREATE TABLE "pet" ("id" bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "pet_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1), "owner_id" integer, "weight" numeric(8, 2), "doc" jsonb, "tags" text[], "born" timestamp with time zone, "place" "point", "key" uuid);--> statement-breakpoint
ALTER TABLE "pet" ADD CONSTRAINT "pet_owner_id_owner_id_fk" FOREIGN KEY ("owner_id") REFERENCES "public"."owner"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "pet_doc" ON "pet" USING gin ("doc");`);
  const pool = new Pool({ ...at, max: 3 }), sql = postgres({ ...at, max: 2, onnotice: () => {} });
  const first = drizzle(pool, { schema });
  await migrate(first, { migrationsFolder: dir });
  await migrate(first, { migrationsFolder: dir });
  show((await first.execute("select id, created_at from drizzle.__drizzle_migrations")).rows);
  for (const db of [first, drizzleJs(sql, { schema })]) {
    await db.execute(d.sql`truncate owner, pet restart identity`);
    await db.execute(d.sql`set timezone = 'UTC'`);
    show(await db.insert(owner).values([{ name: "ann", mood: "happy" }, { name: "bob" }]).returning());
    show(await db.insert(pet).values([{ ownerId: 1, weight: "1.5", doc: { k: [1] }, tags: ["a", "b,c"], place: [1, 2], key: "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11" }, { ownerId: 1 }]).returning());
    show(await db.query.owner.findMany({ with: { pets: { columns: { id: true, weight: true }, orderBy: (p, { desc }) => desc(p.id) } }, orderBy: (o, { asc }) => asc(o.id) }));
    show(await db.query.pet.findFirst({ with: { owner: true }, where: (p, { eq }) => eq(p.id, 1), columns: { id: true } }));
    show(await db.select({ name: owner.name, w: d.sum(pet.weight), n: d.count(pet.id) }).from(owner).leftJoin(pet, d.eq(pet.ownerId, owner.id)).groupBy(owner.name).having(({ n }) => d.gte(n, 0)).orderBy(owner.name));
    show(await db.insert(owner).values({ name: "ann", mood: "sad" }).onConflictDoUpdate({ target: owner.name, set: { mood: d.sql`excluded.mood` } }).returning({ id: owner.id, mood: owner.mood }));
    const busy = db.$with("busy").as(db.select({ id: pet.ownerId }).from(pet).where(d.arrayContains(pet.tags, ["a"])));
    show(await db.with(busy).select({ name: owner.name }).from(owner).where(d.inArray(owner.id, db.select({ id: busy.id }).from(busy))));
    const byName = db.select().from(owner).where(d.eq(owner.name, d.sql.placeholder("n"))).prepare("by_name");
    show(await byName.execute({ n: "bob" }), await byName.execute({ n: "zed" }));
    show(await d.sql`1`.getSQL().queryChunks.length, await db.$count(pet), await db.select({ id: pet.id }).from(pet).orderBy(d.desc(pet.id)).limit(1).for("update", { skipLocked: true }));
    for (const bad of [() => db.insert(owner).values({ name: "ann" }), () => db.insert(pet).values({ ownerId: 99 }), () => db.execute(d.sql`select nosuch`), () => db.execute(d.sql`select ${"x"}::int`)])
      try { await bad(); console.log("no error"); } catch (e) { const c = e.cause ?? e; show(c.code, c.constraint ?? c.constraint_name); }
    await db.transaction(async (t) => { await t.delete(pet); await t.transaction(async (inner) => { await inner.insert(owner).values({ name: "in" }); inner.rollback(); }).catch((e) => show(e.message)); throw new Error("back"); }, { isolationLevel: "repeatable read", accessMode: "read write" }).catch((e) => show(e.message));
    show(await db.$count(owner), await db.$count(pet));
  }
  await pool.end(); await sql.end();
  fs.rmSync(dir, { recursive: true });
})().catch((e) => { console.error(e); process.exit(1); });
