package largeobject

import (
	"bytes"
	"context"
	"errors"
	"math/rand/v2"
	"testing"

	"github.com/kalamsql/kalamsql/sql/catalog"
	"github.com/kalamsql/kalamsql/sql/sqlerr"
	"github.com/kalamsql/kalamsql/storage"
	"github.com/kalamsql/kalamsql/storage/storagetest"
	"github.com/kalamsql/kalamsql/tables"
)

func open(t *testing.T, fs *storagetest.FS) *tables.Store {
	t.Helper()
	s, err := tables.Open(context.Background(), tables.Options{Storage: storage.Options{Dir: "data", FS: fs}})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// in runs f in a transaction, which commits if f says so.
func in(t *testing.T, s *tables.Store, f func(l Objects) (commit bool)) {
	t.Helper()
	tx := s.Begin(tables.TxOptions{Sync: true})
	tx.StartStatement()
	if !f(Objects{Tx: tx, Database: catalog.DatabaseFirst}) {
		tx.Rollback()
		return
	}
	if _, err := tx.Commit(context.Background()); err != nil {
		t.Fatal(err)
	}
}

// TestModel writes, truncates and reads at random places, in transactions that commit
// or do not, over restarts, and compares with bytes in memory.
func TestModel(t *testing.T) {
	ctx := context.Background()
	const id = 4711
	rnd := rand.New(rand.NewPCG(1, 2))
	fs := storagetest.New()
	s := open(t, fs)
	defer func() { _ = s.Close() }()
	in(t, s, func(l Objects) bool {
		if err := l.Create(ctx, id, catalog.RolePostgres); err != nil {
			t.Fatal(err)
		}
		return true
	})
	var model []byte
	for round := range 120 {
		if round%40 == 39 {
			if err := s.Close(); err != nil {
				t.Fatal(err)
			}
			s = open(t, fs)
		}
		in(t, s, func(l Objects) bool {
			was := bytes.Clone(model)
			for range 1 + rnd.IntN(5) {
				at := rnd.Int64N(5 * PageSize)
				switch rnd.IntN(4) {
				case 0:
					if err := l.Truncate(ctx, id, at); err != nil {
						t.Fatal(err)
					}
					model = append(model, make([]byte, max(0, int(at)-len(model)))...)[:at]
				default:
					data := make([]byte, 1+rnd.IntN(2*PageSize))
					for i := range data {
						data[i] = byte(rnd.Uint32())
					}
					if err := l.Write(ctx, id, at, data); err != nil {
						t.Fatal(err)
					}
					model = append(model, make([]byte, max(0, int(at)+len(data)-len(model)))...)
					copy(model[at:], data)
				}
				compare(ctx, t, l, id, model, rnd)
			}
			if rnd.IntN(3) == 0 {
				model = was
				return false
			}
			return true
		})
	}
	in(t, s, func(l Objects) bool {
		compare(ctx, t, l, id, model, rnd)
		if err := l.Unlink(ctx, id); err != nil {
			t.Fatal(err)
		}
		if _, err := l.Get(ctx, id); !isMissing(err) {
			t.Fatalf("it is still there: %v", err)
		}
		pages := 0
		if err := l.Pages(ctx, func(catalog.OID, int64, string) error { pages++; return nil }); err != nil || pages != 0 {
			t.Fatalf("%d pages are left, %v", pages, err)
		}
		return true
	})
}

func isMissing(err error) bool {
	var e *sqlerr.Error
	return errors.As(err, &e) && e.Code == sqlerr.UndefinedObject
}

func compare(ctx context.Context, t *testing.T, l Objects, id catalog.OID, model []byte, rnd *rand.Rand) {
	t.Helper()
	if size, err := l.Size(ctx, id); err != nil || size != int64(len(model)) {
		t.Fatalf("size %d, %v; want %d", size, err, len(model))
	}
	at, n := rnd.Int64N(int64(len(model))+10), rnd.Int64N(3*PageSize)
	got, err := l.Read(ctx, id, at, n)
	if err != nil {
		t.Fatal(err)
	}
	want := model[min(at, int64(len(model))):min(at+n, int64(len(model)))]
	if !bytes.Equal(got, want) {
		t.Fatalf("read %d at %d: the bytes are others", n, at)
	}
}

// TestCreateTwice demands that an OID is taken once, also by transactions side by side.
func TestCreateTwice(t *testing.T) {
	ctx := context.Background()
	s := open(t, storagetest.New())
	defer func() { _ = s.Close() }()
	in(t, s, func(l Objects) bool { return l.Create(ctx, 5, catalog.RolePostgres) == nil })
	in(t, s, func(l Objects) bool {
		var e *sqlerr.Error
		if err := l.Create(ctx, 5, catalog.RolePostgres); !errors.As(err, &e) || e.Code != sqlerr.UniqueViolation {
			t.Fatalf("created twice: %v", err)
		}
		other := Objects{Tx: l.Tx, Database: 77}
		if err := other.Create(ctx, 5, catalog.RolePostgres); err != nil {
			t.Fatalf("another database has its own: %v", err)
		}
		return true
	})
}
