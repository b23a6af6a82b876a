package exec

import "github.com/kalamsql/kalamsql/sql/types"

// widened gives its input's rows with columns behind that nobody reads.
type widened struct {
	input Operator
	row   types.Row
}

func (o *widened) Next() (types.Row, error) {
	row, err := o.input.Next()
	if row == nil || err != nil {
		return nil, err
	}
	copy(o.row, row)
	return o.row, nil
}

func (o *widened) Close() { o.input.Close() }
