package circuit_test

import (
	"encoding/binary"
	"flag"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"sort"
	"strings"
	"testing"
	"time"

	"github.com/kalamsql/kalamsql/exec"
	"github.com/kalamsql/kalamsql/live/circuit"
	"github.com/kalamsql/kalamsql/live/livetest"
	"github.com/kalamsql/kalamsql/sql/catalog"
	"github.com/kalamsql/kalamsql/sql/expr"
	"github.com/kalamsql/kalamsql/sql/parser"
	"github.com/kalamsql/kalamsql/sql/plan"
	"github.com/kalamsql/kalamsql/sql/types"
)

var (
	seeds = flag.Uint64("seeds", 4000, "how many random queries to check")
	first = flag.Uint64("first", 0, "the first seed")
)

// model is tables in memory, and circuits over them.
type model struct {
	cat    *catalog.Catalog
	tables []*catalog.Table
	rows   map[catalog.OID]map[string]types.Row
	random *rand.Rand
	// numerics are those that there are.
	numerics []string
	// ids is how many rows a table has at most.
	ids int64
	// begins: circuits are given the rows there are one by one.
	begins bool
}

func newModel(seed uint64) *model {
	m := &model{ids: 12, rows: map[catalog.OID]map[string]types.Row{}, random: rand.New(rand.NewPCG(seed, 1)), begins: seed/4%2 == 0}
	e := catalog.Load(slices.Values(catalog.Bootstrap()), 1).Edit()
	for _, name := range []string{"a", "b", "c"} {
		t := &catalog.Table{OID: e.NewOID(), Name: name, Schema: catalog.SchemaPublic, Database: catalog.DatabaseFirst, Owner: catalog.RolePostgres,
			Kind: catalog.KindDurable, NextColumn: 6}
		for i, c := range []struct {
			name string
			t    *types.Type
		}{{"id", types.Int4}, {"k", types.Int4}, {"v", types.Int4}, {"n", types.Numeric}, {"s", types.Text}} {
			t.Columns = append(t.Columns, &catalog.Column{Num: int16(i + 1), Name: c.name, Type: catalog.TypeRef{Type: c.t}, Typmod: types.NoTypmod, NotNull: i == 0})
		}
		t.Indexes = []*catalog.Index{{OID: e.NewOID(), Name: name + "_pkey", Unique: true, Primary: true, Constraint: true, Keys: []catalog.IndexKey{{Column: 1}}}}
		e.Put(t)
		m.tables = append(m.tables, t)
		m.rows[t.OID] = map[string]types.Row{}
	}
	m.cat = e.Done()
	return m
}

func (m *model) plan(t testing.TB, sql string) *plan.Plan {
	t.Helper()
	stmt, err := parser.ParseOne(sql)
	if err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
	env := &plan.Env{Catalog: m.cat, Database: catalog.DatabaseFirst, SearchPath: []string{"public"}, Types: types.DefaultEnv, Functions: context(nil)}
	p, err := plan.Statement(env, stmt.Statement, nil, 0)
	if err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
	return p
}

func context(t *testing.T) *expr.Context {
	c := &expr.Context{Env: types.DefaultEnv, TxTime: time.Unix(1e9, 0), StatementTime: time.Unix(1e9, 0), Clock: time.Now}
	if t != nil {
		c.Ctx = t.Context()
	}
	return c
}

// row makes a row with few different values, so that much is equal.
func (m *model) row(t *catalog.Table, id int64) types.Row {
	value := func(d types.Datum) types.Datum {
		if m.random.IntN(6) == 0 {
			return types.Null
		}
		return d
	}
	numeric, err := types.Numeric.Input(m.numerics[m.random.IntN(len(m.numerics))], types.NoTypmod, types.DefaultEnv)
	if err != nil {
		panic(err)
	}
	return types.Row{types.Int(id), value(types.Int(m.random.Int64N(5))), value(types.Int(m.random.Int64N(9))), value(numeric),
		value(types.String(string(rune('p' + m.random.IntN(4))))), types.Int(int64(t.OID)), types.Null}
}

