package tables

import (
	"context"
	"testing"

	"github.com/kalamsql/kalamsql/sql/catalog"
	"github.com/kalamsql/kalamsql/sql/types"
)

var people = shape{name: "p", columns: "id int8, email text, a int4, b int4", primary: "id", unique: []string{"email", "a b"}}

// TestUniqueViolation has PostgreSQL's code, wording, detail and fields.
func TestUniqueViolation(t *testing.T) {
	w := newWorld(t)
	p := w.table(people)
	w.do(func(c *client) { c.insert(p, 1, "x", 1, 2); c.insert(p, 2, "y", 1, nil); c.insert(p, 3, nil, 1, nil) })
	for _, try := range []struct {
		row                []any
		constraint, detail string
	}{
		{[]any{1, "z", 9, 9}, "p_pkey", "Key (id)=(1) already exists."},
		{[]any{4, "x", 9, 9}, "p_email_key", "Key (email)=(x) already exists."},
		{[]any{4, nil, 1, 2}, "p_a_b_key", "Key (a, b)=(1, 2) already exists."},
		{[]any{1, "x", 1, 2}, "p_pkey", "Key (id)=(1) already exists."},
	} {
		c := w.begin(ReadCommitted)
		e := wantError(t, c.tryInsert(p, try.row...), "23505", `duplicate key value violates unique constraint "`+try.constraint+`"`)
		want(t, "detail", e.Detail, try.detail)
		want(t, "constraint", e.Constraint, try.constraint)
		want(t, "table", e.Schema+"."+e.Table, "public.p")
		c.tx.Rollback()
	}
	c := w.begin(ReadCommitted)
	_, err := c.tryUpdate(p, "email", "y", "id", "1")
	want(t, "detail", wantError(t, err, "23505", "p_email_key").Detail, "Key (email)=(y) already exists.")
	_, err = c.tryUpdate(p, "id", "2", "id", "1")
	want(t, "detail", wantError(t, err, "23505", "p_pkey").Detail, "Key (id)=(2) already exists.")
	c.tx.Rollback()
	// Keys that are given up in the same transaction are free.
	c = w.begin(ReadCommitted)
	c.update(p, "email", "z", "id", "1")
	c.insert(p, 4, "x", 4, 4)
	c.delete(p, "id", "2")
	c.insert(p, 2, "y", 2, 2)
	c.update(p, "id", "5", "id", "2")
	c.consistent(p)
	w.commit(c.tx)
	w.consistent(p)
	want(t, "rows", w.all(p), "1,z,1,2 3,-,1,- 4,x,4,4 5,y,2,2")
}

// TestNullsNotDistinct has NULL equal NULL in an index that says so, and only
// there.
func TestNullsNotDistinct(t *testing.T) {
	w := newWorld(t)
	s := people
	s.name, s.nullsNotDistinct = "n", true
	n := w.table(s)
	w.do(func(c *client) { c.insert(n, 1, nil, 1, nil) })
	c := w.begin(ReadCommitted)
	e := wantError(t, c.tryInsert(n, 2, nil, 2, 2), "23505", "n_email_key")
	want(t, "detail", e.Detail, "Key (email)=(null) already exists.")
	e = wantError(t, c.tryInsert(n, 2, "x", 1, nil), "23505", "n_a_b_key")
	want(t, "detail", e.Detail, "Key (a, b)=(1, null) already exists.")
	c.insert(n, 2, "x", 2, nil)
}

// TestOnConflict gives the row in the way in an arbiter index, checks arbiters
// first, and refuses a duplicate in any other index.
func TestOnConflict(t *testing.T) {
	ctx := context.Background()
	w := newWorld(t)
	p := w.table(people)
	w.do(func(c *client) { c.insert(p, 1, "x", 1, 1); c.insert(p, 2, "y", 2, 2) })
	try := func(c *client, arbiters []*catalog.Index, list ...any) (string, error) {
		c.tx.StartStatement()
		ref, conflict, existing, err := c.tx.InsertUnlessConflict(ctx, p, "", values(t, p, list...), arbiters, true)
		switch {
		case err != nil:
			return "", err
		case ref != nil:
			return "inserted", nil
		}
		if !c.store.locks.Holds(&c.tx.owner, conflict.key, rowModes[LockNoKeyUpdate]) {
			t.Error("the row in the way is not locked")
		}
		return show(p, existing), nil
	}
	email := []*catalog.Index{p.Indexes[1]}
	c := w.begin(ReadCommitted)
	for _, s := range []struct {
		arbiters []*catalog.Index
		row      []any
		want     string
	}{
		{nil, []any{3, "z", 3, 3}, "inserted"},
		{nil, []any{1, "q", 4, 4}, "1,x,1,1"},
		{nil, []any{9, "q", 2, 2}, "2,y,2,2"},
		{nil, []any{9, "z", 9, 9}, "3,z,3,3"}, // its own
		{email, []any{9, "y", 9, 9}, "2,y,2,2"},
		{email, []any{1, "y", 1, 1}, "2,y,2,2"}, // the arbiter first
	} {
		got, err := try(c, s.arbiters, s.row...)
		if err != nil {
			t.Fatal(err)
		}
		want(t, "outcome", got, s.want)
	}
	_, err := try(c, email, 1, "new", 9, 9)
	wantError(t, err, "23505", "p_pkey")
	_, err = try(c, email, 9, "new", 1, 1)
	wantError(t, err, "23505", "p_a_b_key")

	// A row that the snapshot does not show is 40001 above READ COMMITTED.
	c.tx.Rollback()
	c = w.begin(RepeatableRead)
	c.all(p)
	w.do(func(c *client) { c.insert(p, 7, "seven", 7, 7) })
	_, err = try(c, nil, 7, "q", 8, 8)
	wantError(t, err, "40001", "could not serialize access due to concurrent update")
}

