package session

import (
	"context"
	"math"

	"github.com/kalamsql/kalamsql/exec/largeobject"
	"github.com/kalamsql/kalamsql/exec/pgcatalog"
	"github.com/kalamsql/kalamsql/sql/catalog"
	"github.com/kalamsql/kalamsql/sql/expr"
	"github.com/kalamsql/kalamsql/sql/sqlerr"
	"github.com/kalamsql/kalamsql/sql/types"
)

// The functions of large objects, and the descriptors that a transaction has open.

// The flags of lo_open.
const (
	largeObjectWrite = 0x20000
	largeObjectRead  = 0x40000
)

// maxDescriptors bounds how many large objects a transaction has open.
const maxDescriptors = 10000

// descriptor is an open large object; nil in txState.largeObjects is a number that is
// free.
type descriptor struct {
	oid         catalog.OID
	read, write bool
	at          int64
	// level is how many savepoints there were when it was opened: it goes with them.
	level int
}

func (s *Session) largeObjects() largeobject.Objects {
	return largeobject.Objects{Tx: s.tx.tx, Database: s.database.OID}
}

// hasLargeObject says whether there is a large object.
func (s *Session) hasLargeObject(id catalog.OID) bool {
	if s.tx.tx == nil {
		return false
	}
	ctx := s.current
	if ctx == nil {
		ctx = context.Background()
	}
	_, err := s.largeObjects().Get(ctx, id)
	return err == nil
}

// largeObject finds a large object that the role has a privilege on.
func (s *Session) largeObject(ctx context.Context, id catalog.OID, want catalog.Privileges) error {
	o, err := s.largeObjects().Get(ctx, id)
	if err != nil {
		return err
	}
	if !s.catalog().Granted(s.role().OID, o.Owner, o.ACL, want) && s.settings.value("lo_compat_privileges") != "on" {
		return sqlerr.New(sqlerr.InsufficientPrivilege, "permission denied for large object %d", id)
	}
	return nil
}

// openLargeObject is lo_open: it gives the lowest number that is free.
func (s *Session) openLargeObject(ctx context.Context, id catalog.OID, flags int64) (int, error) {
	d := &descriptor{oid: id, read: flags&(largeObjectRead|largeObjectWrite) != 0, write: flags&largeObjectWrite != 0, level: len(s.tx.savepoints)}
	if !d.read {
		return 0, sqlerr.New(sqlerr.InvalidParameterValue, "invalid flags for opening a large object: %d", flags)
	}
	if d.write {
		if err := s.writable("lo_open(INV_WRITE)"); err != nil {
			return 0, err
		}
	}
	want := catalog.PrivSelect
	if d.write {
		want = catalog.PrivUpdate
		if flags&largeObjectRead != 0 {
			want |= catalog.PrivSelect
		}
	}
	if err := s.largeObject(ctx, id, want); err != nil {
		return 0, err
	}
	for fd, have := range s.tx.largeObjects {
		if have == nil {
			s.tx.largeObjects[fd] = d
			return fd, nil
		}
	}
	if len(s.tx.largeObjects) >= maxDescriptors {
		return 0, sqlerr.New(sqlerr.ProgramLimitExceeded, "too many large objects are open")
	}
	s.tx.largeObjects = append(s.tx.largeObjects, d)
	return len(s.tx.largeObjects) - 1, nil
}

func (s *Session) descriptor(fd types.Datum) (*descriptor, error) {
	if n := fd.Int(); n >= 0 && n < int64(len(s.tx.largeObjects)) && s.tx.largeObjects[n] != nil {
		return s.tx.largeObjects[n], nil
	}
	return nil, sqlerr.New(sqlerr.UndefinedObject, "invalid large-object descriptor: %d", fd.Int())
}

// closeLargeObjects closes what was opened within a savepoint.
func (s *Session) closeLargeObjects(level int) {
	for fd, d := range s.tx.largeObjects {
		if d != nil && d.level > level {
			s.tx.largeObjects[fd] = nil
		}
	}
}

// keepLargeObjects gives what was opened within a savepoint to what is around it.
func (s *Session) keepLargeObjects(level int) {
	for _, d := range s.tx.largeObjects {
		if d != nil {
			d.level = min(d.level, level)
		}
	}
}

