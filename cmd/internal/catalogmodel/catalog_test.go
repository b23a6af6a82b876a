package catalogmodel

import (
	"context"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/kalamsql/kalamsql/exec"
	"github.com/kalamsql/kalamsql/exec/pgcatalog"
	"github.com/kalamsql/kalamsql/exec/session"
	"github.com/kalamsql/kalamsql/live"
	"github.com/kalamsql/kalamsql/sql/catalog"
	"github.com/kalamsql/kalamsql/sql/plan"
	"github.com/kalamsql/kalamsql/sql/sqlerr"
	"github.com/kalamsql/kalamsql/sql/types"
	"github.com/kalamsql/kalamsql/storage"
	"github.com/kalamsql/kalamsql/storage/storagetest"
	"github.com/kalamsql/kalamsql/tables"
)

// definitions are the statements that histories are made of; %T is one of a few
// tables, %V a view, %C a column, %Y a type, %S a sequence, %F a function, %R a role.
// Many fail, as what they name is not there or is there already.
var definitions = []string{
	"CREATE TABLE %T (id bigserial PRIMARY KEY, c1 text NOT NULL DEFAULT 'x' CHECK (c1 <> ''), c2 int UNIQUE, c3 numeric(10,2))",
	"CREATE TABLE %T (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, c1 text, c2 int, c3 int GENERATED ALWAYS AS (c2 + 1) STORED)",
	"CREATE TABLE %T (c4 int) INHERITS (%T)",
	"CREATE TABLE %T (id int, c1 text, c2 int) PARTITION BY RANGE (id)",
	"CREATE TABLE %T PARTITION OF %T FOR VALUES FROM (1) TO (10)",
	"CREATE TABLE %T PARTITION OF %T DEFAULT",
	"CREATE TABLE %T AS SELECT * FROM %T", "ALTER TABLE %T RENAME COLUMN c2 TO c5", "ALTER TABLE %T RENAME COLUMN c5 TO c2",
	"DROP TABLE %T", "DROP TABLE %T CASCADE", "DROP VIEW %V", "DROP VIEW %V CASCADE",
	"ALTER TABLE %T ADD COLUMN %C int DEFAULT 7", "ALTER TABLE %T DROP COLUMN %C", "ALTER TABLE %T DROP COLUMN %C CASCADE",
	"ALTER TABLE %T ALTER COLUMN %C SET DEFAULT '1'", "ALTER TABLE %T ALTER COLUMN %C DROP DEFAULT", "ALTER TABLE %T ALTER COLUMN %C SET NOT NULL",
	"ALTER TABLE %T ALTER COLUMN %C TYPE text", "ALTER TABLE %T ADD COLUMN %C %Y", "ALTER TABLE %T ALTER COLUMN %C SET DEFAULT nextval('%S')",
	"ALTER TABLE %T RENAME COLUMN %C TO %C", "ALTER TABLE %T RENAME TO %T", "ALTER TABLE %T SET SCHEMA s1", "ALTER TABLE s1.%T SET SCHEMA public",
	"ALTER TABLE %T ADD FOREIGN KEY (c2) REFERENCES %T", "ALTER TABLE %T ADD CONSTRAINT k%T FOREIGN KEY (c2) REFERENCES %T (c2) ON DELETE CASCADE",
	"ALTER TABLE %T DROP CONSTRAINT k%T", "ALTER TABLE %T ADD CHECK (%C IS NOT NULL)", "ALTER TABLE %T ADD CHECK (%F(c2) > 0)",
	"ALTER TABLE %T ADD UNIQUE (%C)", "ALTER TABLE %T INHERIT %T", "ALTER TABLE %T NO INHERIT %T", "ALTER TABLE %T DETACH PARTITION %T",
	"ALTER TABLE %T ATTACH PARTITION %T DEFAULT", "ALTER TABLE %T OWNER TO %R", "ALTER TABLE %T ENABLE ROW LEVEL SECURITY",
	"CREATE INDEX i%T ON %T (%C)", "CREATE UNIQUE INDEX i%T ON %T (lower(c1)) WHERE c2 > 0", "DROP INDEX i%T", "ALTER INDEX i%T RENAME TO j%T",
	"CREATE VIEW %V AS SELECT id, c1 FROM %T", "CREATE VIEW %V AS SELECT * FROM %T", "CREATE VIEW %V AS SELECT * FROM %V", "CREATE OR REPLACE VIEW %V AS SELECT id, c1 FROM %T",
	"ALTER VIEW %V RENAME TO %V", "CREATE MATERIALIZED VIEW %T AS SELECT * FROM %T", "ALTER TABLE %T RENAME COLUMN c2 TO c5", "ALTER TABLE %T RENAME COLUMN c5 TO c2", "DROP MATERIALIZED VIEW %T",
	"CREATE SEQUENCE %S", "DROP SEQUENCE %S", "ALTER SEQUENCE %S OWNED BY %T.id", "ALTER SEQUENCE %S INCREMENT 3", "ALTER SEQUENCE %S RENAME TO %S",
	"CREATE TYPE %Y AS ENUM ('a', 'b')", "CREATE TYPE %Y AS (a int, b text)", "CREATE DOMAIN %Y AS int CHECK (VALUE > 0)", "DROP TYPE %Y", "DROP TYPE %Y CASCADE", "DROP DOMAIN %Y",
	"ALTER TYPE %Y ADD VALUE 'c'", "ALTER TYPE %Y RENAME TO %Y",
	"CREATE FUNCTION %F(int) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT $1 + 1'", "DROP FUNCTION %F", "ALTER FUNCTION %F RENAME TO %F",
	"CREATE FUNCTION %Ft() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'", "CREATE TRIGGER g BEFORE INSERT ON %T FOR EACH ROW EXECUTE FUNCTION %Ft()", "DROP TRIGGER g ON %T",
	"COMMENT ON TABLE %T IS 'a table'", "COMMENT ON COLUMN %T.%C IS 'a column'", "COMMENT ON TYPE %Y IS 'a type'", "COMMENT ON FUNCTION %F IS 'a function'", "COMMENT ON VIEW %V IS NULL",
	"GRANT SELECT ON %T TO %R", "GRANT UPDATE (%C) ON %T TO %R", "REVOKE ALL ON %T FROM %R", "CREATE ROLE %R", "DROP ROLE %R", "ALTER ROLE %R RENAME TO %R",
	"CREATE POLICY p ON %T USING (c1 = current_user)", "DROP POLICY p ON %T",
	"CREATE SCHEMA s1", "DROP SCHEMA s1 CASCADE", "ALTER SCHEMA s1 RENAME TO s2", "ALTER SCHEMA s2 RENAME TO s1", "CREATE TABLE s1.%T (id int PRIMARY KEY)",
	"CREATE EXTENSION hstore", "DROP EXTENSION hstore CASCADE", "CREATE TABLE %T (id int, c1 hstore)", "CREATE TEMP TABLE %T (id int)",
	"CREATE USER TABLE %T (id int PRIMARY KEY, c1 text, c2 int)",
}

