package tables

import (
	"context"
	"encoding/binary"
	"errors"

	"github.com/kalamsql/kalamsql/sql/catalog"
	"github.com/kalamsql/kalamsql/tables/lock"
)

// definitionLock is held by all who change definitions: in part of one database, or
// all of them. Of a database's part there is a lock for one at a time.
const definitionLock = "ddl"

var (
	allDefinitions    = lock.Mode{Bit: 1, Conflicts: 1 | 2}
	partOfDefinitions = lock.Mode{Bit: 2, Conflicts: 1}
)

func databaseDefinitionLock(database catalog.OID) string {
	return string(binary.BigEndian.AppendUint32([]byte(definitionLock), uint32(database)))
}

// ErrDefinitionsChanged says that a statement has waited to change definitions,
// and that they are others now than those it has looked at. It is to be run again
// from its beginning: it need not wait a second time.
var ErrDefinitionsChanged = errors.New("definitions have changed")

// Edit begins to change definitions. One transaction at a time may, of each
// database: it waits for the one before it to end. What databases share, roles and
// the databases themselves (ShareDefinitions), is changed while nobody else changes
// anything. A statement calls it before it changes anything (ErrDefinitionsChanged).
func (t *Tx) Edit(ctx context.Context) (*catalog.Editor, error) {
	everything := t.shared || t.opts.Database == 0
	if t.edit != nil && !t.alone && (t.everything || !everything) {
		return t.edit, nil
	}
	mode := partOfDefinitions
	if everything {
		mode = allDefinitions
	}
	if err := t.acquire(ctx, definitionLock, mode, Block); err != nil {
		return nil, err
	}
	if !everything {
		if err := t.acquire(ctx, databaseDefinitionLock(t.opts.Database), exclusive, Block); err != nil {
			return nil, err
		}
	}
	looked := t.looked
	t.rebase()
	t.alone, t.everything = false, everything
	if looked != nil && looked != t.base {
		return nil, ErrDefinitionsChanged
	}
	return t.edit, nil
}

// ShareDefinitions says that the statement under way changes definitions that
// databases share: Edit waits for those who change any.
func (t *Tx) ShareDefinitions() { t.shared = true }

// EditOwn begins to change definitions that no other session can name, those of
// temporary relations: it waits for nobody, and nobody for it. Whatever else is
// to be changed needs Edit.
func (t *Tx) EditOwn() *catalog.Editor {
	if t.edit == nil {
		t.rebase()
		t.alone = true
	}
	return t.edit
}

// rebase begins from the newest committed definitions, with the transaction's
// own changes. Nobody else has changed the same objects: Edit lets only one do
// so at a time in a database, and those of EditOwn are the session's alone.
func (t *Tx) rebase() {
	t.base = t.store.Catalog()
	t.edit = t.merged(t.base)
	if t.objects == nil {
		t.objects = map[catalog.OID]catalog.Object{}
	}
}

// merged gives definitions with the transaction's own changes.
func (t *Tx) merged(c *catalog.Catalog) *catalog.Editor {
	e := t.store.oids.edit(c)
	// All names are given up before any is taken.
	for oid := range t.objects {
		e.Drop(oid)
	}
	// Types come last: what is put before them is made to lead to them as they are now.
	for _, types := range []bool{false, true} {
		for _, o := range t.objects {
			if _, ok := o.(*catalog.UserType); o != nil && ok == types {
				e.Put(o)
			}
		}
	}
	e.Catalog().Version = t.store.version.Add(1)
	return e
}

// PutObject stores a definition with the commit; Edit comes first.
func (t *Tx) PutObject(o catalog.Object) {
	t.edit.Put(o)
	t.store.oids.used(o)
	t.edit.Catalog().Version = t.store.version.Add(1)
	t.objects[o.ObjectOID()] = o
}

// DropObject removes a definition with the commit.
func (t *Tx) DropObject(oid catalog.OID) {
	if t.edit.Catalog().Get(oid) == nil {
		return
	}
	t.edit.Drop(oid)
	t.edit.Catalog().Version = t.store.version.Add(1)
	t.objects[oid] = nil
}
