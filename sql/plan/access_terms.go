package plan

import (
	"github.com/kalamsql/kalamsql/sql/expr"
	"github.com/kalamsql/kalamsql/sql/types"
)

// What conditions of more than one comparison say about a column.

// noteRow takes a bound of the first column from a comparison of rows: whoever is
// beyond (x, y) is not below x.
func (s *Scan) noteRow(byColumn map[int16]*bounds, row *expr.RowCompare) {
	op, column, value := row.Op, row.Left[0], row.Right[0]
	nums := s.keyNumbers(column)
	if nums == nil {
		if nums = s.keyNumbers(value); nums == nil {
			return
		}
		column, value, op = value, column, commuted[op]
	}
	if readsColumn(value) || expr.MaxVolatility(value) == expr.Volatile {
		return
	}
	if value = comparable(value, column.Type()); value == nil {
		return
	}
	for _, num := range nums {
		switch b := boundsOf(byColumn, num); {
		case op[0] == '>' && b.low == nil:
			b.low = &Bound{Value: value, Inclusive: true}
		case op[0] == '<' && b.high == nil:
			b.high = &Bound{Value: value, Inclusive: true}
		}
	}
}

// noteTruth takes the value of a column that stands for a condition.
func (s *Scan) noteTruth(byColumn map[int16]*bounds, column expr.Expr, value bool) {
	if column.Type() != types.Boolean {
		return
	}
	for _, num := range s.keyNumbers(column) {
		if b := boundsOf(byColumn, num); b.equal == nil {
			b.equal = []expr.Expr{&expr.Const{Value: types.Bool(value), T: types.Boolean, Mod: types.NoTypmod, Loc: -1}}
		}
	}
}

// noteAlternatives takes the values of a column that every branch of an OR has an
// equality for: (a = 1 AND b = 2) OR (a = 3 AND c = 4) is about two values of a.
func (s *Scan) noteAlternatives(byColumn map[int16]*bounds, or *expr.Or) {
	if s.stats == nil || s.tableRows() <= fewRows {
		return // it is read through, as PostgreSQL reads it
	}
	var all map[int16]*bounds
	for i, branch := range or.Args {
		one := map[int16]*bounds{}
		for _, term := range conjuncts(branch) {
			s.note(one, term)
		}
		if i == 0 {
			all = one
			continue
		}
		for num, b := range all {
			other := one[num]
			if b.equal == nil || other == nil || other.equal == nil || len(b.equal)+len(other.equal) > 1000 {
				delete(all, num)
				continue
			}
			b.equal = append(b.equal[:len(b.equal):len(b.equal)], other.equal...)
		}
	}
	for num, b := range all {
		if have := boundsOf(byColumn, num); b.equal != nil && have.equal == nil {
			have.equal = b.equal
		}
	}
}