// TestUniqueWaits has one who inserts a key wait for one who is inserting,
// deleting or changing a row that has it, and then decide.
func TestUniqueWaits(t *testing.T) {
	for _, s := range []struct {
		name   string
		first  func(*client, *catalog.Table)
		row    []any
		commit string // constraint that is violated if the first commits
		abort  string
	}{
		{"insert key", func(c *client, p *catalog.Table) { c.insert(p, 9, "n", 9, 9) }, []any{9, "m", 8, 8}, "p_pkey", ""},
		{"insert entry", func(c *client, p *catalog.Table) { c.insert(p, 9, "n", 9, 9) }, []any{8, "n", 8, 8}, "p_email_key", ""},
		{"delete key", func(c *client, p *catalog.Table) { c.delete(p, "id", "1") }, []any{1, "n", 9, 9}, "", "p_pkey"},
		{"delete entry", func(c *client, p *catalog.Table) { c.delete(p, "id", "1") }, []any{9, "x", 9, 9}, "", "p_email_key"},
		{"give entry up", func(c *client, p *catalog.Table) { c.update(p, "email", "n", "id", "1") }, []any{9, "x", 9, 9}, "", "p_email_key"},
		{"take entry", func(c *client, p *catalog.Table) { c.update(p, "email", "n", "id", "1") }, []any{9, "n", 9, 9}, "p_email_key", ""},
		{"change beside entry", func(c *client, p *catalog.Table) { c.update(p, "a", "7", "id", "1") }, []any{9, "x", 9, 9}, "p_email_key", "p_email_key"},
		{"move behind entry", func(c *client, p *catalog.Table) { c.update(p, "id", "5", "id", "1") }, []any{9, "x", 9, 9}, "p_email_key", "p_email_key"},
		{"move away", func(c *client, p *catalog.Table) { c.update(p, "id", "5", "id", "1") }, []any{1, "n", 9, 9}, "", "p_pkey"},
		{"exchange entries", func(c *client, p *catalog.Table) {
			c.update(p, "email", "t", "id", "1")
			c.update(p, "email", "x", "id", "2")
			c.update(p, "email", "y", "id", "1")
		}, []any{9, "x", 9, 9}, "p_email_key", "p_email_key"},
	} {
		for _, commits := range []bool{true, false} {
			t.Run(s.name, func(t *testing.T) {
				w := newWorld(t)
				p := w.table(people)
				w.do(func(c *client) { c.insert(p, 1, "x", 1, 1); c.insert(p, 2, "y", 2, 2) })
				first, second := w.begin(ReadCommitted), w.begin(ReadCommitted)
				s.first(first, p)
				done := second.waiting(func() error { return second.tryInsert(p, s.row...) })
				violated := s.abort
				if commits {
					violated = s.commit
					w.commit(first.tx)
				} else {
					first.tx.Rollback()
				}
				if err := <-done; violated != "" {
					wantError(t, err, "23505", violated)
				} else if err != nil {
					t.Error(err)
				} else {
					w.commit(second.tx)
				}
				second.tx.Rollback()
				w.consistent(p)
			})
		}
	}
}

// TestNoPrimaryKey keeps rows that are alike apart.
func TestNoPrimaryKey(t *testing.T) {
	w := newWorld(t)
	h := w.table(shape{name: "h", columns: "v text", index: []string{"v"}})
	w.do(func(c *client) { c.insert(h, "x"); c.insert(h, "x"); c.insert(h, "y") })
	w.restart() // the clock has not moved
	h = w.store.Catalog().Table(h.OID)
	w.do(func(c *client) { c.insert(h, "x"); c.insert(h, "z") })
	want(t, "rows", w.all(h), "x x y x z")
	n := 0
	w.do(func(c *client) {
		n, _ = c.modify(h, is(h, "v", "x"), func(r types.Row) types.Row {
			if n++; n == 2 {
				return nil
			}
			return types.Row{types.String("w")}
		})
	})
	want(t, "rows", w.all(h), "w y w z")
	w.consistent(h)
}
