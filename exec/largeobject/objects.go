package largeobject

import (
	"context"
	"encoding/json"

	"github.com/kalamsql/kalamsql/sql/catalog"
	"github.com/kalamsql/kalamsql/sql/sqlerr"
	"github.com/kalamsql/kalamsql/sql/types"
	"github.com/kalamsql/kalamsql/tables"
)

// Objects are the large objects of a database, in a transaction. What is written can be
// read at once, by the same statement too.
type Objects struct {
	Tx       *tables.Tx
	Database catalog.OID
}

// Object describes a large object.
type Object struct {
	OID, Owner catalog.OID
	ACL        catalog.ACL
	Comment    string
}

// scan reads rows of one of the two tables by the front of their key. A row is valid
// during the call.
func (l Objects) scan(ctx context.Context, t *catalog.Table, r tables.Range, look func(row types.Row, ref tables.RowRef) (more bool, err error)) (err error) {
	defer l.Tx.Nested()()
	r.Prefix = append([]types.Datum{oid(l.Database)}, r.Prefix...)
	c, err := l.Tx.Scan(ctx, tables.Scan{Table: t, Index: t.PrimaryKey(), Ranges: []tables.Range{r}})
	if err != nil {
		return err
	}
	defer func() {
		c.Close()
		if err == nil {
			err = c.Err()
		}
	}()
	for c.Next() {
		more, err := look(c.Row(), c.Ref())
		if !more || err != nil {
			return err
		}
	}
	return nil
}

func oid(o catalog.OID) types.Datum { return types.Int(int64(o)) }

// find finds the row of a large object, or none.
func (l Objects) find(ctx context.Context, id catalog.OID) (row types.Row, ref tables.RowRef, err error) {
	err = l.scan(ctx, catalog.LargeObjects, tables.Range{Prefix: []types.Datum{oid(id)}}, func(r types.Row, at tables.RowRef) (bool, error) {
		row, ref = r.Clone(), at
		return false, nil
	})
	return row, ref, err
}

// Get describes a large object; 42704 if there is none.
func (l Objects) Get(ctx context.Context, id catalog.OID) (*Object, error) {
	row, _, err := l.find(ctx, id)
	if err != nil {
		return nil, err
	}
	if row == nil {
		return nil, missing(id)
	}
	return described(row)
}

func missing(id catalog.OID) error {
	return sqlerr.New(sqlerr.UndefinedObject, "large object %d does not exist", id)
}

func described(row types.Row) (*Object, error) {
	o := &Object{OID: catalog.OID(row[1].Int()), Owner: catalog.OID(row[2].Int()), Comment: row[4].Str()}
	if !row[3].IsNull() {
		if err := json.Unmarshal([]byte(row[3].Str()), &o.ACL); err != nil {
			return nil, sqlerr.Internal("privileges of large object %d: %w", o.OID, err)
		}
		o.ACL = o.ACL.Settled(o.Owner)
	}
	return o, nil
}

// All lists the large objects of the database, by OID.
func (l Objects) All(ctx context.Context) (list []*Object, err error) {
	err = l.scan(ctx, catalog.LargeObjects, tables.Range{}, func(row types.Row, _ tables.RowRef) (bool, error) {
		o, err := described(row)
		list = append(list, o)
		return true, err
	})
	return list, err
}

// Create makes an empty large object. An OID that is taken is 23505.
func (l Objects) Create(ctx context.Context, id, owner catalog.OID) error {
	_, inTheWay, _, err := l.Tx.InsertUnlessConflict(ctx, catalog.LargeObjects, "", types.Row{oid(l.Database), oid(id), oid(owner), types.Null, types.Null}, nil, false)
	if err == nil && inTheWay != nil {
		return sqlerr.New(sqlerr.UniqueViolation, `duplicate key value violates unique constraint "pg_largeobject_metadata_oid_index"`).
			WithDetail("Key (oid)=(%d) already exists.", id).OnTable("pg_catalog", "pg_largeobject_metadata").OnConstraint("pg_largeobject_metadata_oid_index")
	}
	return err
}

// Free says whether no large object has an OID.
func (l Objects) Free(ctx context.Context, id catalog.OID) (bool, error) {
	row, _, err := l.find(ctx, id)
	return row == nil, err
}

// Put stores an object's owner, privileges and comment anew.
func (l Objects) Put(ctx context.Context, o *Object) error {
	row, ref, err := l.find(ctx, o.OID)
	if err != nil {
		return err
	}
	if row == nil {
		return missing(o.OID)
	}
	row = row[:len(catalog.LargeObjects.Columns)]
	row[2], row[3], row[4] = oid(o.Owner), types.Null, types.Null
	if o.ACL != nil {
		text, err := json.Marshal(o.ACL)
		if err != nil {
			return sqlerr.Internal("privileges of large object %d: %w", o.OID, err)
		}
		row[3] = types.String(string(text))
	}
	if o.Comment != "" {
		row[4] = types.String(o.Comment)
	}
	return l.update(ctx, catalog.LargeObjects, ref, row)
}

// update replaces a row that scan has found.
func (l Objects) update(ctx context.Context, t *catalog.Table, ref tables.RowRef, row types.Row) error {
	defer l.Tx.Nested()()
	if _, err := l.Tx.Lock(ctx, t, ref, tables.LockNoKeyUpdate, tables.Block); err != nil {
		return err
	}
	_, err := l.Tx.Update(ctx, t, ref, row)
	return err
}

// remove deletes a row that scan has found.
func (l Objects) remove(ctx context.Context, t *catalog.Table, ref tables.RowRef) error {
	defer l.Tx.Nested()()
	if _, err := l.Tx.Lock(ctx, t, ref, tables.LockUpdate, tables.Block); err != nil {
		return err
	}
	return l.Tx.Delete(ctx, t, ref)
}

// Unlink deletes a large object with its bytes.
func (l Objects) Unlink(ctx context.Context, id catalog.OID) error {
	row, ref, err := l.find(ctx, id)
	if err != nil {
		return err
	}
	if row == nil {
		return missing(id)
	}
	if err := l.remove(ctx, catalog.LargeObjects, ref); err != nil {
		return err
	}
	return l.removeAll(ctx, catalog.LargeObjectPages, tables.Range{Prefix: []types.Datum{oid(id)}})
}

// removeAll deletes the rows of a range.
func (l Objects) removeAll(ctx context.Context, t *catalog.Table, r tables.Range) error {
	var refs []tables.RowRef
	err := l.scan(ctx, t, r, func(_ types.Row, ref tables.RowRef) (bool, error) {
		refs = append(refs, ref)
		return true, nil
	})
	for _, ref := range refs {
		if err == nil {
			err = l.remove(ctx, t, ref)
		}
	}
	return err
}

// Drop deletes all large objects of the database.
func (l Objects) Drop(ctx context.Context) error {
	if err := l.removeAll(ctx, catalog.LargeObjectPages, tables.Range{}); err != nil {
		return err
	}
	return l.removeAll(ctx, catalog.LargeObjects, tables.Range{})
}
