package tables

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/kalamsql/kalamsql/sql/catalog"
	"github.com/kalamsql/kalamsql/sql/sqlerr"
	"github.com/kalamsql/kalamsql/sql/types"
	"github.com/kalamsql/kalamsql/storage"
	"github.com/kalamsql/kalamsql/tables/blocks"
)

// The model is the commits in the order of their sequence, applied change by
// change to a map per table. Everything anybody has seen must be a state of it:
// a snapshot the state at its sequence, and what a serializable transaction has
// read the state just before its commit.

// sight is what a transaction has read of a table, at a moment of the model.
type sight struct {
	table *catalog.Table
	user  string
	at    storage.Seq
	rows  string
}

// modeler runs random transactions.
type modeler struct {
	*world
	tables []*catalog.Table
	// serializable: all transactions are, so that what they read can be told.
	serializable bool
	mu           struct {
		sync.Mutex
		sights []sight
		errors map[sqlerr.Code]int
	}
}

var modelUsers = []string{"ann", "bob"}

// TestModel runs random transactions from several goroutines, and compares all
// there is to see with the model.
func TestModel(t *testing.T) {
	for seed := range uint64(12) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) { runModel(t, seed) })
	}
}

func runModel(t *testing.T, seed uint64) {
	// Blocks of few rows, which there is room for only now and then.
	limits := blocks.Limits{Bytes: 1 << (12 + seed%4*2), Rows: 4, RowBytes: 1 << 20}
	spill := int64(0)
	if seed%4 == 1 {
		spill = 1 // all to files
	}
	m := &modeler{world: newWorldOf(t, limits, spill), serializable: seed%2 == 0}
	m.mu.errors = map[sqlerr.Code]int{}
	columns := "id int8, u int4, v int4"
	m.tables = []*catalog.Table{
		m.table(shape{name: "a", columns: columns, primary: "id", unique: []string{"u"}, index: []string{"v", "v desc u"}}),
		m.table(shape{name: "b", columns: columns, primary: "u id", index: []string{"v"}, perUser: true}),
		m.table(shape{name: "c", columns: columns, index: []string{"v"}}),
		m.table(shape{name: "d", columns: columns, primary: "id", unique: []string{"v"}, kind: catalog.KindStream, maxRows: 6}),
	}
	m.publications(m.store.Applied())
	var wg sync.WaitGroup
	for g := range uint64(4) {
		wg.Add(1)
		go func() {
			defer wg.Done()
			r := rand.New(rand.NewPCG(seed, g))
			for range 40 {
				level := Isolation(r.IntN(3))
				if m.serializable {
					level = Serializable
				}
				if err := m.transaction(r, level); err != nil {
					t.Error(err)
					return
				}
			}
		}()
	}
	wg.Wait()
	m.check(m.publications(m.store.Applied()))
}

