package tables

import (
	"encoding/binary"

	"github.com/kalamsql/kalamsql/sql/catalog"
)

// LockEntry is a lock as pg_locks shows it.
type LockEntry struct {
	PID         int32
	Transaction uint64
	Mode        string
	Granted     bool
	// One of these: a table's, an advisory one's, or that of the transaction that
	// holds a row, a key or the definitions.
	Table    catalog.OID
	Advisory *AdvisoryKey
	Holder   uint64
}

// Locks lists the locks that are held and waited for. What a transaction holds
// other than tables and advisory locks is one entry, as in PostgreSQL: the lock
// of the transaction itself, for which waiters wait.
func (s *Store) Locks() []LockEntry {
	var out []LockEntry
	transactions := map[uint64]bool{}
	for _, e := range s.locks.List() {
		l := LockEntry{PID: e.ID, Transaction: e.Transaction, Granted: e.Granted}
		modes := tableModes[:]
		switch {
		case isTableLock(e.Name):
			l.Table = catalog.OID(binary.BigEndian.Uint32([]byte(e.Name[1:])))
		case isAdvisoryLock(e.Name):
			l.Advisory = advisoryKey(e.Name)
			modes = nil
			for _, m := range advisoryModes {
				modes = append(modes, m)
			}
		case !e.Granted:
			l.Holder, l.Mode = e.Holder, "ShareLock"
			out = append(out, l)
			continue
		case transactions[e.Transaction]:
			continue
		default:
			transactions[e.Transaction] = true
			l.Holder, l.Mode = e.Transaction, "ExclusiveLock"
			out = append(out, l)
			continue
		}
		for _, m := range modes {
			if e.Modes&m.Bit != 0 {
				l.Mode = m.Name
				out = append(out, l)
			}
		}
	}
	return out
}

// Blocking gives the process numbers of the sessions that one waits for.
func (s *Store) Blocking(pid int32) []int32 { return s.locks.Blocking(pid) }

// listedByName says which locks pg_locks shows one by one.
func listedByName(name string) bool { return isTableLock(name) || isAdvisoryLock(name) }

func isTableLock(name string) bool { return len(name) == 5 && name[0] == 't' }

func isAdvisoryLock(name string) bool { return len(name) == advisoryNameSize && name[0] == 'a' }

// advisoryKey reads a lock's name.
func advisoryKey(name string) *AdvisoryKey {
	b := []byte(name)
	return &AdvisoryKey{Database: catalog.OID(binary.BigEndian.Uint32(b[1:])), Pair: b[5] == 2, Number: int64(binary.BigEndian.Uint64(b[6:]))}
}
