package tables

import (
	"context"
	"fmt"
	"sync/atomic"
	"testing"

	"github.com/kalamsql/kalamsql/sql/catalog"
	"github.com/kalamsql/kalamsql/sql/types"
)

// benchTable is a table with rows 0 to rows-1.
func benchTable(b *testing.B, rows int) (*world, *catalog.Table) {
	b.Helper()
	w := newWorld(b)
	table := w.table(shape{name: "bench", columns: "id int8, room text, body text, n int8", primary: "id", index: []string{"room"}})
	tx := w.store.Begin(TxOptions{Sync: true})
	for id := range rows {
		if _, err := tx.Insert(context.Background(), table, "", benchRow(id)); err != nil {
			b.Fatal(err)
		}
	}
	w.commit(tx)
	w.publications(w.store.Applied())
	b.ReportAllocs()
	b.ResetTimer()
	return w, table
}

func benchRow(id int) types.Row {
	return append(make(types.Row, 0, 5), types.Int(int64(id)), types.String("general"), types.String("a message of some length, as people write them"), types.Int(1))
}

// BenchmarkInsert inserts rows, with a commit for each or for a hundred.
func BenchmarkInsert(b *testing.B) {
	for _, per := range []int{1, 100} {
		b.Run(fmt.Sprintf("commit=%d", per), func(b *testing.B) {
			w, table := benchTable(b, 0)
			ctx := context.Background()
			for i := 0; i < b.N; i += per {
				tx := w.store.Begin(TxOptions{})
				tx.StartStatement()
				for j := range per {
					if _, err := tx.Insert(ctx, table, "", benchRow(i+j)); err != nil {
						b.Fatal(err)
					}
				}
				if _, err := tx.Commit(ctx); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// BenchmarkUpdate changes one row by its primary key, with a commit each.
func BenchmarkUpdate(b *testing.B) {
	w, table := benchTable(b, 10_000)
	ctx := context.Background()
	for i := range b.N {
		tx := w.store.Begin(TxOptions{})
		tx.StartStatement()
		cursor, err := tx.Scan(ctx, pointScan(table, int64(i%10_000)))
		if err != nil || !cursor.Next() {
			b.Fatal(err)
		}
		got, err := tx.Lock(ctx, table, cursor.Ref(), LockNoKeyUpdate, Block)
		if err != nil || got.Status != Unchanged {
			b.Fatal(err)
		}
		row := append(make(types.Row, 0, 5), cursor.Row()[:4]...)
		row[3] = types.Int(int64(i + 2))
		if _, err := tx.Update(ctx, table, cursor.Ref(), row); err != nil {
			b.Fatal(err)
		}
		cursor.Close()
		if _, err := tx.Commit(ctx); err != nil {
			b.Fatal(err)
		}
	}
}

func pointScan(table *catalog.Table, id int64) Scan {
	return Scan{Table: table, Index: table.Indexes[0], Ranges: []Range{{Prefix: []types.Datum{types.Int(id)}}}}
}

// BenchmarkPointRead reads one row by its primary key, in a transaction each.
func BenchmarkPointRead(b *testing.B) {
	w, table := benchTable(b, 10_000)
	ctx := context.Background()
	for i := range b.N {
		tx := w.store.Begin(TxOptions{})
		tx.StartStatement()
		cursor, err := tx.Scan(ctx, pointScan(table, int64(i%10_000)))
		if err != nil || !cursor.Next() {
			b.Fatal(err)
		}
		cursor.Close()
		tx.Rollback()
	}
}

// BenchmarkScan reads rows of a table, in the order of storage and of an index.
func BenchmarkScan(b *testing.B) {
	for _, name := range []string{"table", "index", "one column"} {
		b.Run(name, func(b *testing.B) {
			w, table := benchTable(b, 10_000)
			tx := w.store.Begin(TxOptions{})
			defer tx.Rollback()
			s := Scan{Table: table}
			switch name {
			case "index":
				s.Index = table.Indexes[1]
			case "one column":
				s.Need = []bool{false, false, false, true}
			}
			for n := 0; n < b.N; {
				tx.StartStatement()
				cursor, err := tx.Scan(context.Background(), s)
				if err != nil {
					b.Fatal(err)
				}
				for cursor.Next() && n < b.N {
					n++
				}
				cursor.Close()
			}
		})
	}
}

// BenchmarkCommitTogether commits one row each from many goroutines, durably.
func BenchmarkCommitTogether(b *testing.B) {
	w, table := benchTable(b, 0)
	var id atomic.Int64
	b.SetParallelism(16)
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			tx := w.store.Begin(TxOptions{Sync: true})
			_, err := tx.Insert(context.Background(), table, "", benchRow(int(id.Add(1))))
			if err == nil {
				_, err = tx.Commit(context.Background())
			}
			if err != nil {
				b.Error(err)
				return
			}
		}
	})
}

// BenchmarkOneRow has many goroutines add one to one row, durably: each waits for
// the one before it, whose commit is then visible, not durable.
func BenchmarkOneRow(b *testing.B) {
	w, table := benchTable(b, 1)
	b.SetParallelism(16)
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			if err := addOne(w, table); err != nil {
				b.Error(err)
				return
			}
		}
	})
	b.StopTimer()
	c := w.begin(ReadCommitted)
	if row := c.read(Scan{Table: table})[0]; row[3].Int() != int64(b.N)+1 {
		b.Errorf("%d updates left %d", b.N, row[3].Int())
	}
}

func addOne(w *world, table *catalog.Table) error {
	ctx := context.Background()
	tx := w.store.Begin(TxOptions{Sync: true})
	defer tx.Rollback()
	tx.StartStatement()
	cursor, err := tx.Scan(ctx, pointScan(table, 0))
	if err != nil {
		return err
	}
	defer cursor.Close()
	if !cursor.Next() {
		return cursor.Err()
	}
	got, err := tx.Lock(ctx, table, cursor.Ref(), LockNoKeyUpdate, Block)
	if err != nil {
		return err
	}
	row := append(make(types.Row, 0, 5), got.Row[:4]...)
	row[3] = types.Int(row[3].Int() + 1)
	if _, err := tx.Update(ctx, table, cursor.Ref(), row); err != nil {
		return err
	}
	_, err = tx.Commit(ctx)
	return err
}
