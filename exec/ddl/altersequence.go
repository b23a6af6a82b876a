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

// alterSequence runs ALTER SEQUENCE with options. A RESTART takes effect at
// once, as setval does.
func (s *Session) alterSequence(ctx context.Context, st *ast.AlterSeqStmt) error {
	r := s.Env.ResolveRelation(st.Relation.Schema, st.Relation.Name)
	if r == nil && st.IfExists {
		s.notice(sqlerr.SuccessfulCompletion, `relation "%s" does not exist, skipping`, st.Relation.Name)
		return nil
	}
	if r == nil {
		return sqlerr.New(sqlerr.UndefinedTable, `relation "%s" does not exist`, st.Relation.Name)
	}
	old, ok := r.(*catalog.Sequence)
	if !ok {
		return sqlerr.New(sqlerr.WrongObjectType, `"%s" is not a sequence`, r.ObjectName())
	}
	if err := s.owner(old.Owner, "sequence", old.Name); err != nil {
		return err
	}
	if err := s.Tx.LockSequenceToAlter(ctx, old.OID); err != nil {
		return err
	}
	if _, err := s.Tx.Edit(ctx); err != nil {
		return err
	}
	if old, ok = s.Tx.Catalog().Get(old.OID).(*catalog.Sequence); !ok {
		return sqlerr.New(sqlerr.UndefinedTable, `relation "%s" does not exist`, st.Relation.Name)
	}
	return s.applyToSequence(ctx, old, st.Options)
}

// applyToSequence changes a sequence as options say.
func (s *Session) applyToSequence(ctx context.Context, old *catalog.Sequence, options []*ast.DefElem) error {
	if err := s.Tx.LockSequenceToAlter(ctx, old.OID); err != nil {
		return err
	}
	seq := *old
	if err := s.changeSequence(&seq, old, options); err != nil {
		return err
	}
	last, _, called, err := s.Tx.SequenceValue(old)
	if err != nil {
		return err
	}
	// What has no value yet keeps the one that it was going to begin with.
	restart := !called && seq.Start != old.Start
	for _, o := range options {
		if o.Name != "restart" {
			continue
		}
		restart, last = true, seq.Start
		if o.Value != nil {
			last, _ = strconv.ParseInt(optionText(o), 10, 64)
		}
	}
	switch {
	case last < seq.Min:
		return sqlerr.New(sqlerr.InvalidParameterValue, "RESTART value (%d) cannot be less than MINVALUE (%d)", last, seq.Min)
	case last > seq.Max:
		return sqlerr.New(sqlerr.InvalidParameterValue, "RESTART value (%d) cannot be greater than MAXVALUE (%d)", last, seq.Max)
	}
	s.Tx.PutObject(&seq)
	if restart {
		s.Tx.RestartSequence(seq.OID, last)
	}
	return nil
}