func init() {
	for name, f := range map[string]hostFunction{
		"lo_creat": func(s *Session, c *expr.Context, _ []types.Datum) (types.Datum, error) {
			return createLargeObject(s, c, []types.Datum{types.Int(0)}) // the mode says nothing
		},
		"lo_create":     createLargeObject,
		"lo_from_bytea": createLargeObject,
		"lo_unlink":     unlinkLargeObject,
		"lo_open": func(s *Session, c *expr.Context, a []types.Datum) (types.Datum, error) {
			fd, err := s.openLargeObject(c.Ctx, catalog.OID(a[0].Int()), a[1].Int())
			return types.Int(int64(fd)), err
		},
		"lo_close": func(s *Session, _ *expr.Context, a []types.Datum) (types.Datum, error) {
			if _, err := s.descriptor(a[0]); err != nil {
				return types.Null, err
			}
			s.tx.largeObjects[a[0].Int()] = nil
			return types.Int(0), nil
		},
		"loread":        readLargeObject,
		"lowrite":       writeLargeObject,
		"lo_lseek":      seekLargeObject(math.MaxInt32, "lo_lseek"),
		"lo_lseek64":    seekLargeObject(math.MaxInt64, "lo_lseek64"),
		"lo_tell":       tellLargeObject(math.MaxInt32),
		"lo_tell64":     tellLargeObject(math.MaxInt64),
		"lo_truncate":   truncateLargeObject,
		"lo_truncate64": truncateLargeObject,
		"lo_get":        getLargeObject,
		"lo_put":        putLargeObject,
	} {
		hostFunctions[name] = f
	}
	hostFunctions["obj_description"] = objectDescription
	postgresView("pg_largeobject_metadata", func(s *Session, add func(...any) error) error {
		all, err := s.largeObjects().All(context.Background())
		for _, o := range all {
			pairs := []any{"oid", o.OID, "lomowner", o.Owner}
			if o.ACL != nil {
				pairs = append(pairs, "lomacl", s.catalogReader().ACL(o.ACL))
			}
			if err := add(pairs...); err != nil {
				return err
			}
		}
		return err
	})
	pages := pgcatalog.View("pg_catalog", "pg_largeobject")
	views[pages.OID] = func(s *Session, yield func(types.Row) error) error {
		if !s.role().Superuser {
			return sqlerr.New(sqlerr.InsufficientPrivilege, "permission denied for table pg_largeobject")
		}
		return s.largeObjects().Pages(context.Background(), func(id catalog.OID, number int64, data string) error {
			return yield(pgcatalog.NewRow(pages, "loid", id, "pageno", number, "data", types.String(data)))
		})
	}
}

// objectDescription is obj_description(oid [, catalog]): large objects have their
// comments with them.
func objectDescription(s *Session, c *expr.Context, a []types.Datum) (types.Datum, error) {
	if len(a) == 2 && !a[0].IsNull() && a[1].Str() == "pg_largeobject" {
		o, err := s.largeObjects().Get(c.Ctx, catalog.OID(a[0].Int()))
		if e := sqlerr.From(err); err != nil && e.Code == sqlerr.UndefinedObject || err == nil && o.Comment == "" {
			return types.Null, nil
		}
		if err != nil {
			return types.Null, err
		}
		return types.String(o.Comment), nil
	}
	v, _, err := s.catalogReader().Call("obj_description", a)
	return v, err
}

// largeObjectComments adds the comments of large objects to pg_description.
func (s *Session) largeObjectComments(v *catalog.Virtual, yield func(types.Row) error) error {
	all, err := s.largeObjects().All(context.Background())
	for _, o := range all {
		if o.Comment == "" {
			continue
		}
		if err := yield(pgcatalog.NewRow(v, "objoid", o.OID, "classoid", largeObjectClass, "objsubid", 0, "description", o.Comment)); err != nil {
			return err
		}
	}
	return err
}

// largeObjectClass is the OID of pg_largeobject.
const largeObjectClass catalog.OID = 2613

// createLargeObject is lo_create(oid), which chooses the OID where it is given 0, and
// lo_from_bytea(oid, bytes).
func createLargeObject(s *Session, c *expr.Context, a []types.Datum) (types.Datum, error) {
	if err := s.writable("lo_create()"); err != nil {
		return types.Null, err
	}
	l := s.largeObjects()
	id := catalog.OID(a[0].Int())
	for free := id != 0; !free; {
		id = s.server.opts.Store.NewOID()
		var err error
		if free, err = l.Free(c.Ctx, id); err != nil {
			return types.Null, err
		}
	}
	if err := l.Create(c.Ctx, id, s.role().OID); err != nil {
		return types.Null, err
	}
	if len(a) > 1 {
		if err := l.Write(c.Ctx, id, 0, []byte(a[1].Str())); err != nil {
			return types.Null, err
		}
	}
	return oidOf(id), nil
}

func unlinkLargeObject(s *Session, c *expr.Context, a []types.Datum) (types.Datum, error) {
	if err := s.writable("lo_unlink()"); err != nil {
		return types.Null, err
	}
	l, id := s.largeObjects(), catalog.OID(a[0].Int())
	o, err := l.Get(c.Ctx, id)
	if err != nil {
		return types.Null, err
	}
	if !s.catalog().OwnedBy(s.role().OID, o.Owner) && s.settings.value("lo_compat_privileges") != "on" {
		return types.Null, sqlerr.New(sqlerr.InsufficientPrivilege, "must be owner of large object %d", id)
	}
	for fd, d := range s.tx.largeObjects {
		if d != nil && d.oid == id {
			s.tx.largeObjects[fd] = nil
		}
	}
	return types.Int(1), l.Unlink(c.Ctx, id)
}

