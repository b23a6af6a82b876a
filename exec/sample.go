package exec

import (
	"math"
	"math/rand/v2"

	"github.com/kalamsql/kalamsql/sql/plan"
	"github.com/kalamsql/kalamsql/sql/sqlerr"
	"github.com/kalamsql/kalamsql/sql/types"
)

// sample passes rows whose number, or whose block's, has a hash below a bound. With the
// same seed the same rows of a table are passed, as long as it is not changed.
type sample struct {
	rt      *Runtime
	input   Operator
	node    *plan.Sample
	started bool
	seed    uint64
	below   uint64
	row     int
}

func (o *sample) Next() (types.Row, error) {
	if !o.started {
		o.started = true
		if err := o.begin(); err != nil {
			return nil, err
		}
	}
	for {
		row, err := o.input.Next()
		if row == nil || err != nil {
			return nil, err
		}
		number := o.row
		o.row++
		if o.node.Blocks {
			number /= o.node.BlockRows
		}
		if uint64(uint32(types.Int8.ExtendedHash(types.Int(int64(number)), o.seed))) < o.below {
			return row, nil
		}
	}
}

// begin evaluates the arguments.
func (o *sample) begin() error {
	percent, err := o.node.Percent.Eval(o.rt.Eval, nil)
	if err != nil {
		return err
	}
	if percent.IsNull() {
		return sqlerr.New(sqlerr.InvalidTablesampleArgument, "TABLESAMPLE parameter cannot be null")
	}
	if o.seed = rand.Uint64(); o.node.Seed != nil {
		seed, err := o.node.Seed.Eval(o.rt.Eval, nil)
		if err != nil {
			return err
		}
		if seed.IsNull() {
			return sqlerr.New(sqlerr.InvalidTablesampleRepeat, "TABLESAMPLE REPEATABLE parameter cannot be null")
		}
		o.seed = uint64(uint32(types.Float8.ExtendedHash(seed, 0)))
	}
	p := percent.Float()
	if p < 0 || p > 100 || math.IsNaN(p) {
		return sqlerr.New(sqlerr.InvalidTablesampleArgument, "sample percentage must be between 0 and 100")
	}
	o.below = uint64(math.RoundToEven((math.MaxUint32 + 1.0) * p / 100))
	return nil
}

func (o *sample) Close() { o.input.Close() }