// first are the definitions that histories begin with.
var first = []string{
	"CREATE TABLE t1 (id bigserial PRIMARY KEY, c1 text, c2 int UNIQUE, c3 int)",
	"CREATE TABLE t2 (id serial PRIMARY KEY, c1 text, c2 int REFERENCES t1 (c2) ON UPDATE CASCADE)",
	"CREATE TABLE t3 (c3 int) INHERITS (t2)",
	"CREATE VIEW v1 AS SELECT id, c1 FROM t1", "CREATE VIEW v2 AS SELECT * FROM v1",
}

// names are how many there are of each letter.
var names = map[byte]int{'T': 4, 'V': 3, 'C': 3, 'Y': 3, 'S': 2, 'F': 2, 'R': 2}

func statement(r *rand.Rand) string {
	var b strings.Builder
	text := definitions[r.IntN(len(definitions))]
	for i := 0; i < len(text); i++ {
		if text[i] != '%' {
			b.WriteByte(text[i])
			continue
		}
		i++
		fmt.Fprintf(&b, "%c%d", text[i]|0x20, 1+r.IntN(names[text[i]]))
	}
	return b.String()
}

// quiet is a client that looks at nothing.
type quiet struct{ session.ResultWriter }

func (quiet) Columns([]session.ResultColumn) error { return nil }
func (quiet) Row(types.Row) error                  { return nil }
func (quiet) Complete(string) error                { return nil }
func (quiet) Suspended() error                     { return nil }
func (quiet) Empty() error                         { return nil }
func (quiet) Notice(*sqlerr.Error) error           { return nil }
func (quiet) Flush() error                         { return nil }

