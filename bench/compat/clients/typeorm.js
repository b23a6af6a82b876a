// TypeORM: entities synchronised and compared with what is there, relations, query builder, migrations.
require("reflect-metadata");
const { DataSource, EntitySchema, Table, TableColumn, TableIndex, MoreThan, In } = require("typeorm");
const Owner = new EntitySchema({ name: "Owner", tableName: "owner", columns: { id: { type: Number, primary: true, generated: "increment" }, name: { type: "varchar", length: 30, unique: true, comment: "its name" }, mood: { type: "enum", enum: ["sad", "happy"], default: "sad" }, made: { type: "timestamptz", createDate: true } }, relations: { pets: { type: "one-to-many", target: "Pet", inverseSide: "owner" } } });
const Pet = new EntitySchema({ name: "Pet", tableName: "pet", columns: { id: { type: "uuid", primary: true, generated: "uuid" }, no: { type: "int" }, weight: { type: "numeric", precision: 8, scale: 2, nullable: true }, doc: { type: "jsonb", nullable: true }, tags: { type: "text", array: true, default: [] }, loud: { type: "text", generatedType: "STORED", asExpression: "upper(doc->>'name')", nullable: true } }, relations: { owner: { type: "many-to-one", target: "Owner", inverseSide: "pets", onDelete: "CASCADE", joinColumn: { name: "owner_id" } } }, checks: [{ name: "pet_weight", expression: "weight > 0" }], indices: [{ name: "pet_no", columns: ["no"], where: "no > 1" }] });
class First1700000000000 { async up(q) { await q.createTable(new Table({ name: "extra", columns: [{ name: "id", type: "int", isPrimary: true, isGenerated: true, generationStrategy: "identity" }, { name: "v", type: "varchar", length: "10", isNullable: true }] })); await q.addColumn("extra", new TableColumn({ name: "w", type: "int", default: 7 })); await q.createIndex("extra", new TableIndex({ name: "extra_v", columnNames: ["v"] })); await q.renameColumn("extra", "v", "vv"); await q.changeColumn("extra", "w", new TableColumn({ name: "w", type: "bigint", isNullable: true })); } async down(q) { await q.dropTable("extra"); } }
const ds = new DataSource({ type: "postgres", host: "127.0.0.1", port: +process.argv[2], username: "postgres", database: process.argv[3], entities: [Owner, Pet], migrations: [First1700000000000], uuidExtension: "pgcrypto" });
const show = (...v) => console.log(...v.map((x) => JSON.stringify(x)));
(async () => {
  await ds.initialize();
  await ds.synchronize();
  show((await ds.driver.createSchemaBuilder().log()).upQueries.map((q) => q.query));
  const owners = ds.getRepository("Owner"), pets = ds.getRepository("Pet");
  const ann = await owners.save({ name: "ann", mood: "happy" });
  await owners.save([{ name: "bob" }, { name: "cid" }]);
  await pets.save([{ no: 1, owner: ann, weight: "1.5", doc: { name: "rex" }, tags: ["a", "b"] }, { no: 2, owner: ann }]);
  show((await owners.find({ relations: { pets: true }, order: { id: "ASC", pets: { no: "ASC" } } })).map((o) => [o.name, o.mood, o.pets.map((p) => [p.no, p.weight, p.doc, p.tags, p.loud])]));
  show(await owners.countBy({ id: MoreThan(1) }), (await owners.findBy({ name: In(["ann", "zed"]) })).length);
  show((await owners.findAndCount({ take: 1, skip: 1, order: { name: "DESC" }, select: { name: true } })));
  show(await pets.createQueryBuilder("p").innerJoin("p.owner", "o").select("o.name", "name").addSelect("sum(p.weight)", "w").addSelect("count(*)", "n").groupBy("o.name").getRawMany());
  show((await owners.upsert([{ name: "ann", mood: "sad" }, { name: "dan" }], ["name"])).identifiers.length, (await owners.findOneBy({ name: "ann" })).mood);
  show((await pets.createQueryBuilder().update().set({ weight: () => "weight + 1" }).where("no = :n", { n: 1 }).returning(["no", "weight"]).execute()).raw);
  for (const bad of [() => owners.insert({ name: "ann" }), () => owners.insert({}), () => pets.insert({ no: 3, weight: -1 }), () => ds.query("select nosuch"), () => ds.query("select $1::int", ["x"])])
    try { await bad(); console.log("no error"); } catch (e) { show(e.constructor.name, e.driverError.code, e.driverError.constraint); }
  await ds.transaction("SERIALIZABLE", async (m) => { await m.delete("Pet", {}); await m.findOne("Owner", { where: { name: "bob" }, lock: { mode: "pessimistic_write", onLocked: "skip_locked" } }); throw new Error("back"); }).catch((e) => show(e.message));
  show(await pets.count(), (await ds.runMigrations()).map((m) => m.name));
  const q = ds.createQueryRunner();
  for (const t of await q.getTables(["extra", "owner", "pet"])) show(t.name, t.columns.map((c) => [c.name, c.type, c.length, c.isNullable, c.isGenerated, c.isUnique, c.isArray, c.enum, c.comment, c.generatedType]), t.indices.map((i) => [i.name, i.columnNames, i.where]), t.foreignKeys.map((k) => [k.columnNames, k.referencedTableName, k.onDelete]), t.checks.map((c) => [c.name, c.expression]));
  await ds.undoLastMigration();
  show(await q.hasTable("extra"), await q.getCurrentSchema(), await q.hasColumn("owner", "mood"));
  await q.clearDatabase();
  show(await q.hasTable("owner"));
  await q.release(); await ds.destroy();
})().catch((e) => { console.error(e); process.exit(1); });
