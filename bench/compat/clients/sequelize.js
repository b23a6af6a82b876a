// Sequelize: sync, associations, queries, upserts, transactions, query interface, errors it maps.
const { Sequelize, DataTypes, Op } = require("sequelize");
const db = new Sequelize(process.argv[3], "postgres", "", { host: "127.0.0.1", port: +process.argv[2], dialect: "postgres", logging: false, pool: { max: 3 } });
const show = (...v) => console.log(...v.map((x) => JSON.stringify(x)));
(async () => {
  await db.authenticate();
  show((await db.databaseVersion()).split(" ")[0]);
  const Owner = db.define("owner", { name: { type: DataTypes.STRING(30), allowNull: false, unique: true, comment: "its name" }, mood: { type: DataTypes.TEXT, defaultValue: "sad" } }, { underscored: true, timestamps: false, tableName: "owner" });
  const Pet = db.define("pet", { id: { type: DataTypes.UUID, defaultValue: DataTypes.UUIDV4, primaryKey: true }, no: DataTypes.INTEGER, weight: DataTypes.DECIMAL(8, 2), doc: DataTypes.JSONB, tags: DataTypes.ARRAY(DataTypes.TEXT), span: DataTypes.RANGE(DataTypes.INTEGER), born: DataTypes.DATE(3), day: DataTypes.DATEONLY, raw: DataTypes.BLOB, big: DataTypes.BIGINT, ok: DataTypes.BOOLEAN, d: DataTypes.DOUBLE, host: DataTypes.INET }, { timestamps: false, tableName: "pet", indexes: [{ fields: ["doc"], using: "gin" }, { fields: ["no"], where: { no: { [Op.gt]: 1 } }, name: "pet_no" }] });
  Owner.hasMany(Pet, { onDelete: "CASCADE", foreignKey: "owner_id" }); Pet.belongsTo(Owner, { foreignKey: "owner_id" });
  await db.sync();
  await db.sync();
  const ann = await Owner.create({ name: "ann", mood: "happy" });
  await Owner.bulkCreate([{ name: "bob" }, { name: "cid" }], { returning: true });
  await Pet.bulkCreate([{ no: 1, owner_id: ann.id, weight: "1.5", doc: { k: [1], name: "rex" }, tags: ["a", "b,c"], span: [1, 5], born: new Date(Date.UTC(2024, 1, 29, 1, 2, 3, 4)), day: "2024-02-29", raw: Buffer.from([0, 255]), big: "9007199254740993", ok: true, d: 0.1, host: "10.0.0.1" }, { no: 2, owner_id: ann.id }]);
  const rex = (await Pet.findOne({ where: { doc: { name: "rex" } }, raw: true })); delete rex.id; show(rex);
  show((await Owner.findAll({ include: [{ model: Pet, attributes: ["no", "weight"] }], order: ["id", [Pet, "no"]] })).map((o) => o.toJSON()));
  show(await Pet.count({ where: { tags: { [Op.contains]: ["a"] } } }), await Pet.count({ where: { doc: { [Op.contains]: { k: [1] } } } }), await Pet.count({ where: { span: { [Op.contains]: 3 } } }), await Owner.count({ where: { name: { [Op.iLike]: "A%" } } }));
  show(await Pet.findAll({ attributes: ["owner_id", [db.fn("sum", db.col("weight")), "w"], [db.fn("count", "*"), "n"]], group: ["owner_id"], raw: true }));
  show((await Owner.findOrBuild({ where: { name: "dan" } }))[1], (await Owner.findCreateFind({ where: { name: "dan" } }))[1]);
  show((await Owner.upsert({ name: "ann", mood: "sad" }, { conflictFields: ["name"] }))[0].mood);
  show((await Pet.increment({ weight: 1 }, { where: { no: 1 } }))[0][0].map((p) => p.weight), (await Owner.update({ mood: "sad" }, { where: { name: "dan" }, returning: ["name", "mood"] }))[0]);
  show(await Owner.findAndCountAll({ limit: 1, offset: 1, order: [["name", "DESC"]], raw: true }));
  for (const bad of [() => Owner.create({ name: "ann" }), () => db.query("insert into owner default values"), () => Pet.create({ owner_id: 99 }), () => db.query("select nosuch"), () => db.query("select :a::int", { replacements: { a: "x" } }), () => db.query("select $1::int + 1 as v", { bind: ["x"] })])
    try { await bad(); console.log("no error"); } catch (e) { show(e.name, e.parent.code, e.fields, e.index, e.table); }
  await db.transaction({ isolationLevel: "REPEATABLE READ" }, async (t) => { await Pet.destroy({ where: {}, transaction: t }); await Owner.findOne({ where: { name: "bob" }, lock: t.LOCK.UPDATE, skipLocked: true, transaction: t }); await db.transaction({ transaction: t }, (inner) => Owner.destroy({ where: { name: "cid" }, transaction: inner })); throw new Error("back"); }).catch((e) => show(e.message));
  show(await Pet.count());
  const q = db.getQueryInterface();
  show(await q.showAllTables(), await q.describeTable("owner"), (await q.showIndex("pet")).map((i) => [i.name, i.unique, i.fields.map((f) => f.attribute), i.definition]), (await q.getForeignKeyReferencesForTable("pet")).map((k) => [k.constraintName, k.columnName, k.referencedTableName]));
  await q.addColumn("owner", "age", { type: DataTypes.INTEGER, allowNull: false, defaultValue: 7 }); await q.changeColumn("owner", "age", { type: DataTypes.BIGINT, allowNull: true }); await q.renameColumn("owner", "age", "years"); await q.addIndex("owner", ["years"], { name: "owner_years", unique: false }); await q.addConstraint("owner", { type: "check", fields: ["years"], name: "owner_years_check", where: { years: { [Op.gt]: 0 } } });
  show(await q.describeTable("owner"));
  await Owner.truncate({ cascade: true, restartIdentity: true });
  show((await Owner.create({ name: "z" })).id, await db.drop());
  await db.close();
})().catch((e) => { console.error(e); process.exit(1); });
