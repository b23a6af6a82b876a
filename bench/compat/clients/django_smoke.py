"""Django: migrations made and run, the ORM, inspectdb, and a second migration over rows."""
import io, os, sys, tempfile
home = tempfile.mkdtemp()
os.makedirs(os.path.join(home, "smoke", "migrations"))
for name in ("smoke/__init__.py", "smoke/migrations/__init__.py"):
    open(os.path.join(home, name), "w").close()
MODELS = '''
from django.contrib.postgres.fields import ArrayField, IntegerRangeField
from django.contrib.postgres.indexes import BrinIndex, GinIndex
from django.db import models
class Owner(models.Model):
    name = models.CharField(max_length=30, unique=True)
    born = models.DateField(null=True, db_index=True)
class Pet(models.Model):
    owner = models.ForeignKey(Owner, models.CASCADE, related_name="pets")
    name = models.TextField()
    weight = models.DecimalField(max_digits=8, decimal_places=2, null=True)
    doc = models.JSONField(default=dict)
    tags = ArrayField(models.CharField(max_length=9), default=list)
    span = IntegerRangeField(null=True)
    key = models.UUIDField(null=True)
    friends = models.ManyToManyField("self")
    made = models.DateTimeField(auto_now_add=True)
    class Meta:
        constraints = [models.CheckConstraint(check=models.Q(weight__gt=0), name="pet_weight"), models.UniqueConstraint(fields=["owner", "name"], condition=models.Q(weight__gt=1), name="pet_heavy")]
        indexes = [GinIndex(fields=["doc"], name="pet_doc"), BrinIndex(fields=["made"], name="pet_made"), models.Index(models.functions.Lower("name"), name="pet_lower")]
'''
with open(os.path.join(home, "smoke", "models.py"), "w") as f: f.write(MODELS)
sys.path.insert(0, home)
import django
from django.conf import settings
settings.configure(DATABASES={"default": {"ENGINE": "django.db.backends.postgresql", "HOST": "127.0.0.1", "PORT": sys.argv[1], "USER": "postgres", "NAME": sys.argv[2]}}, INSTALLED_APPS=["django.contrib.contenttypes", "django.contrib.auth", "django.contrib.sessions", "django.contrib.postgres", "smoke"], DEFAULT_AUTO_FIELD="django.db.models.BigAutoField", USE_TZ=True, SECRET_KEY="x")
django.setup()
from django.core.management import call_command
from django.db import connection, models, transaction, Error
from django.db.models import Avg, Count, F, Max, Q, Subquery, OuterRef, Sum, Value, Window
from django.db.models.functions import Coalesce, ExtractYear, RowNumber, TruncMonth, Upper
def command(*args, **more):
    out = io.StringIO(); call_command(*args, stdout=out, no_color=True, **more); return out.getvalue().replace(home, "HOME")
