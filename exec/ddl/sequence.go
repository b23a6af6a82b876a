package ddl

import (
	"context"
	"math"
	"strconv"

	"github.com/kalamsql/kalamsql/sql/catalog"
	"github.com/kalamsql/kalamsql/sql/parser/ast"
	"github.com/kalamsql/kalamsql/sql/sqlerr"
	"github.com/kalamsql/kalamsql/sql/types"
)

// newSequence has PostgreSQL's defaults for a type.
func newSequence(t *types.Type) *catalog.Sequence {
	limit := int64(math.MaxInt64)
	switch t {
	case types.Int2:
		limit = math.MaxInt16
	case types.Int4:
		limit = math.MaxInt32
	}
	return &catalog.Sequence{Type: catalog.TypeRef{Type: t}, Start: 1, Increment: 1, Min: 1, Max: limit, Cache: 1}
}

// createSequence runs CREATE SEQUENCE.
func (s *Session) createSequence(ctx context.Context, st *ast.CreateSeqStmt) error {
	schema, temporary, err := s.creationSchema(ctx, st.Relation, st.Persistence)
	if err != nil {
		return err
	}
	edit, err := s.edit(ctx, temporary)
	if err != nil {
		return err
	}
	if edit.Catalog().RelationNameTaken(schema.OID, st.Relation.Name) {
		if st.IfNotExists {
			s.notice(sqlerr.DuplicateTable, `relation "%s" already exists, skipping`, st.Relation.Name)
			return nil
		}
		return sqlerr.New(sqlerr.DuplicateTable, `relation "%s" already exists`, st.Relation.Name)
	}
	t := types.Int8
	for _, o := range st.Options {
		if tn, ok := o.Value.(*ast.TypeName); ok && o.Name == "as" {
			if t, _, err = s.Env.TypeName(tn); err != nil {
				return err
			}
			if min, _ := sequenceLimits(t); min == 0 {
				return sqlerr.New(sqlerr.InvalidParameterValue, "sequence type must be smallint, integer, or bigint")
			}
		}
	}
	seq := newSequence(t)
	seq.OID, seq.Name, seq.Schema, seq.Owner = edit.NewOID(), st.Relation.Name, schema.OID, s.Role.OID
	seq.ACL = s.newACL(schema.OID, 'S')
	if err := applySequenceOptions(seq, st.Options); err != nil {
		return err
	}
	for _, o := range st.Options {
		if o.Name == "owned_by" {
			if err := s.ownSequence(seq, o); err != nil {
				return err
			}
		}
	}
	s.Tx.PutObject(seq)
	return nil
}

// applySequenceOptions applies START, INCREMENT, MINVALUE and their kin.
func applySequenceOptions(seq *catalog.Sequence, options []*ast.DefElem) error {
	started := false
	limited := map[string]bool{}
	for _, o := range options {
		n := int64(0)
		if o.Value != nil {
			n, _ = strconv.ParseInt(optionText(o), 10, 64)
		}
		switch o.Name {
		case "start":
			seq.Start, started = n, true
		case "increment":
			if n == 0 {
				return sqlerr.New(sqlerr.InvalidParameterValue, "INCREMENT must not be zero")
			}
			seq.Increment = n
		case "minvalue":
			if o.Value != nil {
				seq.Min, limited["min"] = n, true
			}
		case "maxvalue":
			if o.Value != nil {
				seq.Max, limited["max"] = n, true
			}
		case "cache":
			if seq.Cache = n; n <= 0 {
				return sqlerr.New(sqlerr.InvalidParameterValue, "CACHE (%d) must be greater than zero", n)
			}
		case "cycle":
			seq.Cycle = o.Value == nil || optionText(o) != "false"
		case "as", "owned_by", "sequence_name", "restart":
		}
	}
	if seq.Increment < 0 {
		if !limited["max"] {
			seq.Max = -1
		}
		if !limited["min"] {
			seq.Min, _ = sequenceLimits(seq.Type.Type)
		}
	}
	if !started {
		seq.Start = seq.Min
		if seq.Increment < 0 {
			seq.Start = seq.Max
		}
	}
	if err := withinType(seq); err != nil {
		return err
	}
	switch {
	case seq.Min >= seq.Max:
		return sqlerr.New(sqlerr.InvalidParameterValue, "MINVALUE (%d) must be less than MAXVALUE (%d)", seq.Min, seq.Max)
	case seq.Start < seq.Min:
		return sqlerr.New(sqlerr.InvalidParameterValue, "START value (%d) cannot be less than MINVALUE (%d)", seq.Start, seq.Min)
	case seq.Start > seq.Max:
		return sqlerr.New(sqlerr.InvalidParameterValue, "START value (%d) cannot be greater than MAXVALUE (%d)", seq.Start, seq.Max)
	}
	return nil
}

// withinType demands limits that the sequence's type has room for.
func withinType(seq *catalog.Sequence) error {
	min, max := sequenceLimits(seq.Type.Type)
	switch {
	case seq.Max < min || seq.Max > max:
		return sqlerr.New(sqlerr.InvalidParameterValue, "MAXVALUE (%d) is out of range for sequence data type %s", seq.Max, seq.Type.Type)
	case seq.Min < min || seq.Min > max:
		return sqlerr.New(sqlerr.InvalidParameterValue, "MINVALUE (%d) is out of range for sequence data type %s", seq.Min, seq.Type.Type)
	}
	return nil
}