// commit changes a few rows, and says how.
func (m *model) commit(most int) map[catalog.OID][]circuit.Change {
	changes := map[catalog.OID]map[string]circuit.Change{}
	for range 1 + m.random.IntN(most) {
		t := m.tables[m.random.IntN(len(m.tables))]
		id := m.random.Int64N(m.ids)
		key := string(binary.BigEndian.AppendUint32(nil, uint32(id)))
		rows := m.rows[t.OID]
		if changes[t.OID] == nil {
			changes[t.OID] = map[string]circuit.Change{}
		}
		ch, seen := changes[t.OID][key]
		if !seen {
			ch = circuit.Change{ID: key, Old: rows[key]}
		}
		if rows[key] != nil && m.random.IntN(3) == 0 {
			delete(rows, key)
		} else {
			rows[key] = m.row(t, id)
		}
		ch.New = rows[key]
		changes[t.OID][key] = ch
	}
	out := map[catalog.OID][]circuit.Change{}
	for oid, list := range changes {
		for _, key := range slices.Sorted(maps.Keys(list)) {
			if ch := list[key]; ch.Old != nil || ch.New != nil {
				out[oid] = append(out[oid], ch)
			}
		}
	}
	return out
}

func (m *model) all() (rows map[catalog.OID][]types.Row, changes map[catalog.OID][]circuit.Change) {
	rows, changes = map[catalog.OID][]types.Row{}, map[catalog.OID][]circuit.Change{}
	for oid, of := range m.rows {
		for _, key := range slices.Sorted(maps.Keys(of)) {
			rows[oid] = append(rows[oid], of[key])
			changes[oid] = append(changes[oid], circuit.Change{ID: key, New: of[key]})
		}
	}
	return rows, changes
}

// texts shows rows, in their order or sorted.
func texts(p *plan.Plan, rows []types.Row, ordered bool) string {
	cols := p.Root.Columns()
	out := make([]string, len(rows))
	for i, row := range rows {
		var b strings.Builder
		for k, c := range cols {
			if row[k].IsNull() {
				b.WriteString("NULL|")
			} else {
				text := c.Type.Text(row[k], types.DefaultEnv)
				if ordered && c.Type == types.Numeric && strings.Contains(text, ".") {
					// Of rows that sort alike, either may be first, whatever they look like.
					text = strings.TrimRight(strings.TrimRight(text, "0"), ".")
				}
				b.WriteString(text + "|")
			}
		}
		out[i] = b.String()
	}
	if !ordered {
		sort.Strings(out)
	}
	return strings.Join(out, "\n")
}

// follow applies what a step gave to the state of a client.
func follow(t *testing.T, p *plan.Plan, state []types.Row, outs []circuit.Output, ordered bool) []types.Row {
	t.Helper()
	for _, o := range outs {
		if o.Old != nil {
			want := texts(p, []types.Row{o.Old}, false)
			at := o.FromAt
			if !ordered {
				at = slices.IndexFunc(state, func(r types.Row) bool { return texts(p, []types.Row{r}, false) == want })
			}
			if at < 0 || at >= len(state) || texts(p, []types.Row{state[at]}, false) != want {
				t.Errorf("%s is not there (at %d of %d)", want, o.FromAt, len(state))
				return state
			}
			state = slices.Delete(state, at, at+1)
		}
		if o.New != nil {
			at := o.At
			if !ordered {
				at = len(state)
			}
			state = slices.Insert(state, at, o.New)
		}
	}
	return state
}

// TestModel: the result that a circuit keeps, and the one that a client makes of
// its outputs, are what the query gives on the rows there are; after any commits.
func TestModel(t *testing.T) {
	defer circuit.ShortRuns()()
	for seed := *first; seed < *first+*seeds; seed++ {
		m := newModel(seed)
		g := &livetest.Queries{Rand: rand.New(rand.NewPCG(seed, 2)), Relations: []string{"a", "b", "c"}}
		sql := g.Query()
		if !t.Run(fmt.Sprint(seed), func(t *testing.T) { m.check(t, sql, seed%2 == 1, seed%4 == 3) }) && t.Context().Err() == nil {
			return
		}
	}
}

// TestRecursion is TestModel of WITH RECURSIVE alone, over rows that lead round in circles.
func TestRecursion(t *testing.T) {
	for seed := *first; seed < *first+*seeds/2; seed++ {
		m := newModel(seed)
		g := &livetest.Queries{Rand: rand.New(rand.NewPCG(seed, 3)), Relations: []string{"a", "b", "c"}[:1+seed%3]}
		sql := g.Walk()
		if !t.Run(fmt.Sprint(seed), func(t *testing.T) { m.check(t, sql, seed%2 == 1, seed%4 == 3) }) && t.Context().Err() == nil {
			return
		}
	}
}

