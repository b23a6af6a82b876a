package ddl

import (
	"strings"

	"github.com/kalamsql/kalamsql/sql/catalog"
	"github.com/kalamsql/kalamsql/sql/expr"
	"github.com/kalamsql/kalamsql/sql/parser/ast"
	"github.com/kalamsql/kalamsql/sql/sqlerr"
	"github.com/kalamsql/kalamsql/sql/types"
)

// exclusion adds the index of an EXCLUDE constraint; see tables/exclusion.go.
func (b *tableBuilder) exclusion(k *ast.Constraint) error {
	t := b.table
	elems := make([]*ast.IndexElem, len(k.Exclusions))
	for i, e := range k.Exclusions {
		elems[i] = e.Elem
	}
	st := &ast.IndexStmt{AccessMethod: k.AccessMethod, Elems: elems}
	for _, name := range k.Including {
		st.Including = append(st.Including, &ast.IndexElem{Name: name})
	}
	method, err := indexMethod(st, b.edit.Catalog().LibrariesOf(b.s.Env.Database))
	if err != nil {
		return err
	}
	if !method.Plain {
		return sqlerr.New(sqlerr.FeatureNotSupported, `access method "%s" does not support exclusion constraints`, method.Name)
	}
	index := &catalog.Index{OID: b.edit.NewOID(), ConstraintOID: b.edit.NewOID(), Constraint: true, Deferrable: k.Deferrable, InitiallyDeferred: k.InitiallyDeferred}
	if method.Name != "btree" {
		index.Method = method.Name
	}
	if index.Options, err = storageOptions(method, k.Options); err != nil {
		return err
	}
	var names []string
	var keys []*types.Type
	for _, e := range k.Exclusions {
		key, name, typ, err := b.indexKey(e.Elem)
		if err != nil {
			return err
		}
		if key.OpClass, err = b.keyClass(method, e.Elem, typ); err != nil {
			return err
		}
		if err := keyOrder(method, e.Elem, &key); err != nil {
			return err
		}
		op, err := b.exclusionOperator(method, e, key, typ)
		if err != nil {
			return err
		}
		index.Keys, index.Exclusion = append(index.Keys, key), append(index.Exclusion, op.OID)
		keys = append(keys, typ)
		names = numbered(names, name)
	}
	keepEntries(method, index, keys)
	if k.Where != nil {
		if index.Predicate, err = b.indexPredicate(k.Where); err != nil {
			return err
		}
	}
	for _, name := range k.Including {
		at := t.ColumnIndex(name)
		if at < 0 {
			return sqlerr.New(sqlerr.UndefinedColumn, `column "%s" named in key does not exist`, name).At(k.Pos())
		}
		index.Include = append(index.Include, t.Columns[at].Num)
		names = numbered(names, name)
	}
	if index.Name = k.Name; index.Name == "" {
		index.Name = b.freeName(t.Name, strings.Join(names, "_"), "excl")
	} else {
		if b.taken[k.Name] || b.edit.Catalog().RelationNameTaken(b.schema.OID, k.Name) {
			return sqlerr.New(sqlerr.DuplicateTable, `relation "%s" already exists`, k.Name)
		}
		b.taken[k.Name] = true
	}
	t.Indexes = append(t.Indexes, index)
	b.implicitIndex("EXCLUDE", index.Name)
	return nil
}

// exclusionOperator finds the operator of an element, which must say the same of two
// values whichever comes first, and be one that the operator class knows.
func (b *tableBuilder) exclusionOperator(method *catalog.AccessMethod, e *ast.Exclusion, key catalog.IndexKey, t *types.Type) (*expr.Operator, error) {
	name := e.Op[len(e.Op)-1]
	column := func() expr.Expr { return &expr.Column{T: t, Mod: types.NoTypmod} }
	bound, err := expr.ResolveOperator(name, column(), column(), -1)
	if err != nil {
		return nil, err
	}
	op := operatorOf(bound)
	if op == nil {
		if op, err = expr.FindOperator(name, t, t, -1); err != nil {
			return nil, err
		}
	}
	shown := op.Name + "(" + op.Left.String() + "," + op.Right.String() + ")"
	if op.OID == 0 {
		return nil, sqlerr.Unsupported("EXCLUDE with operator %s of an extension", shown)
	}
	if op.Commutator != op.OID {
		return nil, sqlerr.New(sqlerr.WrongObjectType, "operator %s is not commutative", shown).
			WithDetail("Only commutative operators can be used in exclusion constraints.")
	}
	known := op.Result == types.Boolean
	if method.Stored { // what orders, or hashes, knows equality alone
		known = known && name == "="
	}
	if !known {
		class := catalog.OperatorClassByOID(key.OpClass)
		if class == nil {
			class = method.DefaultOperatorClass(t, b.edit.Catalog().LibrariesOf(b.s.Env.Database))
		}
		return nil, sqlerr.New(sqlerr.WrongObjectType, `operator %s is not a member of operator family "%s"`, shown, class.Family()).
			WithDetail("The exclusion operator must be related to the index operator class for the constraint.")
	}
	return op, nil
}

func operatorOf(e expr.Expr) *expr.Operator {
	if c, ok := e.(*expr.Call); ok {
		return c.Op
	}
	return nil
}
