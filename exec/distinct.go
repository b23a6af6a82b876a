package exec

import (
	"slices"

	"github.com/kalamsql/kalamsql/sql/expr"
	"github.com/kalamsql/kalamsql/sql/plan"
	"github.com/kalamsql/kalamsql/sql/types"
)

// distinct passes the first of each set of equal rows, in input order. Rows that do
// not fit into memory are put into files by their hashes, and come after the others.
// With DISTINCT ON over rows in that order, only the last row is remembered.
type distinct struct {
	rt    *Runtime
	input Operator
	on    []expr.Expr // nil: the whole row
	seen  *rowTable[struct{}]
	key   types.Row

	types []*types.Type // of the rows
	spill bool
	bytes int64
	parts []*spillFile // of the rows read now; nil while everything fits
	// waiting are the parts that are not read yet, reader is of the one that is.
	waiting []distinctPart
	now     distinctPart
	reader  *spillReader
	row     types.Row
	batches int
	most    int64
	disk    int64

	sorted bool
	last   types.Row
}

// distinctPart is rows whose hashes agree in some bits.
type distinctPart struct {
	depth int
	file  *spillFile
}

func newDistinct(rt *Runtime, in Operator, n *plan.Distinct) *distinct {
	o := distinctOver(rt, in, n.Columns())
	if n.On == nil {
		o.sorted = n.Sorted && rt.memory == nil
		return o
	}
	var ts []*types.Type
	for _, e := range n.On {
		ts = append(ts, e.Type())
	}
	o.on, o.spill = n.On, false
	o.seen = newRowTable[struct{}](ts)
	o.key = make(types.Row, len(n.On))
	o.sorted = sortedOn(n)
	return o
}

// distinctOver is DISTINCT over all columns.
func distinctOver(rt *Runtime, in Operator, cols []plan.Column) *distinct {
	ts := columnTypes(cols)
	return &distinct{rt: rt, input: in, types: ts, seen: newRowTable[struct{}](ts), spill: rt.spills(ts), row: make(types.Row, len(ts)), batches: 1}
}

// sortedOn says whether the input is sorted by what DISTINCT ON compares.
func sortedOn(n *plan.Distinct) bool {
	s, ok := n.Input.(*plan.Sort)
	if !ok || len(s.Keys) < len(n.On) {
		return false
	}
	for _, k := range s.Keys[:len(n.On)] {
		c, ok := k.Expr.(*expr.Column)
		if !ok || !slices.ContainsFunc(n.On, func(e expr.Expr) bool {
			on, ok := e.(*expr.Column)
			return ok && on.Index == c.Index
		}) {
			return false
		}
	}
	return true
}

func (o *distinct) Next() (types.Row, error) {
	for {
		row, err := o.next()
		if row == nil || err != nil {
			return nil, err
		}
		key := row
		if o.on != nil {
			key = o.key
			if err := evalInto(o.rt, key, o.on, row); err != nil {
				return nil, err
			}
		}
		switch {
		case o.sorted:
			if o.last != nil && o.seen.same(o.last, key) {
				continue
			}
			o.last = append(o.last[:0], key...)
			return row, nil
		case o.parts != nil:
			if o.seen.find(key) == nil {
				if err := o.parts[part(o.seen.hash(key), o.now.depth)].write(row); err != nil {
					return nil, err
				}
			}
			continue
		}
		if _, isNew := o.seen.at(key); !isNew {
			continue
		}
		if o.bytes += key.Bytes() + 48; o.spill && o.bytes > o.rt.hashMem() && o.now.depth < deepest {
			o.parts = o.rt.spillFiles(o.types)
		}
		return row, o.rt.mayKeep(o.bytes)
	}
}

// next gives the next row of the input, or of the parts on disk.
func (o *distinct) next() (types.Row, error) {
	for {
		if o.reader == nil {
			row, err := o.input.Next()
			if row != nil || err != nil {
				return row, err
			}
		} else if ok, err := o.reader.next(o.row); ok || err != nil {
			return o.row, err
		}
		o.most = max(o.most, o.bytes)
		for _, f := range o.parts {
			if f.rows > 0 {
				o.disk += f.size
				o.batches++
				o.waiting = append(o.waiting, distinctPart{o.now.depth + 1, f})
			}
		}
		o.parts = nil
		if o.now.file != nil {
			o.now.file.close()
		}
		if len(o.waiting) == 0 {
			return nil, o.rt.interrupted()
		}
		o.now = o.waiting[0]
		o.waiting = o.waiting[1:]
		o.seen, o.bytes = newRowTable[struct{}](o.seen.types), 0
		var err error
		if o.reader, err = o.now.file.reader(); err != nil {
			return nil, err
		}
	}
}

func (o *distinct) report(in *Instrument) {
	in.Batches, in.HashBytes, in.DiskBytes = max(in.Batches, o.batches), max(in.HashBytes, o.most, o.bytes), max(in.DiskBytes, o.disk)
}

func (o *distinct) Close() {
	o.input.Close()
	for _, f := range o.parts {
		f.close()
	}
	for _, p := range o.waiting {
		p.file.close()
	}
	if o.now.file != nil {
		o.now.file.close()
	}
}

func columnTypes(cols []plan.Column) []*types.Type {
	ts := make([]*types.Type, len(cols))
	for i, c := range cols {
		ts[i] = c.Type
	}
	return ts
}