// TestRanked is TestModel over more rows, of what is kept in an order: windows, aggregates, DISTINCT ON.
func TestRanked(t *testing.T) {
	defer circuit.ShortRuns()()
	for seed := *first; seed < *first+*seeds; seed++ {
		m := newModel(seed)
		m.ids = 10 + int64(seed%50)
		g := &livetest.Queries{Rand: rand.New(rand.NewPCG(seed, 4)), Relations: []string{"a", "b", "c"}[:1+seed%3/2]}
		sql := []func() string{g.Ranked, g.Ranked, g.InOrder, g.First}[seed/3%4]()
		if !t.Run(fmt.Sprint(seed), func(t *testing.T) { m.check(t, sql, seed%2 == 1, seed%4 == 3) }) && t.Context().Err() == nil {
			return
		}
	}
}

// TestTime: conditions on now() are followed as time goes on, with changes and
// without.
func TestTime(t *testing.T) {
	for i, sql := range []string{
		"SELECT id FROM a WHERE to_timestamp(v) > now() - interval '3 seconds'",
		"SELECT id, s FROM a WHERE to_timestamp(v) <= current_timestamp AND k > 1",
		"SELECT k, count(*) FROM a WHERE now() - interval '2 seconds' >= to_timestamp(v) GROUP BY k",
		"SELECT a.id, b.v FROM a JOIN b ON a.k = b.k WHERE to_timestamp(a.v) < now() AND to_timestamp(b.v) > now() - interval '4 seconds'",
		"SELECT id FROM a WHERE to_timestamp(v) BETWEEN now() - interval '2 seconds' AND now() + interval '1 second' ORDER BY id LIMIT 3",
		"SELECT id FROM (SELECT id, max(v) AS v FROM a GROUP BY id) AS x WHERE to_timestamp(v)::timestamp >= localtimestamp - interval '1 month' + interval '29 days'",
		"SELECT id FROM a WHERE date_trunc('hour', now()) > to_timestamp(v * 3600)",
		"SELECT a.id, b.id FROM a JOIN b ON a.k = b.k WHERE to_timestamp(a.v) < now() OR b.v > 7",
		"SELECT id FROM a WHERE NOT to_timestamp(v) < now() - interval '2 seconds' OR k IN (SELECT v FROM b)",
	} {
		for seed := range uint64(20) {
			m := newModel(100*uint64(i) + seed)
			m.numerics = []string{"1"}
			p := m.plan(t, sql)
			x := circuit.Build(p, exec.Evaluate, false)
			m.commit(30)
			now := time.Unix(0, 0)
			var state []types.Row
			for step := range 40 {
				var changes map[catalog.OID][]circuit.Change
				if step > 0 && m.random.IntN(2) == 0 {
					changes = m.commit(3)
				}
				rows, all := m.all()
				if step == 0 {
					changes = all
				}
				c := context(t)
				c.TxTime, c.StatementTime = now, now
				want, err := exec.Evaluate(c, p, rows, 0)
				if err != nil {
					t.Fatal(err)
				}
				outs, err := x.Step(context(t), circuit.At{}, now, changes)
				if err != nil {
					t.Fatal(err)
				}
				if step == 0 {
					state = x.Rows()()
				} else {
					state = follow(t, p, state, outs, x.Ordered)
				}
				if w, got := texts(p, want, x.Ordered), texts(p, state, x.Ordered); w != got {
					t.Fatalf("%s\n%s\nstep %d at %v: got\n%s\nwant\n%s", sql, strings.Join(x.Explain(), "\n"), step, now, got, w)
				}
				if i == 6 {
					now = now.Add(time.Duration(m.random.IntN(3600)) * time.Second)
				} else {
					now = now.Add(time.Duration(m.random.IntN(900)) * time.Millisecond)
				}
			}
		}
	}
}

