package ddl

import (
	"slices"

	"github.com/kalamsql/kalamsql/sql/catalog"
	"github.com/kalamsql/kalamsql/sql/parser/ast"
	"github.com/kalamsql/kalamsql/sql/sqlerr"
)

// Comments on what has no name of its own in a schema: constraints, policies and
// attributes.

// commentTablePart comments on a constraint or a policy of a table.
func (s *Session) commentTablePart(st *ast.CommentStmt, text string) error {
	r, err := s.Env.Named(rangeVar(st.Relation, st.Relation.Parts))
	if err != nil {
		return unlocated(err)
	}
	name := st.Name.Parts[0]
	absent := sqlerr.New(sqlerr.UndefinedObject, `%s "%s" for table "%s" does not exist`, st.Object, name, r.ObjectName())
	old, ok := r.(*catalog.Table)
	if !ok {
		return absent
	}
	if err := s.owner(old.Owner, kindOf(old), old.Name); err != nil {
		return err
	}
	t := old.Clone()
	if st.Object == "policy" {
		ok = changeOne(t.Policies, func(p *catalog.Policy) bool { return p.Name == name }, func(p *catalog.Policy) { p.Comment = text })
	} else {
		ok = changeOne(t.Checks, func(k *catalog.Check) bool { return k.Name == name }, func(k *catalog.Check) { k.Comment = text }) ||
			changeOne(t.Foreign, func(k *catalog.ForeignKey) bool { return k.Name == name }, func(k *catalog.ForeignKey) { k.Comment = text }) ||
			changeOne(t.Indexes, func(i *catalog.Index) bool { return i.Name == name && (i.Constraint || i.Primary) }, func(i *catalog.Index) { i.ConstraintComment = text })
	}
	if !ok {
		return absent
	}
	s.Tx.PutObject(t)
	return nil
}

// commentDomainConstraint comments on a constraint of a domain.
func (s *Session) commentDomainConstraint(st *ast.CommentStmt, text string) error {
	u, err := s.namedType(st.Relation)
	if err != nil {
		return err
	}
	t, name := *u, st.Name.Parts[0]
	t.Checks = slices.Clone(u.Checks)
	if !changeOne(t.Checks, func(k *catalog.Check) bool { return k.Name == name }, func(k *catalog.Check) { k.Comment = text }) {
		return sqlerr.New(sqlerr.UndefinedObject, `constraint "%s" for domain %s does not exist`, name, t.Name)
	}
	s.Tx.PutObject(&t)
	return nil
}

// commentAttribute comments on an attribute of a composite type.
func (s *Session) commentAttribute(u *catalog.UserType, name, text string) error {
	t := *u
	t.Attributes = slices.Clone(u.Attributes)
	at := slices.IndexFunc(t.Attributes, func(a catalog.Attribute) bool { return a.Name == name })
	if at < 0 {
		return sqlerr.New(sqlerr.UndefinedColumn, `column "%s" of relation "%s" does not exist`, name, t.Name)
	}
	t.Attributes[at].Comment = text
	s.Tx.PutObject(&t)
	return nil
}

// changeOne puts a changed copy in the place of the one that is meant, and says
// whether there is one.
func changeOne[T any](list []*T, is func(*T) bool, change func(*T)) bool {
	at := slices.IndexFunc(list, is)
	if at < 0 {
		return false
	}
	c := *list[at]
	change(&c)
	list[at] = &c
	return true
}
