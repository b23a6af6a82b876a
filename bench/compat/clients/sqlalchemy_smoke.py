"""SQLAlchemy: tables made and reflected, ORM queries, upserts, errors it maps."""
import sys
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql as pg
from sqlalchemy.orm import Session, declarative_base, relationship

engine = sa.create_engine("postgresql+psycopg2://postgres@127.0.0.1:%s/%s" % (sys.argv[1], sys.argv[2]))
Base = declarative_base()
class Owner(Base):
    __tablename__ = "smoke_owner"
    id = sa.Column(sa.Integer, primary_key=True)
    name = sa.Column(sa.String(30), nullable=False, unique=True, comment="its name")
    mood = sa.Column(sa.Enum("sad", "happy", name="smoke_mood"), server_default="sad")
    pets = relationship("Pet", back_populates="owner", order_by="Pet.id")
class Pet(Base):
    __tablename__ = "smoke_pet"
    __table_args__ = (sa.CheckConstraint("weight > 0", name="smoke_weight"), sa.Index("smoke_lower", sa.text("lower(name)")), sa.UniqueConstraint("owner_id", "name", name="smoke_uq"))
    id = sa.Column(sa.BigInteger, sa.Identity(start=10), primary_key=True)
    owner_id = sa.Column(sa.ForeignKey("smoke_owner.id", ondelete="CASCADE"), index=True)
    name = sa.Column(sa.Text)
    weight = sa.Column(sa.Numeric(8, 2))
    tags = sa.Column(pg.ARRAY(sa.Text))
    doc = sa.Column(pg.JSONB)
    born = sa.Column(sa.DateTime(timezone=True), server_default=sa.func.now())
    upper_name = sa.Column(sa.Text, sa.Computed("upper(name)", persisted=True))
    owner = relationship("Owner", back_populates="pets")
Base.metadata.drop_all(engine)
Base.metadata.create_all(engine)
i = sa.inspect(engine)
for t in ("smoke_owner", "smoke_pet"):
    for c in i.get_columns(t):
        print(t, c["name"], c["type"], c["nullable"], c["default"], c.get("computed"), c.get("identity"), c["comment"])
    print(i.get_pk_constraint(t), i.get_foreign_keys(t), sorted(i.get_indexes(t), key=str), i.get_unique_constraints(t), i.get_check_constraints(t), i.get_table_comment(t))
print(i.get_enums(), i.get_schema_names(), i.get_view_names(), i.has_table("smoke_pet"), i.get_sequence_names())
with Session(engine) as s:
    s.add(Owner(name="ann", mood="happy", pets=[Pet(name="rex", weight=1.5, tags=["a", "b"], doc={"k": [1]}), Pet(name="tom", weight=2)]))
    s.add_all([Owner(name="o%d" % n) for n in range(3)])
    s.commit()
    print([(o.id, o.name, o.mood, [(p.id, p.name, p.weight, p.tags, p.doc, p.upper_name) for p in o.pets]) for o in s.query(Owner).order_by(Owner.id)])
    print(s.query(Owner.name, sa.func.count(Pet.id), sa.func.sum(Pet.weight)).outerjoin(Pet).group_by(Owner.name).order_by(Owner.name).all())
    print(s.query(Pet.name, sa.func.row_number().over(partition_by=Pet.owner_id, order_by=Pet.weight.desc())).order_by(Pet.name).all())
    print(s.query(Pet).filter(Pet.doc["k"][0].as_integer() == 1).one().name, s.query(Pet).filter(Pet.tags.any("b")).count(), s.query(Pet).filter(Pet.doc.has_key("k")).count())
    up = pg.insert(Owner).values(name="ann", mood="sad")
    print(s.execute(up.on_conflict_do_update(index_elements=["name"], set_={"mood": up.excluded.mood}).returning(Owner.id, Owner.mood)).all())
    sub = s.query(Pet.owner_id, sa.func.max(Pet.weight).label("w")).group_by(Pet.owner_id).subquery()
    print(s.query(Owner.name, sub.c.w).join(sub, sub.c.owner_id == Owner.id).all())
    s.commit()
    for bad in (lambda: s.add(Owner(name="ann")), lambda: s.add(Owner()), lambda: s.add(Pet(name="x", weight=-1)), lambda: s.add(Pet(name="x", owner_id=99)), lambda: s.execute(sa.text("SELECT nosuch")), lambda: s.execute(sa.text("SELECT 1/0")), lambda: s.execute(sa.text("INSERT INTO smoke_owner (name) VALUES (repeat('x',40))"))):
        try:
            bad(); s.flush()
        except sa.exc.SQLAlchemyError as e:
            print(type(e).__name__, e.orig.pgcode)
        s.rollback()
    s.delete(s.query(Owner).filter_by(name="ann").one()); s.commit()
    print(s.query(Pet).count())
meta = sa.MetaData(); meta.reflect(engine, only=["smoke_owner", "smoke_pet"])
print(sorted(meta.tables), [str(c.type) for c in meta.tables["smoke_pet"].columns])
print(str(sa.schema.CreateTable(meta.tables["smoke_pet"]).compile(engine)))
from alembic.migration import MigrationContext
from alembic.operations import Operations
from alembic.autogenerate import compare_metadata
with engine.begin() as conn:
    ctx = MigrationContext.configure(conn, opts={"include_object": lambda o, name, kind, *_: kind != "table" or name.startswith("smoke_")})
    print("drift", [d for d in compare_metadata(ctx, Base.metadata)])
    op = Operations(ctx)
    op.add_column("smoke_owner", sa.Column("age", sa.SmallInteger, nullable=False, server_default="7"))
    op.alter_column("smoke_owner", "age", type_=sa.Integer, new_column_name="years", server_default=None)
    op.alter_column("smoke_owner", "id", type_=sa.BigInteger)
    op.create_index("smoke_years", "smoke_owner", ["years"], postgresql_where=sa.text("years > 1"))
    op.create_check_constraint("smoke_ck", "smoke_owner", "years < 200")
    op.drop_constraint("smoke_uq", "smoke_pet")
    op.rename_table("smoke_pet", "smoke_animal")
    op.drop_column("smoke_animal", "doc")
i = sa.inspect(engine)
print([(c["name"], str(c["type"])) for c in i.get_columns("smoke_owner")], i.get_indexes("smoke_owner"), [c["name"] for c in i.get_columns("smoke_animal")])
with engine.begin() as conn:
    conn.execute(sa.text("DROP TABLE smoke_animal, smoke_owner; DROP TYPE smoke_mood"))
