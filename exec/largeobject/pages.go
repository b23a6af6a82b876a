package largeobject

import (
	"context"

	"github.com/kalamsql/kalamsql/sql/catalog"
	"github.com/kalamsql/kalamsql/sql/sqlerr"
	"github.com/kalamsql/kalamsql/sql/types"
	"github.com/kalamsql/kalamsql/tables"
)

// PageSize is how many bytes a page has at most.
const PageSize = 2048

// MaxSize is how many bytes a large object can have.
const MaxSize = (1<<31 - 1) * int64(PageSize)

// maxRead bounds how much one call gives.
const maxRead = 1 << 30

// page is one row of an object's bytes.
type page struct {
	number int64
	data   string
	ref    tables.RowRef
}

// pages reads those of an object from a number on, while look wants more.
func (l Objects) pages(ctx context.Context, id catalog.OID, from int64, look func(p page) (more bool)) error {
	r := tables.Range{Prefix: []types.Datum{oid(id)}, Low: &tables.Bound{Value: types.Int(from), Inclusive: true}}
	return l.scan(ctx, catalog.LargeObjectPages, r, func(row types.Row, ref tables.RowRef) (bool, error) {
		return look(page{row[2].Int(), row[3].Str(), ref}), nil
	})
}

// Size is where an object's last byte ends.
func (l Objects) Size(ctx context.Context, id catalog.OID) (size int64, err error) {
	defer l.Tx.Nested()()
	r := tables.Range{Prefix: []types.Datum{oid(l.Database), oid(id)}}
	t := catalog.LargeObjectPages
	c, err := l.Tx.Scan(ctx, tables.Scan{Table: t, Index: t.PrimaryKey(), Ranges: []tables.Range{r}, Reverse: true})
	if err != nil {
		return 0, err
	}
	defer c.Close()
	if c.Next() {
		size = c.Row()[2].Int()*PageSize + int64(len(c.Row()[3].Str()))
	}
	return size, c.Err()
}

// Read gives up to n bytes of an object from a place on; fewer where it ends.
func (l Objects) Read(ctx context.Context, id catalog.OID, at, n int64) ([]byte, error) {
	size, err := l.Size(ctx, id)
	if err != nil || at >= size || n <= 0 {
		return nil, err
	}
	if n = min(n, size-at); n > maxRead {
		return nil, sqlerr.New(sqlerr.InvalidParameterValue, "large object read request is too large")
	}
	out := make([]byte, n)
	err = l.pages(ctx, id, at/PageSize, func(p page) bool {
		begin := p.number * PageSize
		if begin >= at+n {
			return false
		}
		if begin < at {
			if skip := at - begin; skip < int64(len(p.data)) {
				copy(out, p.data[skip:])
			}
			return true
		}
		copy(out[begin-at:], p.data)
		return true
	})
	return out, err
}

// Write puts bytes at a place of an object, which grows where it has to.
func (l Objects) Write(ctx context.Context, id catalog.OID, at int64, data []byte) error {
	if at+int64(len(data)) > MaxSize {
		return sqlerr.New(sqlerr.InvalidParameterValue, "invalid large object write request size: %d", len(data))
	}
	if len(data) == 0 {
		return nil
	}
	first, last := at/PageSize, (at+int64(len(data))-1)/PageSize
	have := map[int64]page{}
	if err := l.pages(ctx, id, first, func(p page) bool {
		if p.number > last {
			return false
		}
		have[p.number] = page{p.number, p.data, p.ref}
		return true
	}); err != nil {
		return err
	}
	for n := first; n <= last; n++ {
		begin := n * PageSize
		from, to := max(at-begin, 0), min(at+int64(len(data))-begin, PageSize)
		old, exists := have[n]
		content := make([]byte, max(to, int64(len(old.data))))
		copy(content, old.data)
		copy(content[from:to], data[begin+from-at:])
		if err := l.putPage(ctx, id, n, content, old, exists); err != nil {
			return err
		}
	}
	return nil
}

func (l Objects) putPage(ctx context.Context, id catalog.OID, n int64, content []byte, old page, exists bool) error {
	row := types.Row{oid(l.Database), oid(id), types.Int(n), types.Bytes(content)}
	if exists {
		return l.update(ctx, catalog.LargeObjectPages, old.ref, row)
	}
	_, err := l.Tx.Insert(ctx, catalog.LargeObjectPages, "", row)
	return err
}

// Truncate makes an object end at a place; what was not there before is zeros.
func (l Objects) Truncate(ctx context.Context, id catalog.OID, size int64) error {
	if size < 0 || size > MaxSize {
		return sqlerr.New(sqlerr.InvalidParameterValue, "invalid large object truncation target: %d", size)
	}
	last := size / PageSize
	old, exists := page{}, false
	if err := l.pages(ctx, id, last, func(p page) bool {
		if p.number == last {
			old, exists = p, true
		}
		return false
	}); err != nil {
		return err
	}
	beyond := tables.Range{Prefix: []types.Datum{oid(id)}, Low: &tables.Bound{Value: types.Int(last)}}
	if err := l.removeAll(ctx, catalog.LargeObjectPages, beyond); err != nil {
		return err
	}
	content := make([]byte, size%PageSize)
	copy(content, old.data)
	return l.putPage(ctx, id, last, content, old, exists)
}

// Pages lists the pages of all large objects of the database: what pg_largeobject
// shows.
func (l Objects) Pages(ctx context.Context, look func(id catalog.OID, number int64, data string) error) error {
	return l.scan(ctx, catalog.LargeObjectPages, tables.Range{}, func(row types.Row, _ tables.RowRef) (bool, error) {
		return true, look(catalog.OID(row[1].Int()), row[2].Int(), row[3].Str())
	})
}
