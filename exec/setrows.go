package exec

import (
	"errors"
	"iter"

	"github.com/kalamsql/kalamsql/sql/expr"
	"github.com/kalamsql/kalamsql/sql/types"
)

// setCall is one call of a set-returning function for an input row. Next gives a row,
// valid until the next call; nil at the end.
type setCall interface {
	Next() (types.Row, error)
	close()
}

// callSet calls a set-returning function for one input row. A built-in function goes on as
// far as its rows are asked for; a user's runs to its end, as what it does must not depend
// on that.
func callSet(rt *Runtime, call *expr.Call, in types.Row) (_ setCall, err error) {
	args := make([]types.Datum, len(call.Args))
	for i, a := range call.Args {
		if args[i], err = a.Eval(rt.Eval, in); err != nil {
			return nil, err
		}
		if args[i].IsNull() && call.Fn.Strict {
			return &setRows{}, nil
		}
	}
	if !call.Fn.Routine {
		return streamSet(rt, call, args), nil
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

// setStream is a function that is suspended behind the row it has given.
type setStream struct {
	next func() (types.Row, error, bool)
	stop func()
}

var errSetStopped = errors.New("the rest of the set is not wanted")

func streamSet(rt *Runtime, call *expr.Call, args []types.Datum) *setStream {
	s := &setStream{}
	s.next, s.stop = iter.Pull2(func(yield func(types.Row, error) bool) {
		n := 0
		err := call.Fn.Set(rt.Eval, args, func(row types.Row) error {
			if !yield(row, nil) {
				return errSetStopped
			}
			if n++; n%4096 == 0 {
				return rt.interrupted()
			}
			return nil
		})
		if err != nil && !errors.Is(err, errSetStopped) {
			yield(nil, err)
		}
	})
	return s
}

func (s *setStream) Next() (types.Row, error) {
	row, err, more := s.next()
	if !more {
		return nil, nil
	}
	return row, err
}

func (s *setStream) close() { s.stop() }

// setRows are the rows of one call that has run to its end: in memory up to work_mem, and
// in a RowList beyond.
type setRows struct {
	rows  []types.Row
	bytes int64
	list  *RowList
	given int
}

func (s *setRows) Next() (types.Row, error) {
	if s.given >= s.len() {
		return nil, nil
	}
	s.given++
	if s.list != nil {
		return s.list.At(s.given - 1)
	}
	return s.rows[s.given-1], nil
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
	if s.list != nil {
		return s.list.Len()
	}
	return len(s.rows)
}

func (s *setRows) close() {
	if s.list != nil {
		s.list.Close()
		s.list = nil
	}
}
