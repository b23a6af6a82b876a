package exec

import "github.com/kalamsql/kalamsql/sql/types"

// rowRoom makes rows that are kept, several in one piece of memory: the first alone,
// then twice as many each time.
type rowRoom struct {
	free types.Row
	many int
}

// roomRows is how many rows a piece has at most.
const roomRows = 64

// row makes a row of NULLs that may be appended to up to the capacity.
func (r *rowRoom) row(length, capacity int) types.Row {
	if len(r.free) < capacity {
		r.many = min(max(2*r.many, 1), roomRows)
		r.free = make(types.Row, r.many*capacity)
	}
	row := r.free[:length:capacity]
	r.free = r.free[capacity:]
	return row
}