func TestVersions(t *testing.T) {
	histories, length := 6, 150
	if testing.Short() {
		histories = 3
	}
	for seed := range histories {
		t.Run(fmt.Sprint(seed), func(t *testing.T) { history(t, uint64(seed), length) })
	}
}

func history(t *testing.T, seed uint64, length int) {
	ctx, log := t.Context(), slog.New(slog.DiscardHandler)
	hub := live.NewHub(live.HubOptions{Logger: log, Evaluate: exec.Evaluate})
	store, err := tables.Open(ctx, tables.Options{IndexCode: plan.IndexCode, ExclusionCode: plan.ExclusionCode,
		Storage: storage.Options{Dir: "data", FS: storagetest.New(), Logger: log, CacheBytes: 1 << 20}, Logger: log, Publisher: hub})
	if err != nil {
		t.Fatal(err)
	}
	hub.Attach(store)
	server := session.New(session.Options{Store: store, Hub: hub, Logger: log, SpillDir: t.TempDir()})
	s, err := server.Open(ctx, session.Startup{User: "postgres", Database: "postgres"})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		s.Close()
		if err := hub.Shutdown(context.WithoutCancel(ctx)); err != nil {
			t.Error(err)
		}
		server.Shutdown(context.WithoutCancel(ctx))
		if err := store.Close(); err != nil {
			t.Error(err)
		}
	}()
	r := rand.New(rand.NewPCG(seed, 1))
	var earlier *pgcatalog.Snapshot
	var done []string
	for i := range length {
		sql := statement(r)
		if i < len(first) {
			sql = first[i]
		}
		if s.SimpleQuery(ctx, sql, quiet{}) != nil {
			continue
		}
		if err := s.Sync(ctx); err != nil {
			t.Fatal(err)
		}
		done = append(done, sql)
		cat := store.Catalog()
		database, role := cat.Database("postgres"), cat.Role("postgres")
		earlier = pgcatalog.NewSnapshot(cat, database, role, earlier)
		if !same(t, earlier, pgcatalog.NewSnapshot(cat, database, role, nil)) {
			t.Fatalf("after\n%s", strings.Join(done, ";\n"))
		}
	}
	if len(done) < length/10 {
		t.Errorf("only %d of %d statements succeeded", len(done), length)
	}
}

// same compares all relations.
func same(t *testing.T, a, b *pgcatalog.Snapshot) bool {
	ok := true
	for _, v := range catalog.Virtuals() {
		if !pgcatalog.Has(v) {
			continue
		}
		have, want := texts(t, a, v), texts(t, b, v)
		if slices.Equal(have, want) {
			continue
		}
		ok = false
		for _, row := range have {
			if _, found := slices.BinarySearch(want, row); !found {
				t.Errorf("%s has %s", v.Name, row)
			}
		}
		for _, row := range want {
			if _, found := slices.BinarySearch(have, row); !found {
				t.Errorf("%s has not %s", v.Name, row)
			}
		}
	}
	return ok
}

// texts gives the rows of a relation, without their system columns, in order.
func texts(t *testing.T, s *pgcatalog.Snapshot, v *catalog.Virtual) (list []string) {
	err := s.Rows(v, -1, types.Null, func(row types.Row) error {
		var b strings.Builder
		for i, c := range v.Columns {
			if b.WriteByte('|'); !row[i].IsNull() {
				b.WriteString(c.Type.Text(row[i], types.DefaultEnv))
			}
		}
		list = append(list, b.String())
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	slices.Sort(list)
	return list
}
