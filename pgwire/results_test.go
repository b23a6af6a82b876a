package pgwire

import (
	"testing"

	"github.com/kalamsql/kalamsql/exec/session"
	"github.com/kalamsql/kalamsql/sql/types"
)

func rowWriter() (*results, types.Row) {
	c := &conn{out: newOutput(nil, 1<<30, 0), session: &scripted{}}
	w := &results{c: c}
	_ = w.Columns([]session.ResultColumn{{Name: "a", Type: types.Int4}, {Name: "b", Type: types.Text}, {Name: "c", Type: types.Int8}})
	return w, types.Row{types.Int(123456), types.String("some text of middling length"), types.Null}
}

// TestRowsDoNotAllocate guards the path that every row of every result takes.
func TestRowsDoNotAllocate(t *testing.T) {
	w, row := rowWriter()
	for _, format := range []int16{textFormat, binaryFormat} {
		w.formats = []int16{format}
		w.c.out.buf = make([]byte, 0, 1<<10)
		if n := testing.AllocsPerRun(100, func() {
			w.c.out.reset()
			_ = w.Row(row)
		}); n > 0 {
			t.Errorf("format %d: %v allocations per row", format, n)
		}
	}
}

func BenchmarkRow(b *testing.B) {
	w, row := rowWriter()
	for b.Loop() {
		w.c.out.reset()
		_ = w.Row(row)
	}
	b.SetBytes(int64(len(w.c.out.buf)))
}
