package exec

import (
	"github.com/kalamsql/kalamsql/sql/expr"
	"github.com/kalamsql/kalamsql/sql/types"
)

// setRows are the rows of one call of a set-returning function: in memory up to
// work_mem, and in a RowList beyond.
type setRows struct {
	rows  []types.Row
	bytes int64
	list  *RowList
}

// callSet makes the rows of a set-returning function called for one input row.
func callSet(rt *Runtime, call *expr.Call, in types.Row) (_ *setRows, err error) {
	args := make([]types.Datum, len(call.Args))
	for i, a := range call.Args {
		if args[i], err = a.Eval(rt.Eval, in); err != nil {
			return nil, err
		}
		if args[i].IsNull() && call.Fn.Strict {
			return &setRows{}, nil
		}
	}
	s := &setRows{}
	err = call.Fn.Set(rt.Eval, args, func(row types.Row) error {
		if err := s.add(rt, call, row); err != nil {
			return err
		}
		if s.len()%4096 == 0 {
			return rt.interrupted()
		}
		return nil
	})
	if err != nil {
		s.close()
		return nil, err
	}
	return s, nil
}

// add takes a copy of a row.
func (s *setRows) add(rt *Runtime, call *expr.Call, row types.Row) error {
	if s.list != nil {
		return s.list.Add(row)
	}
	s.rows = append(s.rows, row.Clone())
	if s.bytes += row.Bytes(); s.bytes <= rt.WorkMem {
		return nil
	}
	ts := []*types.Type{call.T}
	if len(call.Fn.Columns) > 0 {
		ts = ts[:0]
		for _, f := range call.Fn.Columns {
			ts = append(ts, f.Type)
		}
	}
	s.list = NewRowList(rt, ts)
	for _, row := range s.rows {
		if err := s.list.Add(row); err != nil {
			return err
		}
	}
	s.rows = nil
	return nil
}

func (s *setRows) len() int {
	if s == nil {
		return 0
	}
	if s.list != nil {
		return s.list.Len()
	}
	return len(s.rows)
}

// at gives a row, valid until the next call.
func (s *setRows) at(i int) (types.Row, error) {
	if s.list != nil {
		return s.list.At(i)
	}
	return s.rows[i], nil
}

func (s *setRows) close() {
	if s != nil && s.list != nil {
		s.list.Close()
		s.list = nil
	}
}
