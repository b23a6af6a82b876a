package pgcatalog

import (
	"maps"
	"slices"

	"github.com/kalamsql/kalamsql/sql/catalog"
	"github.com/kalamsql/kalamsql/sql/types"
)

// Most rows describe one object: a table's columns, its constraints, what it
// depends on. Where a relation's rows are such (makesParts), a new version of the
// catalog makes only those of the objects that are not what they were, and of those
// that have to do with them; the others stay, with the indexes over them. A migration
// that looks at the catalog between its statements thus pays for what it changes, and
// not for all that there is.

// part says which rows a snapshot makes.
type part byte

const (
	whole    part = iota
	ofObject      // those of the objects in Snapshot.once alone
	ofNone        // those that no object in Snapshot.once would have
)

// base is the rows of a relation for the objects of one version. It does not change
// but for its indexes.
type base struct {
	objects *objects
	set
	// owners are, for each row, the object that it is of; 0 for none.
	owners []catalog.OID
}

// objects are what a version of the catalog held.
type objects struct {
	by map[catalog.OID]catalog.Object
}

// makesParts registers the maker of a relation whose rows are made object by object.
func makesParts(name string, f func(s *Snapshot, out *rows)) {
	makes(name, f)
	find(qualifiedName(name)).parts = true
}

// part gives a snapshot that makes the rows of one object, or with nil those of none.
func (s *Snapshot) partOf(o catalog.Object) *Snapshot {
	p := &Snapshot{Catalog: s.Catalog, Database: s.Database, Role: s.Role, part: ofObject, all: s}
	switch o := o.(type) {
	case nil:
		p.part = ofNone
	case *catalog.Table:
		p.once.tables = []*catalog.Table{o}
	case *catalog.View:
		p.once.views = []*catalog.View{o}
	case *catalog.Sequence:
		p.once.sequences = []*catalog.Sequence{o}
	case *catalog.UserType:
		p.once.types = []*catalog.UserType{o}
	case *catalog.Schema:
		p.once.schemas = []*catalog.Schema{o}
	}
	p.once.Do(func() {})
	return p
}

// described says whether there are rows for an object of its own.
func (s *Snapshot) described(o catalog.Object) bool {
	switch o := o.(type) {
	case *catalog.Table, *catalog.View, *catalog.Sequence, *catalog.UserType:
		sc := s.Catalog.SchemaByOID(o.Parent())
		return sc == nil || sc.Database == 0 || sc.Database == s.Database.OID
	case *catalog.Schema:
		return o.Database == s.Database.OID
	}
	return false
}

// partial makes the set of a relation whose rows are made object by object.
func (s *Snapshot) partial(r *relation) *set {
	s.mu.Lock()
	from := s.mu.bases[r.OID]
	s.mu.Unlock()
	if from != nil {
		if changed := s.since(from.objects); changed != nil {
			out := &rows{r: r}
			for _, oid := range slices.Sorted(maps.Keys(changed)) {
				if o := s.Catalog.Get(oid); o != nil && s.described(o) {
					r.make(s.partOf(o), out)
				}
			}
			s.stamp(r, out.list)
			return &set{list: out.list, base: from, changed: changed}
		}
	}
	made := s.newBase(r)
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.mu.bases == nil {
		s.mu.bases = map[catalog.OID]*base{}
	}
	s.mu.bases[r.OID] = made
	return &set{base: made}
}

// newBase makes all rows of a relation.
func (s *Snapshot) newBase(r *relation) *base {
	s.objects()
	out := &rows{r: r}
	var owners []catalog.OID
	add := func(o catalog.Object) {
		owner := catalog.OID(0)
		if o != nil {
			owner = o.ObjectOID()
		}
		r.make(s.partOf(o), out)
		for len(owners) < len(out.list) {
			owners = append(owners, owner)
		}
	}
	addAll(s.once.tables, add)
	addAll(s.once.types, add)
	addAll(s.once.sequences, add)
	addAll(s.once.views, add)
	for _, sc := range s.once.schemas {
		if sc.Database == s.Database.OID {
			add(sc)
		}
	}
	add(nil)
	s.stamp(r, out.list)
	return &base{objects: s.held(), set: set{list: out.list}, owners: owners}
}

func addAll[T catalog.Object](list []T, add func(catalog.Object)) {
	for _, o := range list {
		add(o)
	}
}

