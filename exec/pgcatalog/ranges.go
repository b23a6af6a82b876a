package pgcatalog

import (
	"github.com/kalamsql/kalamsql/sql/catalog"
	"github.com/kalamsql/kalamsql/sql/types"
)

// Range types that users have made: pg_range, the casts to their multirange types,
// and what depends on what among them.

func init() {
	makes("pg_range", rangeRows)
}

// Functions that ranges and multiranges are read, written and sampled with, by OID.
const (
	rangeIn, rangeOut, rangeRecv, rangeSend, rangeAnalyze                          catalog.OID = 3834, 3835, 3836, 3837, 3916
	multirangeIn, multirangeOut, multirangeRecv, multirangeSend, multirangeAnalyze catalog.OID = 4231, 4232, 4233, 4234, 4242
)

func rangeRows(s *Snapshot, out *rows) {
	s.objects()
	for _, t := range s.once.types {
		if t.Kind == types.KindRange {
			out.add("rngtypid", t.OID, "rngsubtype", t.Base.OID, "rngmultitypid", t.Multirange, "rngcollation", storageOf(t.Base.Type).collation,
				"rngsubopc", t.OperatorClass, "rngsubdiff", t.SubtypeDiff)
		}
	}
}

// rangeCasts adds the cast of each range type to its multirange type, which has no
// OID of its own here and takes the function's.
func rangeCasts(s *Snapshot, out *rows) {
	for _, r := range routinesOf(s) {
		if r.Language == catalog.Internal && r.Source == "multirange_constructor1" {
			out.add("oid", r.OID, "castsource", r.Params[0].Type.OID, "casttarget", r.Result.OID, "castfunc", r.OID, "castcontext", byte('e'), "castmethod", byte('f'))
		}
	}
}

// typeDepends adds the edges of types: to their schemas, to the types that they are
// made of, and of arrays and multirange types to the types that they came with.
func (s *Snapshot) typeDepends(on edge) {
	for _, t := range s.once.types {
		if t.Extension != 0 {
			continue // it belongs to that
		}
		on(classType, t.OID, classNamespace, t.Schema, 0, 'n')
		on(classType, t.Array, classType, t.OID, 0, 'i')
		switch {
		case t.Kind == types.KindMultirange:
			on(classType, t.OID, classType, t.Base.OID, 0, 'i')
		case t.Base.Type != nil && t.Base.OID >= types.FirstUserOID:
			on(classType, t.OID, classType, t.Base.OID, 0, 'n')
		}
	}
}