// check follows a query through commits. Arrangements that are shared may be ahead of
// it by a few; or it takes only those commits that the arrangements say concern it.
func (m *model) check(t *testing.T, sql string, sharing, told bool) {
	p := m.plan(t, sql)
	x := circuit.Build(p, exec.Evaluate, sharing)
	m.numerics = []string{"0", "1.0", "2.50", "7", "-3.125"}
	if !strings.Contains(sql, "ORDER BY") && !strings.Contains(sql, "DISTINCT") {
		// Equal ones that look different; where they are ordered, either may be first.
		m.numerics = append(m.numerics, "1", "2.5", "0.00")
	}
	m.commit(30)
	shared := map[string]*circuit.Arrangement{}
	of := map[*circuit.Arrangement]catalog.OID{}
	for _, w := range x.Wants {
		a := shared[w.Identity()]
		if a == nil {
			a = circuit.NewArrangement(w, 1<<30)
			shared[w.Identity()], of[a] = a, w.Scan.Table.OID
		}
		w.Use(a)
	}
	type step struct {
		changes   map[catalog.OID][]circuit.Change
		want      []types.Row
		err       error
		concerned bool
	}
	// toldOf are the tables of which arrangements tell.
	toldOf := map[catalog.OID]bool{}
	for _, w := range x.Wants {
		toldOf[w.Scan.Table.OID] = told && w.Told
	}
	var behind []step
	var state []types.Row
	done := 0
	for n := range 14 {
		s := step{concerned: n == 0} // there may be no rows at all then
		if n > 0 {
			s.changes = m.commit(4)
		}
		rows, all := m.all()
		if n == 0 {
			s.changes = all
		}
		s.want, s.err = exec.Evaluate(context(t), p, rows, 0)
		for a, oid := range of {
			_ = a.Advance(context(t), circuit.Moment(n+1), s.changes[oid], func(*circuit.Want) { s.concerned = true }) // readers are given the error
		}
		for oid := range s.changes {
			s.concerned = s.concerned || !toldOf[oid]
		}
		if behind = append(behind, s); !told && m.random.IntN(2) == 0 && len(behind) < 4 {
			continue
		}
		for _, s := range behind {
			done++
			at := circuit.At{Before: circuit.Moment(done - 1), After: circuit.Moment(done)}
			if done == 1 {
				at.Before = at.After
				if sharing {
					s.changes = firstOf(t, x, s.changes)
				}
			}
			var outs []circuit.Output
			var err error
			switch {
			case done == 1 && m.begins:
				err = x.Begin(context(t), at, time.Unix(1e9, 0), given(s.changes))
			case s.concerned:
				outs, err = x.Step(context(t), at, time.Unix(1e9, 0), s.changes)
			}
			if s.err != nil {
				return // from now on the query has no result to compare with
			}
			if err != nil {
				for _, later := range behind {
					if later.err != nil {
						return // an arrangement has met the error already
					}
				}
				t.Fatalf("%s\n%s\nstep %d: %v", sql, strings.Join(x.Explain(), "\n"), done, err)
			}
			if done == 1 {
				state = x.Rows()()
			} else {
				state = follow(t, p, state, outs, x.Ordered)
			}
			if w, got := texts(p, s.want, x.Ordered), texts(p, state, x.Ordered); w != got && !t.Failed() {
				t.Errorf("step %d: the client has\n%s\nwant\n%s", done, got, w)
			}
			if w, got := texts(p, s.want, x.Ordered), texts(p, x.Rows()(), x.Ordered); w != got && !t.Failed() {
				t.Errorf("step %d: the circuit has\n%s\nwant\n%s", done, got, w)
			}
			if t.Failed() {
				t.Fatalf("%s\n%s", sql, strings.Join(x.Explain(), "\n"))
			}
			for a := range of {
				a.Forget(circuit.Moment(done))
			}
		}
		behind = nil
	}
}

// given gives rows one by one. Those that are not to be kept are others afterwards, and
// identities that do not matter are none.
func given(changes map[catalog.OID][]circuit.Change) map[catalog.OID]circuit.Rows {
	out := map[catalog.OID]circuit.Rows{}
	for oid, list := range changes {
		out[oid] = func(of circuit.Use, do func(circuit.Change) error) error {
			for _, ch := range list {
				if !of.Kept {
					ch.New = slices.Clone(ch.New)
				}
				if !of.Known {
					ch.ID = ""
				}
				if err := do(ch); err != nil {
					return err
				}
				if !of.Kept {
					clear(ch.New)
				}
			}
			return nil
		}
	}
	return out
}

// firstOf leaves of the rows what the first step of a circuit reads.
func firstOf(t *testing.T, x *circuit.Circuit, rows map[catalog.OID][]circuit.Change) map[catalog.OID][]circuit.Change {
	out := map[catalog.OID][]circuit.Change{}
	for oid, s := range x.Sources {
		first := s.First()
		for _, ch := range rows[oid] {
			if concerns, err := circuit.Concerns(context(t), first, ch.New); err != nil || concerns {
				out[oid] = append(out[oid], ch)
			}
		}
	}
	return out
}