// stamp gives the rows of a stored relation their xmin.
func (s *Snapshot) stamp(r *relation, list []types.Row) {
	if r.Stored {
		for _, row := range list {
			row[len(r.Columns)+1] = types.Int(firstXID + int64(s.Catalog.Version))
		}
	}
}

// held notes what the version holds: a transaction's own changes in place.
func (s *Snapshot) held() *objects {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.mu.held == nil {
		s.mu.held = &objects{by: map[catalog.OID]catalog.Object{}}
		for o := range s.Catalog.All() {
			s.mu.held.by[o.ObjectOID()] = o
		}
	}
	return s.mu.held
}

// fewChanges is how many objects may differ before all rows are made anew; an eighth
// of all may as well.
const fewChanges = 64

// since lists the objects whose rows may not be what they were when the catalog held
// was; nil where so much has changed that all have to be made again.
func (s *Snapshot) since(was *objects) map[catalog.OID]bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if changed, known := s.mu.since[was]; known {
		return changed
	}
	changed := s.difference(was)
	if len(changed) > max(fewChanges, len(was.by)/8) {
		changed = nil
	}
	if s.mu.since == nil {
		s.mu.since = map[*objects]map[catalog.OID]bool{}
	}
	s.mu.since[was] = changed
	return changed
}

// difference is since without a bound.
func (s *Snapshot) difference(was *objects) map[catalog.OID]bool {
	changed := map[catalog.OID]bool{}
	for o := range s.Catalog.All() {
		before := was.by[o.ObjectOID()]
		if before == o {
			continue
		}
		if !s.partly(before, o) {
			return nil
		}
		changed[o.ObjectOID()] = true
		s.related(before, changed)
		s.related(o, changed)
	}
	for oid, before := range was.by {
		if s.Catalog.Get(oid) != nil {
			continue
		}
		if !s.partly(before, nil) {
			return nil
		}
		changed[oid] = true
		s.related(before, changed)
	}
	delete(changed, 0) // of a sequence that no table owns, say
	if len(changed) > 0 {
		s.dependentViews(changed)
	}
	return changed
}

// partly says whether the change from one object to another, of which either may be
// nil, has to do with the rows of that and of related objects alone. What many
// others may name (roles, functions, types, what has another name) does not.
func (s *Snapshot) partly(before, now catalog.Object) bool {
	switch {
	case before == nil:
		switch now.(type) {
		case *catalog.Table, *catalog.View, *catalog.Sequence, *catalog.Schema, *catalog.UserType:
			return true
		}
		return false
	case now == nil:
		switch before.(type) {
		case *catalog.Table, *catalog.View, *catalog.Sequence:
			return true
		}
		return false
	}
	switch before.(type) {
	case *catalog.Table, *catalog.View, *catalog.Sequence:
		return before.ObjectName() == now.ObjectName() && before.Parent() == now.Parent()
	}
	return false
}

// related adds the objects whose rows say something of another, which may be nil.
func (s *Snapshot) related(o catalog.Object, changed map[catalog.OID]bool) {
	switch o := o.(type) {
	case *catalog.Sequence:
		changed[o.OwnerTable] = true
	case *catalog.Table:
		for _, k := range o.Foreign {
			changed[k.References] = true
			s.heirs(k.References, changed)
		}
		for _, r := range s.Catalog.Referencing(o.OID) {
			changed[r.Table.OID] = true
		}
		for _, parent := range o.Parents {
			changed[parent] = true
		}
		s.heirs(o.OID, changed)
		for _, c := range o.Columns {
			if c.Sequence != 0 {
				changed[c.Sequence] = true
			}
		}
	}
}

// heirs adds the tables that inherit from one.
func (s *Snapshot) heirs(parent catalog.OID, changed map[catalog.OID]bool) {
	for _, t := range s.Catalog.Children(parent) {
		changed[t.OID] = true
		s.heirs(t.OID, changed)
	}
}

// dependentViews adds the views over what has changed, and those over them.
func (s *Snapshot) dependentViews(changed map[catalog.OID]bool) {
	var views []*catalog.View
	for o := range s.Catalog.All() {
		if v, ok := o.(*catalog.View); ok {
			views = append(views, v)
		}
	}
	for more := true; more; {
		more = false
		for _, v := range views {
			if !changed[v.OID] && slices.ContainsFunc(v.Uses, func(used catalog.OID) bool { return changed[used] }) {
				changed[v.OID], more = true, true
			}
		}
	}
}