func readLargeObject(s *Session, c *expr.Context, a []types.Datum) (types.Datum, error) {
	d, err := s.descriptor(a[0])
	if err != nil {
		return types.Null, err
	}
	b, err := s.largeObjects().Read(c.Ctx, d.oid, d.at, a[1].Int())
	d.at += int64(len(b))
	return types.Bytes(b), err
}

func writeLargeObject(s *Session, c *expr.Context, a []types.Datum) (types.Datum, error) {
	d, err := s.descriptor(a[0])
	if err != nil {
		return types.Null, err
	}
	if !d.write {
		return types.Null, sqlerr.New(sqlerr.ObjectNotInPrerequisiteState, "large object descriptor %d was not opened for writing", a[0].Int())
	}
	data := a[1].Str()
	if err := s.largeObjects().Write(c.Ctx, d.oid, d.at, []byte(data)); err != nil {
		return types.Null, err
	}
	d.at += int64(len(data))
	return types.Int(int64(len(data))), nil
}

// seekLargeObject is lo_lseek(fd, offset, whence); its result is bounded.
func seekLargeObject(limit int64, name string) hostFunction {
	return func(s *Session, c *expr.Context, a []types.Datum) (types.Datum, error) {
		d, err := s.descriptor(a[0])
		if err != nil {
			return types.Null, err
		}
		from := int64(0)
		switch whence := a[2].Int(); whence {
		case 0:
		case 1:
			from = d.at
		case 2:
			if from, err = s.largeObjects().Size(c.Ctx, d.oid); err != nil {
				return types.Null, err
			}
		default:
			return types.Null, sqlerr.New(sqlerr.InvalidParameterValue, "invalid whence setting: %d", whence)
		}
		to := from + a[1].Int()
		switch {
		case to < 0 || to > largeobject.MaxSize:
			return types.Null, sqlerr.New(sqlerr.InvalidParameterValue, "invalid large object seek target: %d", to)
		case to > limit:
			return types.Null, sqlerr.New(sqlerr.NumericValueOutOfRange, "%s result out of range for large-object descriptor %d", name, a[0].Int())
		}
		d.at = to
		return types.Int(to), nil
	}
}

func tellLargeObject(limit int64) hostFunction {
	return func(s *Session, _ *expr.Context, a []types.Datum) (types.Datum, error) {
		d, err := s.descriptor(a[0])
		if err != nil {
			return types.Null, err
		}
		if d.at > limit {
			return types.Null, sqlerr.New(sqlerr.NumericValueOutOfRange, "lo_tell result out of range for large-object descriptor %d", a[0].Int())
		}
		return types.Int(d.at), nil
	}
}

func truncateLargeObject(s *Session, c *expr.Context, a []types.Datum) (types.Datum, error) {
	d, err := s.descriptor(a[0])
	if err != nil {
		return types.Null, err
	}
	if !d.write {
		return types.Null, sqlerr.New(sqlerr.ObjectNotInPrerequisiteState, "large object descriptor %d was not opened for writing", a[0].Int())
	}
	return types.Int(0), s.largeObjects().Truncate(c.Ctx, d.oid, a[1].Int())
}

// getLargeObject is lo_get(oid) and lo_get(oid, offset, length).
func getLargeObject(s *Session, c *expr.Context, a []types.Datum) (types.Datum, error) {
	id := catalog.OID(a[0].Int())
	at, n := int64(0), int64(largeobject.MaxSize)
	if len(a) > 1 {
		if at, n = a[1].Int(), a[2].Int(); n < 0 {
			return types.Null, sqlerr.New(sqlerr.InvalidParameterValue, "requested length cannot be negative")
		}
	}
	if err := s.largeObject(c.Ctx, id, catalog.PrivSelect); err != nil {
		return types.Null, err
	}
	if at < 0 || at > largeobject.MaxSize {
		return types.Null, sqlerr.New(sqlerr.InvalidParameterValue, "invalid large object seek target: %d", at)
	}
	b, err := s.largeObjects().Read(c.Ctx, id, at, n)
	return types.Bytes(b), err
}

// putLargeObject is lo_put(oid, offset, bytes).
func putLargeObject(s *Session, c *expr.Context, a []types.Datum) (types.Datum, error) {
	if err := s.writable("lo_put()"); err != nil {
		return types.Null, err
	}
	id, at := catalog.OID(a[0].Int()), a[1].Int()
	if err := s.largeObject(c.Ctx, id, catalog.PrivUpdate); err != nil {
		return types.Null, err
	}
	if at < 0 || at > largeobject.MaxSize {
		return types.Null, sqlerr.New(sqlerr.InvalidParameterValue, "invalid large object seek target: %d", at)
	}
	return types.String(""), s.largeObjects().Write(c.Ctx, id, at, []byte(a[2].Str()))
}