// TestWhatIsIncremental: no part of these queries is evaluated again as a whole.
func TestWhatIsIncremental(t *testing.T) {
	m := newModel(0)
	for _, sql := range []string{
		"SELECT a.id, b.id FROM a JOIN b ON a.k = b.k LEFT JOIN c ON c.id = b.v WHERE a.v > 3",
		"SELECT k, count(*), sum(n), min(s) FROM a GROUP BY k HAVING count(*) > 1 ORDER BY 2 DESC, k LIMIT 3",
		"SELECT id FROM a WHERE EXISTS (SELECT FROM b WHERE b.k = a.k) AND v NOT IN (SELECT v FROM c WHERE v > 1)",
		"SELECT id, (SELECT max(v) FROM b WHERE b.k = a.k) FROM a",
		"SELECT DISTINCT ON (k) k, v FROM a ORDER BY k, v DESC",
		"SELECT k FROM a UNION SELECT v FROM b EXCEPT SELECT id FROM c",
		"SELECT id, rank() OVER (PARTITION BY k ORDER BY v, id) FROM a ORDER BY id",
		"WITH x AS (SELECT k, count(*) AS n FROM a GROUP BY k) SELECT p.k, q.n FROM x AS p JOIN x AS q ON p.n = q.n",
		"SELECT a.id, x.id FROM a, LATERAL (SELECT id FROM b WHERE b.k = a.k ORDER BY v DESC, id LIMIT 2) AS x",
		"SELECT a.id, x.n FROM a LEFT JOIN LATERAL (SELECT count(*) AS n FROM b WHERE b.k = a.k AND b.v > a.v) AS x ON true",
		"SELECT k, v, count(*) FROM a GROUP BY ROLLUP (k, v)",
		"SELECT id, unnest(ARRAY[k, v]) FROM a",
		"SELECT id, (SELECT s FROM b WHERE b.k = a.id ORDER BY v DESC, id LIMIT 1) FROM a",
		"SELECT id, ARRAY(SELECT v FROM b WHERE b.k = a.id ORDER BY v) FROM a WHERE EXISTS (SELECT FROM b WHERE b.k = a.k OFFSET 1)",
		"SELECT a.id, u FROM a, unnest(ARRAY[k, v]) AS u WHERE u > 1",
		"SELECT a.id, x.v, x.n FROM a LEFT JOIN LATERAL (SELECT b.v, count(*) AS n FROM b JOIN c ON c.id = b.k WHERE b.k = a.id GROUP BY 1) AS x ON true",
		"SELECT a.id, x.v, x.n FROM a, LATERAL (SELECT b.v, row_number() OVER (ORDER BY b.id) AS n FROM b WHERE b.k = a.id) AS x WHERE x.n < 3",
		"WITH RECURSIVE r(i, d) AS (SELECT id, 0 FROM a WHERE k IS NULL UNION ALL SELECT a.id, d + 1 FROM a JOIN r ON a.k = r.i) SELECT i, d FROM r ORDER BY d, i",
		"WITH RECURSIVE r AS (SELECT k FROM a WHERE id = 1 UNION SELECT a.k FROM a, r WHERE a.id = r.k) SELECT b.id FROM b WHERE k IN (SELECT k FROM r)",
		"WITH RECURSIVE r AS (SELECT id, k FROM a WHERE id = 1 UNION ALL SELECT a.id, a.k FROM a JOIN r ON a.id = r.k WHERE NOT EXISTS (SELECT FROM b WHERE b.id = a.id)) SEARCH DEPTH FIRST BY id SET o CYCLE id SET c USING p SELECT id, c FROM r ORDER BY o",
		"WITH RECURSIVE e AS (SELECT k, max(v) AS v FROM a GROUP BY k), r(i) AS (SELECT 1 UNION SELECT e.v FROM r LEFT JOIN e ON e.k = r.i) SELECT i, v FROM r JOIN e ON e.k = r.i",
	} {
		x := circuit.Build(m.plan(t, sql), exec.Evaluate, true)
		if lines := strings.Join(x.Explain(), "\n"); strings.Contains(lines, "Re-evaluation") {
			t.Errorf("%s\n%s", sql, lines)
		}
	}
}