// changeSequence applies options to a sequence that is there: what they do not
// name stays.
func (s *Session) changeSequence(seq, old *catalog.Sequence, options []*ast.DefElem) error {
	for _, o := range options {
		tn, isType := o.Value.(*ast.TypeName)
		if o.Name != "as" || !isType {
			continue
		}
		t, _, err := s.Env.TypeName(tn)
		if err != nil {
			return err
		}
		min, max := sequenceLimits(t)
		if min == 0 {
			return sqlerr.New(sqlerr.InvalidParameterValue, "sequence type must be smallint, integer, or bigint")
		}
		oldMin, oldMax := sequenceLimits(old.Type.Type)
		if seq.Max == oldMax {
			seq.Max = max
		}
		if seq.Min == oldMin {
			seq.Min = min
		}
		seq.Type = catalog.TypeRef{Type: t}
	}
	min, max := sequenceLimits(seq.Type.Type)
	for _, o := range options {
		n := int64(0)
		if o.Value != nil {
			n, _ = strconv.ParseInt(optionText(o), 10, 64)
		}
		switch o.Name {
		case "start":
			seq.Start = n
		case "increment":
			if n == 0 {
				return sqlerr.New(sqlerr.InvalidParameterValue, "INCREMENT must not be zero")
			}
			seq.Increment = n
		case "cache":
			if seq.Cache = n; n <= 0 {
				return sqlerr.New(sqlerr.InvalidParameterValue, "CACHE (%d) must be greater than zero", n)
			}
		case "cycle":
			seq.Cycle = o.Value == nil || optionText(o) != "false"
		case "owned_by":
			if err := s.ownSequence(seq, o); err != nil {
				return err
			}
		}
	}
	for _, o := range options {
		switch {
		case o.Name == "minvalue" && o.Value != nil:
			seq.Min, _ = strconv.ParseInt(optionText(o), 10, 64)
		case o.Name == "minvalue" && seq.Increment > 0:
			seq.Min = 1
		case o.Name == "minvalue":
			seq.Min = min
		case o.Name == "maxvalue" && o.Value != nil:
			seq.Max, _ = strconv.ParseInt(optionText(o), 10, 64)
		case o.Name == "maxvalue" && seq.Increment > 0:
			seq.Max = max
		case o.Name == "maxvalue":
			seq.Max = -1
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

// retypeSequence gives the sequence of an identity column the column's new type.
func (s *Session) retypeSequence(oid catalog.OID, to *types.Type) error {
	old, ok := s.Tx.Catalog().Get(oid).(*catalog.Sequence)
	if !ok {
		return nil
	}
	seq := *old
	min, max := sequenceLimits(to)
	oldMin, oldMax := sequenceLimits(old.Type.Type)
	if seq.Max == oldMax {
		seq.Max = max
	}
	if seq.Min == oldMin {
		seq.Min = min
	}
	seq.Type = catalog.TypeRef{Type: to}
	s.Tx.PutObject(&seq)
	return nil
}

// sequenceLimits gives the range of an integer type; zeros for another type.
func sequenceLimits(t *types.Type) (min, max int64) {
	switch t {
	case types.Int2:
		return math.MinInt16, math.MaxInt16
	case types.Int4:
		return math.MinInt32, math.MaxInt32
	case types.Int8:
		return math.MinInt64, math.MaxInt64
	}
	return 0, 0
}

// ownSequence applies OWNED BY: the sequence goes when the column does.
func (s *Session) ownSequence(seq *catalog.Sequence, o *ast.DefElem) error {
	n, _ := o.Value.(*ast.Name)
	cat := s.Tx.Catalog()
	if had := cat.Table(seq.OwnerTable); had != nil {
		for i, c := range had.Columns {
			if c.Sequence != seq.OID {
				continue
			}
			if c.Identity != 0 {
				return sqlerr.New(sqlerr.FeatureNotSupported, "cannot change ownership of identity sequence").
					WithDetail(`Sequence "%s" is linked to table "%s".`, seq.Name, had.Name)
			}
			s.setColumnSequence(had, i, 0)
		}
	}
	seq.OwnerTable, seq.OwnerColumn = 0, 0
	if n == nil || len(n.Parts) == 1 {
		if n == nil || n.Parts[0] == "none" {
			return nil
		}
		return sqlerr.New(sqlerr.SyntaxError, "invalid OWNED BY option").WithHint("Specify OWNED BY table.column or OWNED BY NONE.")
	}
	v := &ast.RangeVar{Loc: o.Loc, Name: n.Parts[len(n.Parts)-2]}
	if len(n.Parts) > 2 {
		v.Schema = n.Parts[len(n.Parts)-3]
	}
	if t, i := s.findIndex(v); t != nil {
		return sqlerr.New(sqlerr.WrongObjectType, `sequence cannot be owned by relation "%s"`, t.Indexes[i].Name).WithDetail("This operation is not supported for indexes.")
	}
	if r, is := s.Env.ResolveRelation(v.Schema, v.Name).(*catalog.Virtual); is && r.Stored {
		return sqlerr.New(sqlerr.ObjectNotInPrerequisiteState, "sequence must be in same schema as table it is linked to")
	}
	table, err := s.Env.NamedTable(v, "alter")
	if err != nil {
		return err
	}
	column := n.Parts[len(n.Parts)-1]
	at := table.ColumnIndex(column)
	switch {
	case at < 0:
		return sqlerr.New(sqlerr.UndefinedColumn, `column "%s" of relation "%s" does not exist`, column, table.Name)
	case table.Owner != seq.Owner:
		return sqlerr.New(sqlerr.ObjectNotInPrerequisiteState, "sequence must have same owner as table it is linked to")
	case table.Schema != seq.Schema:
		return sqlerr.New(sqlerr.ObjectNotInPrerequisiteState, "sequence must be in same schema as table it is linked to")
	}
	seq.OwnerTable, seq.OwnerColumn = table.OID, table.Columns[at].Num
	s.setColumnSequence(cat.Table(table.OID), at, seq.OID)
	return nil
}

// setColumnSequence notes which sequence a column owns.
func (s *Session) setColumnSequence(table *catalog.Table, at int, sequence catalog.OID) {
	t := table.Clone()
	c := *t.Columns[at]
	c.Sequence = sequence
	t.Columns[at] = &c
	s.Tx.PutObject(t)
}
