package inverted

import (
	"net/netip"

	"github.com/kalamsql/kalamsql/sql/types"
	"github.com/kalamsql/kalamsql/sql/types/sortkey"
)

// ranges is range_ops and multirange_ops over ranges, or multiranges, of a type: the cell of what lies between the lowest
// and the highest bound.
func ranges(t *types.Type) *Class {
	if !sortkey.Encodable(t) {
		return nil
	}
	of := t
	if t.Kind == types.KindMultirange {
		of = t.Subtype
	}
	return &Class{
		placed: true,
		keys: func(list [][]byte, v types.Datum) [][]byte {
			extent, some := extentOf(of, v)
			if !some {
				return append(list, emptyKey)
			}
			return append(list, extent.key())
		},
		takes: func(op string, other *types.Type) bool {
			switch op {
			case "=":
				return other.Same(t)
			case "@>":
				return other.Same(of) || other.Same(of.Multi) || other.Same(of.Subtype)
			case "&&", "<@", "<<", ">>", "&<", "&>", "-|-":
				return other.Same(of) || other.Same(of.Multi)
			}
			return false
		},
		search: func(op string, other *types.Type, v types.Datum) *Query {
			var extent interval
			some := true
			if other.Kind != types.KindRange && other.Kind != types.KindMultirange {
				extent.from = coordinate(of.Subtype, v)
				extent.to = extent.from
			} else {
				extent, some = extentOf(of, v)
			}
			switch {
			case op == "@>" && !some:
				return All
			case (op == "<@" || op == "=") && !some:
				return key(emptyKey)
			case !some:
				return None
			case op == "=":
				return key(extent.key())
			case op == "@>":
				return cells(extent.containing)
			case op == "<@":
				return cells(extent.within).with(emptyKey)
			case op == "<<":
				return cells(interval{0, extent.from}.overlapping)
			case op == "&<":
				return cells(interval{0, extent.to}.overlapping)
			case op == ">>":
				return cells(interval{extent.to, everything.to}.overlapping)
			case op == "&>":
				return cells(interval{extent.from, everything.to}.overlapping)
			}
			return cells(extent.overlapping) // what is adjacent has a bound in common
		},
	}
}

// extentOf is what lies between the lowest and the highest bound of a value of a range type or of its multirange
// type; false: nothing does.
func extentOf(t *types.Type, v types.Datum) (_ interval, some bool) {
	first := v.Range()
	last := first
	if m := v.Multirange(); m != nil {
		if len(m.Ranges) == 0 {
			return interval{}, false
		}
		first, last = m.Ranges[0], m.Ranges[len(m.Ranges)-1]
	}
	if first.Empty {
		return interval{}, false
	}
	out := everything
	if b := first.Lower.Value; !b.IsNull() {
		out.from = coordinate(t.Subtype, b)
	}
	if b := last.Upper.Value; !b.IsNull() {
		out.to = coordinate(t.Subtype, b)
	}
	return out, true
}

// networkClass is inet_ops: the cell of a network's addresses.
var networkClass = &Class{
	placed: true,
	keys: func(list [][]byte, v types.Datum) [][]byte {
		return append(list, network(v.Object().(netip.Prefix)).key())
	},
	takes: func(op string, other *types.Type) bool {
		switch op {
		case "=", "&&", "<<", "<<=", ">>", ">>=":
			return other == types.Inet || other == types.CIDR
		}
		return false
	},
	search: func(op string, _ *types.Type, v types.Datum) *Query {
		switch of := network(v.Object().(netip.Prefix)); op {
		case "=":
			return key(of.key())
		case "<<", "<<=":
			return cells(of.within)
		case ">>", ">>=":
			return cells(of.containing)
		default:
			return cells(of.overlapping)
		}
	},
}
