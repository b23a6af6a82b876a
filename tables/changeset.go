package tables

import (
	"time"

	"github.com/kalamsql/kalamsql/sql/catalog"
	"github.com/kalamsql/kalamsql/sql/types"
	"github.com/kalamsql/kalamsql/storage"
	"github.com/kalamsql/kalamsql/tables/rowcodec"
)

// Op is what happened to a row.
type Op uint8

// The changes of a row.
const (
	Insert Op = iota
	Update
	Delete
)

// Reason is why a row was deleted when it was not a DELETE.
type Reason uint8

// The reasons.
const (
	ReasonNone Reason = iota
	Expire            // a stream row's time to live ended, or it was pushed out
	Truncate
)

// ChangeSet is the net effect of one commit. It is immutable once published, but for
// Unpack.
type ChangeSet struct {
	Seq storage.Seq
	At  time.Time
	// Changes has one entry per changed row, in the order in which the
	// transaction first touched them.
	Changes       []Change
	Notifications []Notification
	// Catalog is the new version of the definitions if the commit changed them.
	Catalog *catalog.Catalog
	// Dropped and Altered are the objects it dropped and replaced.
	Dropped, Altered []catalog.OID
	// Redefined has the tables and views among Altered as they were and as they have
	// become. One that is not in it is new. Tables that inherited from others, or were partitions,
	// are in it too when they are dropped: they have become nil.
	Redefined []Redefinition
	// Rekeyed are the tables among Altered all of whose rows, without being changed,
	// have got other keys.
	Rekeyed []catalog.OID
	// Roles: it changed or dropped roles; of one that is read from the log.
	Roles bool
	// Truncated are tables all of whose rows have gone before the Changes, without being
	// among them: nobody watched them.
	Truncated []catalog.OID
	// Untold are tables and other objects to which the commit has done what is too much to
	// be told; of a commit that has just been published, after Unpack.
	Untold []catalog.OID
	// Whole are tables whose changed rows are so many that Changes has them only after
	// Unpack.
	Whole []Whole
	store *Store // where Unpack finds them; nil if it has done so
	// packed: some of Changes have only the stored form of New.
	packed bool
}

// Packed says whether Unpack has something to do.
func (cs *ChangeSet) Packed() bool { return cs.packed || cs.store != nil }

// Unpack makes the rows of the changes of some tables, of which a large commit has only
// the stored form. It is for the first who reads the changes; nobody may do so meanwhile.
func (cs *ChangeSet) Unpack(wanted func(catalog.OID) bool) error {
	if err := cs.unload(wanted); err != nil || !cs.packed {
		return err
	}
	var table *catalog.Table
	var decoder rowcodec.Decoder
	var wants bool
	for i := range cs.Changes {
		c := &cs.Changes[i]
		if c.Table != table {
			table, wants = c.Table, wanted(c.Table.OID)
			decoder = rowcodec.NewDecoder(table, nil, false)
		}
		if c.stored == nil || !wants {
			continue
		}
		columns, version, _, err := rowPart(table, c.stored, 0)
		row := make(types.Row, len(table.Columns)+SystemValues)
		if err == nil {
			err = decoder.Decode(columns, row)
		}
		if err != nil {
			return err
		}
		row[len(table.Columns)], row[len(table.Columns)+1] = types.Int(int64(cs.Seq)), version.datum()
		c.New, c.stored = row, nil
	}
	return nil
}

// unload reads the changes of tables that lie in files from the change log.
func (cs *ChangeSet) unload(wanted func(catalog.OID) bool) error {
	s := cs.store
	if s == nil {
		return nil
	}
	cs.store = nil
	whole := map[catalog.OID]*catalog.Table{} // as the commit has left them
	for _, w := range cs.Whole {
		if wanted(w.Table.OID) {
			whole[w.Table.OID] = w.Table
		}
	}
	if len(whole) == 0 {
		return nil
	}
	logged, err := s.readEntry(cs.Seq, func(oid catalog.OID) *catalog.Table { return whole[oid] })
	if err != nil {
		return err
	}
	for _, oid := range logged.Untold {
		if whole[oid] != nil {
			cs.Untold = append(cs.Untold, oid)
		}
	}
	cs.Changes = append(cs.Changes, logged.Changes...)
	return nil
}

// Redefinition is a table or a view before and after a commit that replaced its
// descriptor. In one read from the change log no more than the OID is known of user
// types.
type Redefinition struct{ Before, After catalog.Relation }

// Change is the net change of the row at one key: no two changes of a commit
// have the same Key, so that they can be applied in any order. A row whose
// primary key was updated is therefore a Delete and an Insert, and rows that
// exchange their primary keys are Updates.
type Change struct {
	Table  *catalog.Table
	User   string // whose slice; empty for a table without slices
	Op     Op
	Reason Reason
	// Old and New have the table's columns and then the system columns. Those of a large
	// commit are made by Unpack.
	Old, New types.Row
	// Key is the identity of the row in storage.
	Key string
	// stored is the stored form of New where that has not been made.
	stored []byte
}

// Notification is a NOTIFY.
type Notification struct {
	Database         catalog.OID
	Channel, Payload string
	PID              int32
}

// Publisher is told of every commit, in sequence order and after it is
// durable. Publish is called by one goroutine and must not block for long.
type Publisher interface{ Publish(*ChangeSet) }
