package plan

import (
	"github.com/kalamsql/kalamsql/sql/expr"
	"github.com/kalamsql/kalamsql/sql/types"
)

// VirtualKey narrows a VirtualScan to the rows whose column has a value.
type VirtualKey struct {
	Column int
	// Value reads no column of the scan.
	Value expr.Expr
}

// chooseKey takes an equality with a column from the condition above the scan, the one
// that leaves the fewest rows. The condition stays: the key only narrows what is read.
func (s *VirtualScan) chooseKey(cond expr.Expr) {
	most := 0.0
	for _, term := range conjuncts(cond) {
		call, ok := term.(*expr.Call)
		if !ok || call.Op == nil || call.Op.Name != "=" || len(call.Args) != 2 {
			continue
		}
		for i, side := range call.Args {
			column, ok := bare(side).(*expr.Column)
			value := call.Args[1-i]
			if !ok || column.Index >= len(s.cols) || readsColumn(value) || expr.MaxVolatility(value) == expr.Volatile {
				continue
			}
			if class := keyClass(column.T); class != 0 && class == keyClass(value.Type()) {
				distinct := 1.0
				if v, ok := s.variable(column.Index); ok {
					distinct = v.distinct
				}
				if distinct > most {
					s.Key, most = &VirtualKey{Column: column.Index, Value: value}, distinct
				}
				break
			}
		}
	}
}

// bare takes off casts that keep a value's representation.
func bare(e expr.Expr) expr.Expr {
	for {
		r, ok := e.(*expr.Relabel)
		if !ok || keyClass(r.T) != keyClass(r.Arg.Type()) {
			return e
		}
		e = r.Arg
	}
}

// keyClass tells the types whose equal values are held alike: integers and
// OIDs, and strings without padding; 0 for others.
func keyClass(t *types.Type) byte {
	switch t {
	case types.Int2, types.Int4, types.Int8:
		return 'i'
	case types.Oid, types.RegClass, types.RegType, types.RegProc, types.RegProcedure, types.RegNamespace, types.RegRole:
		return 'o'
	case types.Name, types.Text, types.Varchar:
		return 's'
	}
	return 0
}
