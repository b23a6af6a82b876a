package session

import (
	"github.com/kalamsql/kalamsql/exec"
	"github.com/kalamsql/kalamsql/sql/types"
)

// fetched are the rows that a cursor has read, by their numbers from 1: all of them
// for a cursor that is declared to go back, beyond work_mem on disk; as many as work_mem
// has room for where it may go back as the query happens to allow it; and the last one
// where it may not.
type fetched struct {
	all    *exec.RowList
	recent []types.Row // the last ones
	gone   int         // how many were before those
	bytes  int64
	limit  int64 // 0: the last one alone
}

func (c *fetched) add(row types.Row) error {
	if c.all != nil {
		return c.all.Add(row)
	}
	row = row.Clone()
	c.recent = append(c.recent, row)
	c.bytes += row.Bytes()
	drop := 0
	for ; len(c.recent)-drop > 1 && c.bytes > c.limit; drop++ {
		c.bytes -= c.recent[drop].Bytes()
		c.recent[drop] = nil
	}
	c.recent = c.recent[drop:]
	c.gone += drop
	return nil
}

// len is how many rows have been read.
func (c *fetched) len() int {
	if c.all != nil {
		return c.all.Len()
	}
	return c.gone + len(c.recent)
}

// at gives a row that has been read, valid until the next call; nil for one that is
// no longer there.
func (c *fetched) at(number int) (types.Row, error) {
	if c.all != nil {
		return c.all.At(number - 1)
	}
	if number <= c.gone {
		return nil, nil
	}
	return c.recent[number-c.gone-1], nil
}

func (c *fetched) close() {
	if c.all != nil {
		c.all.Close()
	}
	c.all, c.recent = nil, nil
}