print(command("makemigrations", "smoke", interactive=False))
print(command("migrate", interactive=False))
print(command("sqlmigrate", "smoke", "0001"))
print(command("showmigrations"))
from smoke.models import Owner, Pet
import datetime
ann = Owner.objects.create(name="ann", born=datetime.date(2000, 1, 2))
Owner.objects.bulk_create([Owner(name="bob"), Owner(name="cid", born=datetime.date(1999, 12, 31))])
Owner.objects.bulk_create([Owner(name="ann")], ignore_conflicts=True)
rex = ann.pets.create(name="rex", weight="1.5", doc={"k": [1, {"x": None}]}, tags=["a", "b,c"], span=(1, 5)); tom = ann.pets.create(name="tom", weight=2)
rex.friends.add(tom)
print([(o.name, o.born, [(p.name, p.weight, p.doc, p.tags, p.span) for p in o.pets.all()]) for o in Owner.objects.prefetch_related("pets").order_by("id")])
print(list(Owner.objects.annotate(n=Count("pets"), w=Coalesce(Sum("pets__weight"), Value(0), output_field=models.DecimalField())).filter(Q(n__gt=0) | Q(name__istartswith="B")).values("name", "n", "w").order_by("name")))
print(Pet.objects.filter(doc__k__0=1).count(), Pet.objects.filter(doc__k__1__has_key="x").count(), Pet.objects.filter(tags__contains=["a"]).count(), Pet.objects.filter(span__contains=3).count(), Pet.objects.filter(name__iregex="^R").count())
print(list(Pet.objects.annotate(r=Window(RowNumber(), partition_by=F("owner"), order_by=F("weight").desc())).values_list("name", "r").order_by("r")))
print(list(Owner.objects.annotate(best=Subquery(Pet.objects.filter(owner=OuterRef("pk")).order_by("-weight").values("name")[:1])).values_list("name", "best").order_by("id")), Owner.objects.annotate(y=ExtractYear("born"), m=TruncMonth("born")).values_list("y", "m").order_by("id")[0])
print(Pet.objects.filter(owner__name="ann").update(weight=F("weight") + 1), Pet.objects.aggregate(Avg("weight"), Max("name")), Owner.objects.update_or_create(name="bob", defaults={"born": None})[1], Owner.objects.get_or_create(name="dan")[1])
print(Owner.objects.filter(born__isnull=True).explain().split("  (")[0].endswith("on smoke_owner"), list(Owner.objects.values_list("name").union(Pet.objects.values_list("name")).order_by("name")))
for bad in (lambda: Owner.objects.create(name="ann"), lambda: Owner.objects.create(name=None), lambda: Owner.objects.create(name="x" * 40), lambda: Pet.objects.create(owner=ann, weight=-1), lambda: connection.cursor().execute("SELECT nosuch"), lambda: connection.cursor().execute("SELECT 1/0")):
    try:
        with transaction.atomic(): bad()
    except Error as e: print(type(e).__name__, e.__cause__.pgcode, e.__cause__.diag.constraint_name)
with transaction.atomic():
    print(list(Owner.objects.select_for_update(skip_locked=True, of=("self",)).order_by("name")[:1].values_list("name", flat=True)))
    s = transaction.savepoint(); Pet.objects.all().delete(); transaction.savepoint_rollback(s)
print(Pet.objects.count(), [o.name for o in Owner.objects.order_by("-id").iterator(chunk_size=2)])
print("\n".join(l for l in command("inspectdb", "smoke_owner", "smoke_pet").splitlines() if not l.startswith("#")))
with connection.cursor() as c:
    i = connection.introspection
    print(sorted(i.table_names(c)), [tuple(f) for f in i.get_table_description(c, "smoke_pet")], i.get_sequences(c, "smoke_pet"), i.get_relations(c, "smoke_pet"))
    print(sorted((n, d["columns"], d["primary_key"], d["unique"], d["foreign_key"], d["check"], d["index"], d.get("type"), d.get("orders")) for n, d in i.get_constraints(c, "smoke_pet").items()))
new = MODELS.replace("max_length=30, unique=True", "max_length=60, db_index=True").replace('    born = models.DateField(null=True, db_index=True)\n', '    birth = models.DateTimeField(null=True)\n    age = models.SmallIntegerField(default=7)\n').replace("weight = models.DecimalField(max_digits=8, decimal_places=2, null=True)", "weight = models.FloatField(null=True)")
with open(os.path.join(home, "smoke", "models.py"), "w") as f: f.write(new)
sys.stdout.flush()
os.execl(sys.executable, sys.executable, "-c", """
import sys; sys.path.insert(0, %r)
from django.conf import settings
settings.configure(DATABASES=%r, INSTALLED_APPS=%r, DEFAULT_AUTO_FIELD="django.db.models.BigAutoField", USE_TZ=True)
import django; django.setup()
from django.core.management import call_command
call_command("makemigrations", "smoke", interactive=False, no_color=True, verbosity=0); call_command("migrate", interactive=False, no_color=True)
from smoke.models import Owner, Pet
print(list(Owner.objects.values_list("name", "birth", "age").order_by("id")), list(Pet.objects.values_list("name", "weight")))
call_command("migrate", "smoke", "0001", interactive=False, no_color=True); call_command("migrate", "smoke", "zero", interactive=False, no_color=True)
""" % (home, settings.DATABASES, settings.INSTALLED_APPS))