// transaction runs one transaction. Errors that are expected end it.
func (m *modeler) transaction(r *rand.Rand, level Isolation) error {
	ctx := context.Background()
	c := &client{world: m.world, tx: m.store.Begin(TxOptions{Isolation: level, Sync: r.IntN(4) == 0}), user: modelUsers[r.IntN(2)]}
	defer c.tx.Rollback()
	sights := m.look(c, r)
	err := m.write(c, r)
	var seq storage.Seq
	if err == nil {
		seq, err = c.tx.Commit(ctx)
	}
	var e *sqlerr.Error
	switch {
	case errors.As(err, &e) && slices.Contains([]sqlerr.Code{"23505", "40001", "40P01"}, e.Code):
	case err != nil:
		return err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if e != nil {
		m.mu.errors[e.Code]++
	}
	m.mu.sights = append(m.mu.sights, sights...)
	if seq > 0 && m.serializable {
		for _, s := range sights {
			s.at = seq - 1 // just before its own commit
			m.mu.sights = append(m.mu.sights, s)
		}
	}
	return nil
}

// look reads some tables in one statement.
func (m *modeler) look(c *client, r *rand.Rand) (list []sight) {
	c.tx.StartStatement()
	at := c.tx.view().Seq()
	for range r.IntN(3) {
		table := m.tables[r.IntN(len(m.tables))]
		s := Scan{Table: table, User: c.user}
		if r.IntN(2) == 0 {
			s.Index = table.Indexes[r.IntN(len(table.Indexes))]
		}
		s.NoKeys = r.IntN(2) == 0
		cursor, err := c.tx.Scan(context.Background(), s)
		if err != nil {
			m.t.Error(err)
			return nil
		}
		var rows []string
		for cursor.Next() {
			rows = append(rows, fmt.Sprint(show(table, cursor.Row()), "@", seqOf(table, cursor.Row())))
		}
		if cursor.Close(); cursor.Err() != nil {
			m.t.Error(cursor.Err())
		}
		slices.Sort(rows)
		user := ""
		if table.PerUser {
			user = c.user
		}
		list = append(list, sight{table, user, at, strings.Join(rows, " ")})
	}
	return list
}

// write changes some rows.
func (m *modeler) write(c *client, r *rand.Rand) error {
	small := func() any {
		if r.IntN(8) == 0 {
			return nil
		}
		return r.IntN(12)
	}
	var mark *Mark
	for range 1 + r.IntN(5) {
		table := m.tables[r.IntN(len(m.tables))]
		key := table.Indexes[0].Primary
		id := fmt.Sprint(r.IntN(12))
		var err error
		for range r.IntN(4) {
			runtime.Gosched() // let others come between
		}
		switch r.IntN(9) {
		case 0, 1:
			err = c.tryInsert(table, id, r.IntN(12), small())
		case 2:
			if !key {
				continue
			}
			c.tx.StartStatement()
			row := values(m.t, table, id, r.IntN(12), small())
			ref, conflict, existing, cerr := c.tx.InsertUnlessConflict(context.Background(), table, c.user, row, table.Indexes[:1], true)
			if err = cerr; err == nil && ref == nil {
				next := existing[:len(table.Columns)].Clone()
				next[2] = row[2]
				_, err = c.tx.Update(context.Background(), table, *conflict, next)
			}
		case 3, 4:
			_, err = c.tryUpdate(table, "v", fmt.Sprint(r.IntN(12)), "id", id)
		case 5:
			_, err = c.tryUpdate(table, "id", fmt.Sprint(r.IntN(12)), "id", id)
		case 6:
			_, err = c.tryDelete(table, "id", id)
		case 7:
			s := c.tx.Savepoint()
			mark = &s
		case 8:
			if mark != nil {
				c.tx.RollbackTo(*mark)
			}
		}
		var e *sqlerr.Error
		if mark != nil && errors.As(err, &e) && e.Code == "23505" {
			c.tx.RollbackTo(*mark) // and go on, as one does with savepoints
			err = nil
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// check replays the commits and compares.
func (m *modeler) check(published []*ChangeSet) {
	t := m.t
	type place struct {
		table catalog.OID
		user  string
	}
	state := map[place]map[string]types.Row{}
	render := func(p place, table *catalog.Table) string {
		var rows []string
		for _, row := range state[p] {
			rows = append(rows, fmt.Sprint(show(table, row), "@", seqOf(table, row)))
		}
		slices.Sort(rows)
		return strings.Join(rows, " ")
	}
	sights := m.mu.sights
	slices.SortStableFunc(sights, func(a, b sight) int { return int(a.at) - int(b.at) })
	verify := func(before storage.Seq) {
		for len(sights) > 0 && sights[0].at < before {
			s := sights[0]
			sights = sights[1:]
			if have := render(place{s.table.OID, s.user}, s.table); have != s.rows {
				t.Errorf("table %s of %q was read at %d as\n%s\nand is there\n%s", s.table.Name, s.user, s.at, s.rows, have)
			}
		}
	}
	last := storage.Seq(0)
	for _, cs := range published {
		if cs.Seq <= last {
			t.Errorf("commit %d was published after %d", cs.Seq, last)
		}
		last = cs.Seq
		verify(cs.Seq)
		seen := map[string]bool{}
		for i := range cs.Changes {
			c := &cs.Changes[i]
			if seen[c.Key] {
				t.Errorf("commit %d has two changes of a row", cs.Seq)
			}
			seen[c.Key] = true
			p := place{c.Table.OID, c.User}
			if state[p] == nil {
				state[p] = map[string]types.Row{}
			}
			m.apply(state[p], c)
			if c.Table.MaxRows > 0 && i == len(cs.Changes)-1 && int64(len(state[p])) > c.Table.MaxRows {
				t.Errorf("table %s has %d rows", c.Table.Name, len(state[p]))
			}
		}
	}
	verify(1 << 62)
	for _, table := range m.tables {
		for _, u := range modelUsers {
			c := m.begin(RepeatableRead)
			c.user = u
			c.consistent(table)
			p := place{table.OID, ""}
			if table.PerUser {
				p.user = u
			}
			var rows []string
			for _, row := range c.read(Scan{Table: table}) {
				rows = append(rows, fmt.Sprint(show(table, row), "@", seqOf(table, row)))
			}
			slices.Sort(rows)
			want(t, "rows of "+table.Name, strings.Join(rows, " "), render(p, table))
			c.tx.Rollback()
		}
		if !table.PerUser {
			m.consistent(table)
		}
	}
	for _, w := range []*world{m.world, m.crash()} {
		for _, table := range m.tables {
			if !table.Durable() || table.PerUser {
				continue
			}
			logged := strings.Fields(w.replayed(table))
			rows := strings.Fields(w.all(table))
			slices.Sort(logged)
			slices.Sort(rows)
			want(t, "log of "+table.Name, strings.Join(logged, " "), strings.Join(rows, " "))
		}
	}
	want(t, "locks left", m.store.locks.Len(), 0)
	t.Logf("%d commits, errors %v", len(published), maps.Clone(m.mu.errors))
}
